"""Line charts as rows of styled text. The only module that knows plotext.

plotext keeps its figure in module state: call `render` from the UI thread only. A log axis is drawn
by giving it log10 of the data on a linear one, since plotext 5 takes the logarithm anew at every
build; values that are not finite never reach it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

import numpy as np
import plotext

from .axes import Axis, counting, decades, linear
from .rows import Grid, Row, fit
from .sampling import dashes, extremes

Glyphs = Literal["braille", "hd", "ascii"]

COLOURS = 8
"""Lines in full colour; further ones, counted from the middle outwards, are dimmed."""

CROWD = 4
"""More lines than this in full colour are drawn half as fine."""

ASCII_LINES = "*+ox#%@&"
ASCII_FRAME = str.maketrans("─│└┤┬┌┐┘├┴┼┊┄×●◆…▲≤", "-|+++++++++:-xo#~^<")
POINTS = "●◆"
ESCAPE = re.compile("\x1b\\[([0-9;]*)m")


@dataclass(frozen=True, eq=False)
class Series:
    """One line.

    Attributes:
        label: what the line is; written at its right end.
        x: positions in rising order, finite [points].
        y: values [points]; what is not finite is a gap and is marked.
        style: component name of its colour; "" takes the next of line-1 to line-8.
        dim: context rather than subject: drawn thin, below the others, without a label.
        dashed: a reference rather than a measurement.
        points: mark each point; for lines of a few points.
        letter: written on the line here and there, so that it can be told without its colour.
    """

    label: str
    x: np.ndarray
    y: np.ndarray
    style: str = ""
    dim: bool = False
    dashed: bool = False
    points: bool = False
    letter: str = ""


@dataclass(frozen=True)
class Mark:
    """An event at a position on the x axis: a vertical line, or only a sign on the axis."""

    x: float
    label: str = ""
    line: bool = True
    style: str = "mark"


@dataclass(frozen=True)
class Guide:
    """A horizontal line at a value worth comparing with, such as an update ratio of 1e-3."""

    y: float
    label: str = ""


@dataclass(frozen=True, eq=False)
class ChartSpec:
    """What a line chart shows, free of size and colours.

    Attributes:
        series: the lines; the first lies on top.
        title: one line, plain text.
        log: logarithmic y axis.
        x_label: name of the x axis, in the singular: step, layer, value.
        y_label: name of the y axis.
        x_limits: ends of the x axis; from the data if None.
        y_limits: ends of the y axis in the data's unit; from the data if None.
        x_ticks: ticks of the x axis as (position, label); round numbers if empty.
        x_whole: x counts something.
        marks: events.
        guides: values to compare with; always in view.
        cursor: inspected position.
        glyphs: what lines are drawn with.
        empty: the sentence shown while there is nothing to draw.
    """

    series: tuple[Series, ...] = ()
    title: str = ""
    log: bool = False
    x_label: str = "step"
    y_label: str = ""
    x_limits: tuple[float, float] | None = None
    y_limits: tuple[float, float] | None = None
    x_ticks: tuple[tuple[float, str], ...] = ()
    x_whole: bool = True
    marks: tuple[Mark, ...] = ()
    guides: tuple[Guide, ...] = ()
    cursor: float | None = None
    glyphs: Glyphs = "braille"
    empty: str = "Nothing to draw yet."


@dataclass(frozen=True, eq=False)
class Lines:
    """The lines of a chart on its y scale, and what had to be left out."""

    values: tuple[np.ndarray, ...]
    not_finite: int
    not_positive: int
    low: float
    high: float


@dataclass(frozen=True)
class Layout:
    """Where the plot lies in the cells: `left` columns before it, `margin` columns behind it."""

    x: Axis
    y: Axis
    left: int
    columns: int
    height: int
    margin: int
    framed: bool

    def column(self, x: float) -> int:
        """Column of a position, counted from the plot's left edge."""
        return int(0.5 + (self.columns - 1) * (x - self.x.low) / (self.x.high - self.x.low))

    def row(self, y: float, dots: int = 1) -> int:
        """Row of a value on the y scale, from the top; `dots` is the marker's height in dots."""
        fraction = (y - self.y.low) / (self.y.high - self.y.low)
        return self.height - 1 - int(0.5 + (self.height * dots - 1) * fraction) // dots

    def position(self, column: int) -> float:
        """Position under a column of the whole chart."""
        fraction = (column - self.left) / max(self.columns - 1, 1)
        return self.x.low + min(max(fraction, 0.0), 1.0) * (self.x.high - self.x.low)


def scaled(spec: ChartSpec) -> Lines:
    """The series on the y scale: log10 if asked for, NaN for all that cannot be drawn."""
    values: list[np.ndarray] = []
    not_finite = not_positive = 0
    low, high = np.inf, -np.inf
    for series in spec.series:
        y = np.asarray(series.y, np.float64)
        bad = ~np.isfinite(y)
        not_finite += int(bad.sum())
        if spec.log:
            flat = ~bad & (y <= 0)
            not_positive += int(flat.sum())
            bad |= flat
            y = np.log10(np.where(bad, 1.0, y))
        # Beyond 1e300 plotext's own arithmetic would overflow.
        y = np.where(bad, np.nan, np.clip(y, -1e300, 1e300))
        values.append(y)
        if not bad.all():
            low, high = min(low, float(np.nanmin(y))), max(high, float(np.nanmax(y)))
    return Lines(tuple(values), not_finite, not_positive, low, high)


def layout(spec: ChartSpec, width: int, height: int) -> Layout | None:
    """Where things lie at a size; None if there is nothing to draw."""
    return _layout(spec, scaled(spec), width, height) if width > 0 and height > 0 else None


def _layout(spec: ChartSpec, lines: Lines, width: int, height: int) -> Layout | None:
    if lines.low > lines.high:
        return None
    framed = width >= 24 and height >= 5
    labels = [len(s.label) for s in spec.series if not s.dim] + [len(g.label) for g in spec.guides]
    margin = min(max(labels, default=0), width // 4, 16) + 1 if framed and width >= 30 else 0
    rows = height - 2 if framed else height
    low, high = lines.low, lines.high
    if spec.y_limits:
        low, high = (
            (float(np.log10(max(v, 1e-45))) for v in spec.y_limits) if spec.log else spec.y_limits
        )
    for guide in spec.guides:
        if not spec.log or guide.y > 0:
            value = float(np.log10(guide.y)) if spec.log else guide.y
            low, high = min(low, value), max(high, value)
    y = (decades if spec.log else linear)(low, high, max(2, min(rows // 3, 6)))
    left = max(6, *(len(label) + 1 for label in y.labels)) if framed else 0
    columns = max(width - left - margin, 1)
    return Layout(_x_axis(spec, columns), y, left, columns, rows, margin, framed)


def _x_axis(spec: ChartSpec, columns: int) -> Axis:
    filled = [s.x for s in spec.series if len(s.x)]
    low, high = spec.x_limits or (min(x[0] for x in filled), max(x[-1] for x in filled))
    count = max(2, columns // 9)
    if spec.x_whole and not spec.x_ticks:
        axis = counting(float(low), float(high), count)
        return Axis(axis.low, spec.x_limits[1], axis.ticks, axis.labels) if spec.x_limits else axis
    axis = linear(float(low), float(high), count)
    if spec.x_limits or spec.x_ticks:
        margin = 0.0 if high > low else 1.0
        axis = Axis(float(low) - margin, float(high) + margin, axis.ticks, axis.labels)
    if spec.x_ticks:
        widest = max(len(label) for _, label in spec.x_ticks) + 1
        stride = -(-len(spec.x_ticks) * widest // columns)
        kept = spec.x_ticks[:: max(stride, 1)]
        axis = Axis(
            axis.low, axis.high, tuple(p for p, _ in kept), tuple(label for _, label in kept)
        )
    return axis


def render(spec: ChartSpec, width: int, height: int) -> list[Row]:
    """Draw a chart into exactly `height` rows of `width` cells; any size from 1 x 1 up."""
    if width < 1 or height < 1:
        return []
    lines = scaled(spec)
    place = _layout(spec, lines, width, height)
    if place is None:
        reason = "No value so far is a finite number." if lines.not_finite else spec.empty
        if lines.not_positive:
            reason = "Every value is zero: a log axis cannot show it."
        return _sentence(reason, width, height)
    grid = Grid(width, height)
    styles = _styles(spec.series)
    _plot(grid, spec, lines, place, styles)
    _annotate(grid, spec, lines, place, styles)
    if spec.glyphs == "ascii":
        grid.text = [[c.translate(ASCII_FRAME) for c in row] for row in grid.text]
    return grid.rows()


def _sentence(text: str, width: int, height: int) -> list[Row]:
    grid = Grid(width, height)
    grid.put(height // 2, max(width - len(text), 0) // 2, fit(text, width), "axis")
    return grid.rows()


def _styles(series: tuple[Series, ...]) -> list[str]:
    """A component name for each line; the middle ones of too many are dimmed."""
    full = [i for i, s in enumerate(series) if not s.dim and not s.style]
    keep = full if len(full) <= COLOURS else full[: COLOURS // 2] + full[-COLOURS // 2 :]
    numbers = {index: f"line-{i + 1}" for i, index in enumerate(keep)}
    return [s.style or numbers.get(i, "dim") for i, s in enumerate(series)]


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
            ends.insert(0, (place.row(float(y[inside][-1]), dots), series.label, styles[index]))
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
    start = (
        grid.width - len(spec.x_label)
        if place.margin > len(spec.x_label)
        else end - len(spec.x_label)
    )
    if grid.blank(place.height + 1, start - 1, len(spec.x_label) + 1):
        grid.put(place.height + 1, start, spec.x_label, "axis")
    missing = [f"{lines.not_finite} not finite"] if lines.not_finite else []
    missing += [f"{lines.not_positive} zero"] if lines.not_positive else []
    if missing:
        note = fit(f" {', '.join(missing)} ", place.columns)
        grid.put(place.height, end - len(note), note, "bad")


def _end_labels(grid: Grid, place: Layout, ends: list[tuple[int, str, str]]) -> None:
    """Each line's name beside its last value, moved to the nearest free row, or left out."""
    free = set(range(place.height))
    column = place.left + place.columns + 1
    for wanted, label, style in ends:
        near = sorted(free, key=lambda row: (abs(row - wanted), row))
        if label and near and abs(near[0] - wanted) <= 3:
            free.discard(near[0])
            grid.put(near[0], column, fit(label, place.margin - 1), style)


def readout(spec: ChartSpec, x: float) -> tuple[float, list[tuple[str, float, str]]]:
    """Exact values at the records nearest to a position.

    Returns:
        (position, [(label, value, component name)]): the position of the record nearest to `x`,
        and each line's value at its own record nearest to that; context lines are left out.
    """
    styles = _styles(spec.series)
    places = positions(spec)
    if not len(places):
        return x, []
    nearest = float(places[np.abs(places - x).argmin()])
    values = [
        (series.label, float(series.y[np.abs(series.x - nearest).argmin()]), style)
        for series, style in zip(spec.series, styles, strict=True)
        if len(series.x) and not series.dim
    ]
    return nearest, values


def positions(spec: ChartSpec) -> np.ndarray:
    """The positions at which the line with the most records was recorded, in rising order."""
    return max((np.asarray(s.x) for s in spec.series), key=len, default=np.empty(0))
