"""A comparison as text: for terminals, and as Markdown and CSV. Reads its document only."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from typing import Any

from ...engine.escaping.plain_text import printable, spreadsheet_cell
from ..drawing.chart_spec import Glyphs
from ..words.text import bar, duration, ending, log_share, number, setting, shortened, table
from .comparison_pictures import profile_picture, time_picture, weight_picture

WIDEST_CELL = 28
SIDE_BY_SIDE = 4
"""Runs that get a column each, and bars for their profiles; more get a row each, and one chart."""

PROFILES = (("delta_norm", "Delta norm"), ("grad_norm", "Gradient norm"))
NO_VALUE = "-"


def as_text(document: dict[str, Any], width: int, glyphs: Glyphs = "braille") -> str:
    """The comparison for a terminal.

    Args:
        document: what `comparison` gives.
        width: columns to fill.
        glyphs: what lines are drawn with where bars are too many.
    """
    parts = [
        _runs(document),
        _differences(document),
        result_table(document),
        *(profile_text(document, key, title, width, glyphs) for key, title in PROFILES),
        time_picture(document, width, glyphs),
        weight_picture(document, width, glyphs),
        _findings(document, width),
        _groups(document),
        f"Verdict: {printable(document['verdict']['sentence'])}",
    ]
    return "\n\n".join(part for part in parts if part)


def _letters(document: dict[str, Any]) -> list[str]:
    return [run["letter"] for run in document["runs"]]


def _runs(document: dict[str, Any]) -> str:
    rows = []
    for run in document["runs"]:
        notes = ["baseline"] if run["letter"] == document["baseline"] else []
        notes += ["damaged"] if run["damage"] else []
        seed = NO_VALUE if run["seed"] is None else str(run["seed"])
        rows.append(
            [run["letter"], printable(run["run"]), shortened(printable(run["name"]), WIDEST_CELL),
             seed, printable(run["status"]), ", ".join(notes)]
        )  # fmt: skip
    return "\n".join(table(("", "run", "name", "seed", "status", ""), rows))


def _differences(document: dict[str, Any]) -> str:
    rows = [
        [printable(key), *(shortened(setting(value), WIDEST_CELL) for value in row)]
        for key, row in document["differences"].items()
    ]
    if not rows:
        return "What differs: nothing in settings, seed, script, versions or revision"
    if len(_letters(document)) > SIDE_BY_SIDE:
        keys, *columns = zip(*rows, strict=True)
        rows = [[v, *column] for v, column in zip(_letters(document), columns, strict=True)]
        return "\n".join(["What differs", *table(("", *keys), rows)])
    return "\n".join(table(("What differs", *_letters(document)), rows))


def result_table(document: dict[str, Any]) -> str:
    """The results of every run, with deltas against the baseline."""
    if len(_letters(document)) > SIDE_BY_SIDE:
        return _result_rows(document)
    headings = ["Results", ""]
    for letter in _letters(document):
        headings.append(letter)
        if letter != document["baseline"]:
            headings.append(f"{letter}-{document['baseline']}")
    rows = []
    for result in document["results"]:
        cells = [printable(result["metric"]), _direction(result["better"])]
        for index, letter in enumerate(_letters(document)):
            value, delta = result["values"][index], result["deltas"][index]
            seconds = result["metric"] == "seconds"
            cells.append(duration(value) if seconds else number(value))
            if letter == document["baseline"]:
                continue
            if seconds and delta is not None:
                cells.append(f"{delta:+.1f}s")
            else:
                cells.append(_delta(delta, result["changes"], index))
        rows.append(cells)
    return "\n".join(table(headings, rows, right=range(2, len(headings))))


def _result_rows(document: dict[str, Any]) -> str:
    """A row for each run: its final metrics, and their deltas against the baseline."""
    finals = [r for r in document["results"] if r["better"] and not r["metric"].startswith("best ")]
    headings = [""]
    for result in finals:
        headings += [printable(result["metric"]), f"-{document['baseline']}"]
    rows = []
    for index, letter in enumerate(_letters(document)):
        cells = [letter]
        for result in finals:
            cells.append(number(result["values"][index]))
            baseline = letter == document["baseline"]
            delta = result["deltas"][index]
            cells.append("" if baseline else _delta(delta, result["changes"], index))
        rows.append(cells)
    lines = table(headings, rows, right=range(1, len(headings)))
    return "\n".join([f"Results, with deltas against {document['baseline']}", *lines])


def _direction(better: str | None) -> str:
    return f"({better} is better)" if better else ""


def _delta(delta: float | None, changes: list[str] | None, index: int) -> str:
    if delta is None:
        return NO_VALUE
    text = number(delta) if delta < 0 or not math.isfinite(delta) else f"+{number(delta)}"
    change = changes[index] if changes else ""
    return f"{text} {change}" if change in ("better", "worse") else text


def profile_text(
    document: dict[str, Any], statistic: str, title: str, width: int, glyphs: Glyphs
) -> str:
    """A norm of every layer at the last common step: bars of few runs, a chart of more; "" if no run
    has it."""
    profiles = document["profiles"]
    entries = profiles[statistic]
    if all(entry is None for entry in entries):
        return ""
    heading = f"{title} by depth at step {profiles['step']}"
    if profiles["same_layers"] and len(entries) <= SIDE_BY_SIDE:
        return "\n".join([heading, *_bars(document, entries, width)])
    return "\n".join(
        [f"{heading}, by relative depth", profile_picture(document, entries, width, glyphs)]
    )


def _bars(document: dict[str, Any], entries: list[Any], width: int) -> list[str]:
    """A row for each layer: every run's norm as a number and a bar, all on one log scale."""
    layers = next(entry["layers"] for entry in entries if entry)
    names = [ending(printable(name), 20) for name in layers]
    label = max(map(len, names))
    finite = [v for e in entries if e for v in e["values"] if math.isfinite(v) and v > 0]
    high = math.ceil(max(map(math.log10, finite), default=0.0))
    low = min(math.floor(min(map(math.log10, finite), default=0.0)), high - 4)
    room = max(min((width - label - 2) // len(entries) - 12, 30), 3)
    lines = [f"{'':{label}}  " + "".join(f"{v:<{room + 12}}" for v in _letters(document)).rstrip()]
    for index, name in enumerate(names):
        cells = ""
        for entry in entries:
            value = entry["values"][index] if entry else None
            cells += f"{number(value):>9} {bar(log_share(value, (low, high)), room):<{room}}  "
        lines.append(f"{name:{label}}  {cells}".rstrip())
    return [*lines, f"bars: log scale, 1e{low:+03d} to 1e{high:+03d}; the input is at the top"]


def _findings(document: dict[str, Any], width: int) -> str:
    """A strip for each finding: where it began, and how long it stood, on one axis."""
    markers, axis = document["findings"], document["x"]
    if not markers:
        return "Findings: none"
    end = max([*document["ends"], *(marker["x"] for marker in markers)], default=0.0)
    labels = [f"{m['run']} {m['problem']}" for m in markers]
    label = min(max(map(len, labels)), 30)
    strip = max(min(width - label - 28, 50), 10)
    lines = [f"Findings, by {axis} from 0 to {end:.6g}"]
    for marker, text in zip(markers, labels, strict=True):
        run_end = document["ends"][_letters(document).index(marker["run"])]
        until = run_end if marker["x_cleared"] is None else marker["x_cleared"]
        first, last = (_cell(place, end, strip) for place in (marker["x"], until))
        sign = "!" if marker["severity"] != "critical" else "✖"
        cells = ["·"] * strip
        cells[first : last + 1] = ["━"] * (max(last, first) - first + 1)
        cells[first] = sign
        gone = "" if marker["x_cleared"] is None else f" to {marker['x_cleared']:.6g}"
        where = f"{axis} {marker['x']:.6g}{gone}"
        name = shortened(printable(text), label)
        lines.append(f"{name:{label}}  {''.join(cells)}  {where}".rstrip())
    return "\n".join(lines)


def _cell(place: float, end: float, cells: int) -> int:
    return min(int(place / end * cells), cells - 1) if end > 0 else 0


def _groups(document: dict[str, Any]) -> str:
    if "groups" not in document:
        return ""
    groups, reference = document["groups"], _reference(document)
    others = [group for group in groups if group["group"] != reference]
    metrics = list(dict.fromkeys(name for group in groups for name in group["metrics"]))
    rows = []
    for metric in metrics:
        cells = [printable(metric)]
        for group in groups:
            cells.append(_spread(group["metrics"].get(metric)))
        cells += [_difference(group["against"].get(metric)) for group in others]
        rows.append(cells)
    headings = ["Seeds", *(f"{g['group']} ({len(g['runs'])} runs)" for g in groups)]
    headings += [f"{group['group']}-{reference}" for group in others]
    lines = table(headings, rows)
    members = [f"{g['group']}: runs {', '.join(g['runs'])}" for g in groups]
    return "\n".join([*lines, "mean ± standard deviation (n); [95% interval]", *members])


def _reference(document: dict[str, Any]) -> str:
    """The group of the baseline, which the others are compared with."""
    return next(g["group"] for g in document["groups"] if document["baseline"] in g["runs"])


def _spread(spread: dict[str, Any] | None) -> str:
    if spread is None:
        return NO_VALUE
    deviation = "" if spread["std"] is None else f" ± {number(spread['std'])}"
    return f"{number(spread['mean'])}{deviation} ({spread['n']})"


def _difference(found: dict[str, Any] | None) -> str:
    if found is None:
        return NO_VALUE
    value = number(found["value"])
    if found["low"] is None:
        return f"{value} ({found['note']})"
    paired = " paired" if found["paired"] else ""
    return f"{value} [{number(found['low'])}, {number(found['high'])}]{paired}"


def as_rows(document: dict[str, Any]) -> list[list[Any]]:
    """The comparison as rows of `kind, key, value of each run`; what Markdown and CSV are made of."""
    letters = _letters(document)
    rows: list[list[Any]] = [["run", "id", *(run["run"] for run in document["runs"])]]
    for key in ("name", "preset", "seed", "status"):
        rows.append(["run", key, *(run[key] for run in document["runs"])])
    rows += [["difference", key, *row] for key, row in document["differences"].items()]
    rows += [["result", row["metric"], *row["values"]] for row in document["results"]]
    rows += [["delta", row["metric"], *row["deltas"]] for row in document["results"]]
    rows += [["change", r["metric"], *r["changes"]] for r in document["results"] if r["changes"]]
    for statistic, _ in PROFILES:
        rows += _profile_rows(document["profiles"], statistic)
    first: dict[str, dict[str, float]] = {}
    for marker in document["findings"]:
        first.setdefault(marker["problem"], {}).setdefault(marker["run"], marker["x"])
    rows += [
        [f"finding since {document['x']}", problem, *(places.get(letter) for letter in letters)]
        for problem, places in first.items()
    ]
    for group in document.get("groups", []):
        for metric, spread in group["metrics"].items():
            cells = [_spread(spread) if letter in group["runs"] else None for letter in letters]
            rows.append([f"seeds of {group['group']}", metric, *cells])
    for group in document.get("groups", []):
        for metric, found in group["against"].items():
            cells = [_difference(found) if letter in group["runs"] else None for letter in letters]
            rows.append([f"seeds of {group['group']}-{_reference(document)}", metric, *cells])
    return rows


def _profile_rows(profiles: dict[str, Any], statistic: str) -> list[list[Any]]:
    """A norm of every layer, or of every relative depth where the runs have different layers."""
    entries, kind = profiles[statistic], f"{statistic} at step {profiles['step']}"
    if not any(entries):
        return []
    if profiles["same_layers"]:
        layers = next(entry["layers"] for entry in entries if entry)
        return [
            [kind, layer, *(entry["values"][index] if entry else None for entry in entries)]
            for index, layer in enumerate(layers)
        ]
    placed = [
        {round(d, 3): v for d, v in zip(e["relative_depth"], e["values"], strict=True)} if e else {}
        for e in entries
    ]
    return [
        [f"{kind}, by relative depth", f"{depth:g}", *(values.get(depth) for values in placed)]
        for depth in sorted({depth for values in placed for depth in values})
    ]


def as_csv(document: dict[str, Any]) -> str:
    """The comparison as CSV: kind, key, and a column for each run."""
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow(["kind", "key", *_letters(document)])
    for row in as_rows(document):
        writer.writerow(["" if cell is None else _plain(cell) for cell in row])
    writer.writerow(["verdict", _plain(document["verdict"]["sentence"])])
    return target.getvalue().rstrip("\n")


def as_markdown(document: dict[str, Any]) -> str:
    """The comparison as Markdown: one table for each kind of fact."""
    blocks: list[str] = []
    titles = {"run": "Runs", "difference": "What differs", "result": "Results"}
    titles["delta"] = f"Deltas against {document['baseline']}"
    titles["change"] = f"Better or worse than {document['baseline']}"
    kind = ""
    for row in as_rows(document):
        if row[0] != kind:
            kind = str(row[0])
            letters = _letters(document)
            title = titles.get(kind, kind[0].upper() + kind[1:].replace("_", " "))
            blocks.append(
                f"\n### {_escaped(title)}\n\n"
                + _line(["", *letters])
                + "\n"
                + _line(["---"] * (len(letters) + 1))
            )
        cells = [number(c) if isinstance(c, float) else setting(c) for c in row[1:]]
        blocks.append(_line([_escaped(cell) for cell in cells]))
    return (
        "\n".join(blocks).strip() + f"\n\n**Verdict:** {_escaped(document['verdict']['sentence'])}"
    )


def _plain(cell: Any) -> Any:
    return spreadsheet_cell(cell) if isinstance(cell, str) else cell


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _escaped(text: str) -> str:
    """The text with what Markdown or HTML would read as markup made harmless."""
    text = printable(text).replace("\\", "\\\\")
    for sign in "`*_[]|":
        text = text.replace(sign, f"\\{sign}")
    return text.replace("<", "&lt;").replace(">", "&gt;")
