"""The report's page: what differs, what it did, the pictures, the findings, and a verdict."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..compare.curves import XAxis
from ..compare.differences import settings_of
from ..compare.document import comparison
from ..compare.findings import markers
from ..compare.opened import Opened
from ..compare.results import results
from ..errors import RunError
from ..runs.files import replace_file
from .markup import text
from .sections import (
    Section,
    curve_sections,
    heat_sections,
    measured_sections,
    profile_sections,
)
from .style import STYLE

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
"""What a browser may load for the page: nothing."""


DELTA = (
    "Delta is what backpropagation hands from layer to layer: the gradient of the loss with respect to "
    "a layer's weighted inputs; the gradient of its weights is made of it. The delta ratio per layer "
    "tells how much of it is left one layer closer to the input: near 1 it arrives whole; far below, "
    "it vanishes and the first layers do not learn; far above, it explodes."
)
"""What a reader needs to know of the pictures."""


def write_report(
    runs: Sequence[Opened],
    target: Path,
    *,
    baseline: int = 0,
    axis: XAxis = "step",
    by_seed: bool = False,
) -> None:
    """Write the page of 1 to 20 runs.

    Raises:
        RunError: it cannot be written, or Matplotlib is not installed.
    """
    page = render(runs, baseline=baseline, axis=axis, by_seed=by_seed)

    def write(temporary: Path) -> None:
        temporary.write_text(page, "utf-8")

    try:
        replace_file(target, write)
    except OSError as error:
        raise RunError(f"cannot write {target}: {error.strerror}") from error


def render(
    runs: Sequence[Opened],
    *,
    baseline: int = 0,
    axis: XAxis = "step",
    by_seed: bool = False,
) -> str:
    """The page as text."""
    many = len(runs) > 1
    document = comparison(runs, baseline=baseline, axis=axis, by_seed=by_seed) if many else {}
    title = " and ".join(run.name for run in runs) if len(runs) < 3 else f"{len(runs)} runs"
    verdict = document["verdict"]["sentence"] if many else _standing(runs[0])
    parts = [
        f"<h1>{text(title)}</h1>",
        f'<p class="verdict">{text(verdict)}</p>',
        _runs_table(runs, baseline if many else None),
        _damage(runs),
        _heading("What differs", _differences(document, runs)) if many else "",
        _heading("Results", _results(runs, baseline)),
        _heading("Seeds", _groups(document)),
        _heading("Findings", _findings(runs)),
        _heading("Curves", _figures(curve_sections(runs, axis, by_seed))),
        _heading("Gradients by depth", _explained(_figures(profile_sections(runs)))),
        _heading("Time steps and weights", _figures(measured_sections(runs))),
        _heading("Gradients by layer and step", _figures(heat_sections(runs, baseline))),
    ]
    if not many:
        parts.append(_heading("Settings", _settings(runs[0])))
    made = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
    body = "\n".join(part for part in parts if part)
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>gradlab: {text(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n"
        f"{body}\n<footer>Made by gradlab, {made}</footer>\n</main>\n</body>\n</html>\n"
    )


def number(value: Any) -> str:
    """A measured value in few characters; an en dash if there is none."""
    if value is None:
        return "–"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return text(value)
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return f"{value:.5g}"


def _heading(title: str, content: str) -> str:
    return f"<section><h2>{text(title)}</h2>\n{content}\n</section>" if content else ""


def _explained(figures: str) -> str:
    return f"<p>{DELTA}</p>\n{figures}" if figures else ""


def _standing(run: Opened) -> str:
    problems = [finding.problem.replace("_", " ") for finding in run.history.standing]
    return f"{run.status}: {', '.join(problems) if problems else 'no findings'}"


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]], numbers: int = 0) -> str:
    """A table of HTML cells; columns from `numbers` on (if not 0) are aligned as numbers."""
    kind = [' class="n"' if numbers and i >= numbers else "" for i in range(len(headings))]
    head = "".join(f"<th{k}>{h}</th>" for k, h in zip(kind, headings, strict=True))
    body = "\n".join(
        "<tr>" + "".join(f"<td{k}>{c}</td>" for k, c in zip(kind, row, strict=True)) + "</tr>"
        for row in rows
    )
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead>\n<tbody>{body}</tbody></table></div>'


def _key(number: int, letter: str) -> str:
    return f'<b class="run r{number % 8}">{text(letter)}</b>'


def _keys(runs: Sequence[Opened]) -> list[str]:
    return [_key(number, run.letter) for number, run in enumerate(runs)]


def _runs_table(runs: Sequence[Opened], baseline: int | None) -> str:
    rows = []
    for number_, run in enumerate(runs):
        versions = run.info.get("versions")
        known = versions if isinstance(versions, dict) else {}
        made = ", ".join(f"{k} {v}" for k, v in known.items() if k in ("keras", "tensorflow"))
        rows.append(
            [
                _key(number_, run.letter),
                text(run.name) + (" <i>baseline</i>" if number_ == baseline else ""),
                text(run.id),
                number(run.seed),
                text(run.status),
                text(str(run.info.get("created", ""))[:16].replace("T", " ")),
                text(made),
            ]
        )
    return _table(("", "name", "run", "seed", "status", "created", "versions"), rows)


def _damage(runs: Sequence[Opened]) -> str:
    lines = [f"<li>{text(run.letter)}: {text(d)}</li>" for run in runs for d in run.damage]
    if not lines:
        return ""
    return f'<div class="damage"><b>Not everything could be read</b><ul>{"".join(lines)}</ul></div>'


def _differences(document: dict[str, Any], runs: Sequence[Opened]) -> str:
    rows = [
        [f"<code>{text(key)}</code>", *(number(value) for value in row)]
        for key, row in document["differences"].items()
    ]
    if not rows:
        return "<p>Nothing in settings, seed, versions or revision.</p>"
    return _table(("setting", *_keys(runs)), rows)


def _results(runs: Sequence[Opened], baseline: int) -> str:
    rows = []
    for row in results(runs, baseline):
        note = f" <small>{row.better} is better</small>" if row.better else ""
        cells = [f"{text(row.metric)}{note}"]
        for index, value in enumerate(row.values):
            delta, gain = row.deltas[index], row.gain(index)
            cell = number(value)
            if index != baseline and delta is not None:
                plus = "+" if delta > 0 else ""
                word = f" {gain}" if gain in ("better", "worse") else ""
                cell += f' <span class="{gain}">{plus}{number(delta)}{word}</span>'
            cells.append(cell)
        rows.append(cells)
    return _table(("metric", *_keys(runs)), rows, numbers=1)


def _groups(document: dict[str, Any]) -> str:
    groups = document.get("groups")
    if not groups:
        return ""
    first = next(g["group"] for g in groups if document["baseline"] in g["runs"])
    rows = []
    for metric in dict.fromkeys(name for group in groups for name in group["metrics"]):
        cells = [text(metric)]
        for group in groups:
            spread, against = group["metrics"].get(metric), group["against"].get(metric)
            cell = "–"
            if spread:
                deviation = "" if spread["std"] is None else f" ± {number(spread['std'])}"
                cell = f"{number(spread['mean'])}{deviation} <small>n={spread['n']}</small>"
            if against:
                interval = against["note"] or (
                    f"{number(against['low'])} to {number(against['high'])}"
                    f"{', paired' if against['paired'] else ''}"
                )
                cell += f"<br><small>{number(against['value'])} against {first}: {interval}</small>"
            cells.append(cell)
        rows.append(cells)
    headings = ["metric", *(f"{text(g['group'])} (runs {', '.join(g['runs'])})" for g in groups)]
    note = "<p><small>Mean ± standard deviation; differences with 95% intervals.</small></p>"
    return _table(headings, rows, numbers=1) + note


def _findings(runs: Sequence[Opened]) -> str:
    items = []
    for marker in markers(runs):
        run = runs[marker.run]
        end = "" if marker.cleared_step is None else f" to {marker.cleared_step}"
        layers = f" in {', '.join(marker.layers)}" if marker.layers else ""
        items.append(
            f'<li class="{text(marker.severity)}">{_key(marker.run, run.letter)} '
            f"<b>{text(marker.problem.replace('_', ' '))}</b> ({text(marker.severity)}) "
            f"from step {marker.first_step}{end}{text(layers)}: {text(marker.message)}</li>"
        )
    healthy = [
        run.letter for i, run in enumerate(runs) if not any(m.run == i for m in markers(runs))
    ]
    note = f"<p>No findings in {text(', '.join(healthy))}.</p>" if healthy else ""
    return (f"<ul>{''.join(items)}</ul>" if items else "") + note


def _figures(sections: Sequence[Section]) -> str:
    pictures = "\n".join(
        f"<figure><figcaption>{text(caption)}</figcaption>{svg}</figure>"
        for caption, svg in sections
    )
    return f'<div class="figures">{pictures}</div>' if sections else ""


def _settings(run: Opened) -> str:
    rows = [[f"<code>{text(k)}</code>", number(v)] for k, v in settings_of(run.preset).items()]
    return _table(("setting", "value"), rows) if rows else ""
