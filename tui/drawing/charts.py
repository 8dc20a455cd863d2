"""Line charts as rows of styled text. The only module that knows plotext.

plotext keeps its figure in module state: call `render` from the UI thread only. A log axis is drawn
by giving it log10 of the data on a linear one, since plotext 5 takes the logarithm anew at every
build; values that are not finite never reach it.
"""

from __future__ import annotations

import re

import numpy as np
import plotext

from .chart_layout import Layout, Lines, arranged, scaled
from .chart_spec import ChartSpec, Mark, Series, line_styles
from .rows import Grid, Row, fit
from .sampling import dashes, extremes

CROWD = 4
"""More lines than this in full colour are drawn half as fine."""

ASCII_LINES = "*+ox#%@&"
POINTS = "●◆"
ESCAPE = re.compile("\x1b\\[([0-9;]*)m")


def render(spec: ChartSpec, width: int, height: int) -> list[Row]:
    """Draw a chart into exactly `height` rows of `width` cells; any size from 1 x 1 up."""
    if width < 1 or height < 1:
        return []
    lines = scaled(spec)
    place = arranged(spec, lines, width, height)
    if place is None:
        reason = "No value so far is a finite number." if lines.not_finite else spec.empty
        if lines.not_positive:
            reason = "Every value is zero: a log axis cannot show it."
        return _sentence(reason, width, height)
    grid = Grid(width, height)
    styles = line_styles(spec.series)
    _plot(grid, spec, lines, place, styles)
    _annotate(grid, spec, lines, place, styles)
    return grid.rows()


def _sentence(text: str, width: int, height: int) -> list[Row]:
    grid = Grid(width, height)
    grid.put(height // 2, max(width - len(text), 0) // 2, fit(text, width), "axis")
    return grid.rows()


def _plot(grid: Grid, spec: ChartSpec, lines: Lines, place: Layout, styles: list[str]) -> None:
    """Let plotext draw axes and lines, and copy its picture into the grid."""
    plotext.clf()
    plotext.limit_size(False, False)
    plotext.plotsize(grid.width - place.margin, grid.height)
    plotext.theme("clear")
    plotext.xaxes(place.framed, False)
    plotext.yaxes(place.framed, False)
    plotext.xlim(place.x.low, place.x.high)
    plotext.ylim(place.y.low, place.y.high)
    if place.framed:
        plotext.xticks(list(place.x.ticks), list(place.x.labels))
        plotext.yticks(list(place.y.ticks), [v.rjust(place.left - 1) for v in place.y.labels])
    else:
        plotext.xticks([])
        plotext.yticks([])
    dots = {"braille": 4, "hd": 2, "ascii": 1}[spec.glyphs]
    flat = (place.y.high - place.y.low) / (place.height * dots)
    strokes: list[tuple[str, str, list[float], list[float]]] = []
    context: tuple[list[float], list[float]] = ([], [])
    crowded = sum(style != "dim" for style in styles) > CROWD
    # plotext lets the later line win a cell: the first series is drawn last.
    for index in reversed(range(len(styles))):
        series, y = spec.series[index], lines.values[index]
        # Context, and lines in a crowd, are drawn half as fine: less ink, and half the cost.
        coarse = crowded or styles[index] == "dim"
        columns = max(place.columns // 2, 1) if coarse else place.columns
        x, y = extremes(series.x, y, place.x.low, place.x.high, columns, flat)
        if series.dashed:
            x, y = dashes(x, y, place.x.low, place.x.high, place.columns)
        if not np.isfinite(y).any():
            continue
        if styles[index] == "dim":
            # One stroke for all of them, with gaps between: plotext's cost grows with strokes.
            context[0].extend([*x.tolist(), place.x.low])
            context[1].extend([*y.tolist(), np.nan])
        else:
            marker = (
                ASCII_LINES[index % len(ASCII_LINES)] if spec.glyphs == "ascii" else spec.glyphs
            )
            strokes.append((styles[index], marker, x.tolist(), y.tolist()))
    if context[0]:
        strokes.insert(0, ("dim", "." if spec.glyphs == "ascii" else spec.glyphs, *context))
    for number, (_, marker, xs, ys) in enumerate(strokes):
        plotext.plot(xs, ys, marker=marker, color=number)
    for row, line in enumerate(plotext.build().split("\n")[: grid.height]):
        style, column = "axis", 0
        for position, part in enumerate(ESCAPE.split(line)):
            if position % 2:
                style = strokes[int(part[5:])][0] if part.startswith("38;5;") else "axis"
            else:
                grid.put(row, column, part, style)
                column += len(part)


def _annotate(grid: Grid, spec: ChartSpec, lines: Lines, place: Layout, styles: list[str]) -> None:
    """Write points, gaps, guides, events, the cursor and labels over plotext's picture."""
    dots = {"braille": 4, "hd": 2, "ascii": 1}[spec.glyphs]
    ends: list[tuple[int, str, str]] = []
    # As with the lines, the first series is written last and lies on top.
    for index in reversed(range(len(styles))):
        series, y = spec.series[index], lines.values[index]
        inside = np.isfinite(y) & (series.x >= place.x.low) & (series.x <= place.x.high)
        if series.points:
            for x, value in zip(series.x[inside], y[inside], strict=True):
                sign = series.letter or POINTS[index % len(POINTS)]
                grid.put(place.row(value, dots), place.left + place.column(x), sign, styles[index])
        elif series.letter:
            _letters(grid, series, y, inside, place, (index, styles[index], dots))
        if inside.any() and styles[index] != "dim":
            sign = f"{series.letter or POINTS[index % len(POINTS)]} " if series.points else ""
            end = place.row(float(y[inside][-1]), dots)
            ends.insert(0, (end, f"{sign}{series.label}", styles[index]))
        bad = ~np.isfinite(series.y)
        for x in series.x[bad if series.points else _starts(bad)]:
            grid.put(0, place.left + place.column(x), "×", "bad")
        if spec.log:
            flat = np.isfinite(series.y) & (series.y <= 0)
            for x in series.x[flat if series.points else _starts(flat)]:
                grid.put(place.height - 1, place.left + place.column(x), "0", "bad")
    for guide in spec.guides:
        if spec.log and guide.y <= 0:
            continue
        row = place.row(float(np.log10(guide.y)) if spec.log else guide.y)
        grid.put(row, place.left, "┄" * place.columns, "guide", under=True)
        ends.append((row, guide.label, "guide"))
    for mark in spec.marks:
        if place.x.low <= mark.x <= place.x.high:
            _mark(grid, mark, place)
    if spec.cursor is not None and place.x.low <= spec.cursor <= place.x.high:
        column = place.left + place.column(spec.cursor)
        for row in range(place.height):
            grid.put(row, column, "│", "cursor", under=True)
        if place.framed:
            grid.put(place.height, column, "▲", "cursor")
    if place.framed:
        _captions(grid, spec, lines, place)
    if place.margin:
        _end_labels(grid, place, ends)


def _letters(
    grid: Grid,
    series: Series,
    y: np.ndarray,
    inside: np.ndarray,
    place: Layout,
    line: tuple[int, str, int],
) -> None:
    """Write a line's letter on it at three places, which differ from line to line."""
    index, style, dots = line
    rows = np.flatnonzero(inside)
    for part in range(3 if len(rows) else 0):
        x = place.x.low + (part + 0.3 + 0.13 * (index % 5)) / 3 * (place.x.high - place.x.low)
        near = rows[np.abs(series.x[rows] - x).argmin()]
        column = place.column(float(series.x[near]))
        if abs(column - place.column(x)) <= 2:
            row = place.row(float(y[near]), dots)
            grid.put(row, place.left + column, series.letter, style)


def _starts(flags: np.ndarray) -> np.ndarray:
    """Positions at which a run of true flags begins."""
    return np.flatnonzero(flags & ~np.concatenate([[False], flags[:-1]]))


def _mark(grid: Grid, mark: Mark, place: Layout) -> None:
    column = place.left + place.column(mark.x)
    if place.framed:
        grid.put(place.height, column, "▲", mark.style)
    if not mark.line:
        return
    for row in range(place.height):
        grid.put(row, column, "┊", mark.style, under=True)
    label = fit(mark.label, place.columns // 2)
    fits_right = column + 2 + len(label) <= place.left + place.columns
    start = column + 2 if fits_right else column - len(label) - 1
    for row in range(min(3, place.height)):
        if label and grid.blank(row, start, len(label)):
            grid.put(row, start, label, mark.style)
            return


def _captions(grid: Grid, spec: ChartSpec, lines: Lines, place: Layout) -> None:
    """The name of the x axis in its row of ticks, and on the axis what is missing above it."""
    end = place.left + place.columns
    first, name = spec.x_ends[0], spec.x_ends[1] or spec.x_label
    start = grid.width - len(name) if place.margin > len(name) else end - len(name)
    if grid.blank(place.height + 1, start - 1, len(name) + 1):
        grid.put(place.height + 1, start, name, "axis")
    if len(first) < place.left and grid.blank(place.height + 1, 0, len(first) + 1):
        grid.put(place.height + 1, 0, first, "axis")
    if spec.note:
        _note(grid, spec.note, place)
    missing = [f"{lines.not_finite} not finite"] if lines.not_finite else []
    missing += [f"{lines.not_positive} zero"] if lines.not_positive else []
    if missing:
        note = fit(f" {', '.join(missing)} ", place.columns)
        grid.put(place.height, end - len(note), note, "bad")


def _note(grid: Grid, text: str, place: Layout) -> None:
    """Write the message in the corner that has most room, at least two cells from what is drawn."""
    text = f"  {text}  "
    right = place.left + place.columns - len(text)
    for row in (0, 1, place.height - 1, place.height - 2):
        for start in (place.left + 1, right):
            near = [r for r in (row - 1, row, row + 1) if 0 <= r < place.height]
            if all(grid.blank(r, start, len(text)) for r in near):
                grid.put(row, start + 2, text.strip(), "title")
                return


def _end_labels(grid: Grid, place: Layout, ends: list[tuple[int, str, str]]) -> None:
    """Each line's name beside its last value, moved to the nearest free row, or left out."""
    free = set(range(place.height))
    column = place.left + place.columns + 1
    for wanted, label, style in ends:
        near = sorted(free, key=lambda row: (abs(row - wanted), row))
        if label and near and abs(near[0] - wanted) <= 3:
            free.discard(near[0])
            grid.put(near[0], column, fit(label, place.margin - 1), style)
