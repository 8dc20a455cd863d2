"""What the compare screen says in words and numbers, as rows of styled text in each run's colour."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ...engine.comparison.curves import XAxis
from ...engine.comparison.differences import differences
from ...engine.comparison.document import position
from ...engine.comparison.findings import markers
from ...engine.comparison.opened import Opened
from ...engine.comparison.results import results
from ...engine.escaping.plain_text import printable
from ..charts.overlays import AXIS_NAMES, style_of
from ..drawing.rows import Row, Span, fit
from ..words.text import duration, number, setting
from .run_columns import STATE_SIGNS

LIVE = ("preparing", "compiling", "training", "paused", "stopping")
"""Statuses of runs that go on."""

GAINS = {
    "better": ("better", "line-3"),
    "worse": ("worse", "bad"),
    "same": ("same", "axis"),
    "unknown": ("", "axis"),
}
"""Word and style of what a delta is."""

LABEL = 22
"""Columns of the names of settings and metrics."""


def run_row(runs: Sequence[Opened], baseline: int, width: int) -> Row:
    """The names of the runs above their columns, each with its state."""
    return _names(runs, baseline, [_cell_width(runs, width)] * len(runs))


def _names(runs: Sequence[Opened], baseline: int, rooms: Sequence[int]) -> Row:
    spans = [Span(" " * LABEL)]
    for index, run in enumerate(runs):
        room = rooms[index]
        star = "*" if index == baseline else ""
        sign = "●" if run.status in LIVE else STATE_SIGNS.get(run.status, ("?", ""))[0]
        text = f"{run.letter}{star} {run.name} {sign} {run.status}"
        spans.append(Span(fit(text, room - 1).ljust(room), style_of(index)))
    return tuple(spans)


def damage_rows(runs: Sequence[Opened]) -> list[Row]:
    """What could not be read of the runs."""
    return [
        (Span(f"{run.letter} damaged: {printable(text)}", "bad"),)
        for run in runs
        for text in run.damage
    ]


def difference_rows(runs: Sequence[Opened], width: int) -> list[Row]:
    """A row for each setting in which the runs differ, with every run's value."""
    found = differences(runs)
    if not found:
        return [(Span("nothing differs in settings, seed, versions or revision", "axis"),)]
    room = _cell_width(runs, width)
    rows: list[Row] = []
    for key, values in found.items():
        cells = [Span(fit(key, LABEL - 1).ljust(LABEL), "title")]
        cells += [
            Span(fit(setting(value), room - 1).ljust(room), style_of(index))
            for index, value in enumerate(values)
        ]
        rows.append(tuple(cells))
    return rows


def result_rows(runs: Sequence[Opened], baseline: int, width: int) -> list[Row]:
    """Every metric of every run, with the delta from the baseline and whether that is better."""
    rooms = _result_widths(runs, baseline, width)
    rows: list[Row] = [_names(runs, baseline, rooms)]
    for result in results(runs, baseline):
        arrow = {"higher": " ↑", "lower": " ↓"}.get(result.better or "", "")
        cells = [Span(fit(result.metric + arrow, LABEL - 1).ljust(LABEL), "title")]
        for index, value in enumerate(result.values):
            text, room = _value(result.metric, value), rooms[index]
            cells.append(Span(f"{fit(text, room - 1)} ", style_of(index)))
            delta, left = result.deltas[index], room - len(cells[-1].text)
            change = Span("")
            if index != baseline and delta is not None and result.better:
                word, style = GAINS[result.gain(index)]
                finite = delta and math.isfinite(delta)
                change = Span(f"{delta:+.3g} {word}" if finite else word, style)
                if len(change.text) >= left:
                    change = Span(word, style)
            cells.append(Span(fit(change.text, max(left - 1, 0)).ljust(left), change.style))
        rows.append(tuple(cells))
    return rows


def finding_rows(runs: Sequence[Opened], axis: XAxis, width: int) -> list[Row]:
    """A strip for each finding on one axis: where it began, and how long it stood."""
    found = markers(runs)
    if not found:
        return [(Span("no findings in any run", "axis"),)]
    ends = [position(run, max(run.history.step - 1, 0), axis) for run in runs]
    starts = [position(runs[m.run], m.first_step, axis) for m in found]
    end = max([*ends, *starts])
    strip = max(min(width - LABEL - 12, 60), 8)
    digits = ".6g" if axis in ("step", "examples") else ".3g"
    rows: list[Row] = []
    for marker, start in zip(found, starts, strict=True):
        run = runs[marker.run]
        gone = marker.cleared_step
        until = ends[marker.run] if gone is None else position(run, gone, axis)
        first, last = (
            min(int(place / end * strip), strip - 1) if end > 0 else 0 for place in (start, until)
        )
        sign, style = ("✖", "bad") if marker.severity == "critical" else ("▲", "mark")
        name = f"{run.letter} {printable(marker.problem).replace('_', ' ')}"
        rows.append(
            (
                Span(fit(name, LABEL - 1).ljust(LABEL), style_of(marker.run)),
                Span("·" * first, "axis"),
                Span(sign, style),
                Span("─" * max(last - first, 0), style_of(marker.run)),
                Span("·" * (strip - max(last, first) - 1), "axis"),
                Span(
                    f" {start:{digits}}" + ("" if gone is None else f" to {until:{digits}}"),
                    "title",
                ),
            )
        )
    scale = f"0 to {end:{digits}} {AXIS_NAMES[axis]}s"
    return [*rows, (Span(" " * LABEL), Span(scale, "axis"))]


def _result_widths(runs: Sequence[Opened], baseline: int, width: int) -> list[int]:
    """Columns of each run's results; the baseline, which has no deltas, gives some of its own away."""
    room = _cell_width(runs, width)
    spare = min(max(room - 10, 0), 8) if room < 24 else 0
    rooms = [room + spare // max(len(runs) - 1, 1)] * len(runs)
    rooms[baseline] = room - spare
    return rooms


def _value(metric: str, value: float | None) -> str:
    if metric == "seconds":
        return duration(value)
    if metric in ("epochs", "steps") and value is not None:
        return f"{value:.0f}"
    return number(value)


def _cell_width(runs: Sequence[Opened], width: int) -> int:
    return max(min((width - LABEL) // len(runs), 44), 8)
