"""A heatmap of norms, layers by steps, as rows of styled text.

Drawn here and not by plotext, whose matrix plots are a hundred times as long (240 KB for 40 x 180
cells). Colour and glyph say the same, so that either is enough.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ...engine.stream.buckets import begins
from .axes import counting, tick_label
from .rows import Grid, Row, Span, fit, fit_inside, merged

LEVELS = 12
WIDTHS = (0.25, 0.5, 1.0, 2.0, 4.0, 5.0, 8.0)
SHADES = "░▒▓█"
ASCII_SHADES = ".:-=+*#%@"


@dataclass(frozen=True, eq=False)
class HeatmapSpec:
    """What a heatmap shows.

    Attributes:
        layers: names by depth, the input's side first; drawn from the bottom up.
        x: steps in rising order [rows].
        values: norms [rows, layers]; NaN, infinite and zero cells have signs of their own.
        title: one line, plain text.
        limits: log10 of the smallest and the largest level; from the data if None.
        marks: (layer index, step, label) where a finding began.
        cursor: inspected (layer index, step).
        empty: the sentence shown while there is nothing to draw.
        x_limits: ends of the x axis; from the data if None.
        shades: glyphs of the levels, denser for larger norms.
    """

    layers: tuple[str, ...] = ()
    x: np.ndarray = field(default_factory=lambda: np.empty(0))
    values: np.ndarray = field(default_factory=lambda: np.empty((0, 0)))
    title: str = ""
    limits: tuple[float, float] | None = None
    marks: tuple[tuple[int, float, str], ...] = ()
    cursor: tuple[int, float] | None = None
    empty: str = "Nothing to draw yet."
    x_limits: tuple[float, float] | None = None
    shades: str = SHADES


@dataclass(frozen=True)
class Levels:
    """How log10 of a norm is cut into levels: `count` of them, each `width` decades, from `low` up."""

    low: float
    width: float
    count: int

    @property
    def high(self) -> float:
        """The upper end."""
        return self.low + self.width * self.count

    def style(self, level: int) -> str:
        """Component name of a level."""
        return f"heat-{round(level * (LEVELS - 1) / max(self.count - 1, 1))}"

    def glyph(self, level: int, shades: str) -> str:
        """Glyph of a level."""
        return shades[level * len(shades) // self.count]


@dataclass(frozen=True)
class HeatLayout:
    """Where the cells lie: `left` columns of names before them; a band of rows or layers each."""

    left: int
    columns: int
    height: int
    low: float
    high: float
    layers: int

    def column(self, step: float) -> int:
        """Column of a step, counted from the first cell."""
        return min(int((step - self.low) * self.columns / (self.high - self.low)), self.columns - 1)

    def step(self, column: int) -> float:
        """First step of a column of the whole picture."""
        inside = min(max(column - self.left, 0), self.columns - 1)
        return self.low + inside * (self.high - self.low) / self.columns

    def layers_in(self, row: int) -> range:
        """Indices of the layers in a row, counted from the top."""
        up = self.height - 1 - row
        first = up * self.layers // self.height
        return range(first, max((up + 1) * self.layers // self.height, first + 1))

    def rows_of(self, layer: int) -> list[int]:
        """Rows in which a layer is drawn."""
        return [row for row in range(self.height) if layer in self.layers_in(row)]


def levels(spec: HeatmapSpec) -> Levels:
    """At most 12 levels of a round width around the data, or around the limits that are given."""
    if spec.limits:
        low, high = spec.limits
    else:
        drawable = spec.values[np.isfinite(spec.values) & (spec.values > 0)]
        if not len(drawable):
            return Levels(-8.0, 1.0, 8)
        low, high = float(np.log10(drawable.min())), float(np.log10(drawable.max()))
    low, high = float(np.floor(low)), float(np.ceil(high))
    if high == low:
        high = low + 1
    width = next(w for w in WIDTHS if (high - low) / w <= LEVELS)
    return Levels(low, width, int(np.ceil((high - low) / width)))


def heat_layout(spec: HeatmapSpec, width: int, height: int) -> HeatLayout | None:
    """Where things lie at a size; None if there is nothing to draw."""
    if not len(spec.x) or not spec.layers or width < 1 or height < 1:
        return None
    framed = width >= 24 and height >= 4
    left = min(max(len(name) for name in spec.layers), width // 4, 18) + 1 if framed else 0
    axis = counting(float(spec.x[0]), float(spec.x[-1]), 1)
    low, high = spec.x_limits or (axis.low, axis.high)
    rows = height - 1 if framed else height
    return HeatLayout(left, width - left, rows, low, high, len(spec.layers))


def render_heatmap(spec: HeatmapSpec, width: int, height: int) -> list[Row]:
    """Draw a heatmap into exactly `height` rows of `width` cells; any size from 1 x 1 up."""
    if width < 1 or height < 1:
        return []
    grid = Grid(width, height)
    place = heat_layout(spec, width, height)
    if place is None:
        text = fit(spec.empty, width)
        grid.put(height // 2, (width - len(text)) // 2, text, "axis")
        return grid.rows()
    scale = levels(spec)
    cells = _cells(spec, place)
    for row in range(place.height):
        inside = place.layers_in(row)
        # The largest norm of the layers and steps in a cell; NaN passes through maximum.
        values = np.maximum.reduce(cells[:, inside.start : inside.stop], axis=1)
        for column, value in enumerate(values):
            grid.put(row, place.left + column, *_cell(float(value), scale, spec.shades))
        if place.left and row == place.rows_of(inside[-1])[0]:
            name = fit_inside(_label(spec.layers, inside), place.left - 1)
            marked = any(layer in inside for layer, _, _ in spec.marks)
            grid.put(row, 0, name.rjust(place.left - 1), "bad" if marked else "axis")
    for layer, step, _ in spec.marks:
        if place.low <= step <= place.high and layer < len(spec.layers):
            grid.put(place.rows_of(layer)[0], place.left + place.column(step), "◀", "bad")
    if spec.cursor is not None:
        put_cursor(grid, spec.cursor, place)
    if place.height < height and place.left:
        put_steps(grid, place)
    return grid.rows()


def _label(names: tuple[str, ...], inside: range) -> str:
    """The name of a row's layer; of several that share a row, their numbers: `3-5`."""
    first, last = names[inside[0]], names[inside[-1]]
    if first == last:
        return last
    return f"{first.partition(' ')[0]}-{last.partition(' ')[0]}"


def legend(spec: HeatmapSpec) -> Row:
    """The scale in one line: ` log10 -8 ░░▒▒▓▓██ 0`."""
    scale = levels(spec)
    spans = [(character, "axis") for character in f" log10 {scale.low:g} "]
    spans += [(scale.glyph(i, spec.shades), scale.style(i)) for i in range(scale.count)]
    return merged([*spans, *((character, "axis") for character in f" {scale.high:g}")])


def heat_readout(spec: HeatmapSpec, layer: int, step: float) -> tuple[float, float]:
    """The record nearest to a step: (its step, the layer's norm there)."""
    index = int(np.abs(spec.x - step).argmin())
    return float(spec.x[index]), float(spec.values[index, layer])


def _cells(spec: HeatmapSpec, place: HeatLayout) -> np.ndarray:
    """The largest norm of each column and layer, [columns, layers]; -1 where nothing was recorded yet."""
    columns = np.minimum(
        ((spec.x - place.low) * (place.columns / (place.high - place.low))).astype(np.int64),
        place.columns - 1,
    )
    starts = begins(columns)
    largest = np.maximum.reduceat(spec.values, starts, axis=0)
    cells = np.full((place.columns, len(spec.layers)), -1.0)
    filled = columns[starts]
    # A step wider than a column fills the columns up to the next one.
    for position, (first, values) in enumerate(zip(filled, largest, strict=True)):
        last = filled[position + 1] if position + 1 < len(filled) else first + 1
        cells[first:last] = values
    return cells


def _cell(value: float, scale: Levels, shades: str) -> tuple[str, str]:
    if value < 0:
        return " ", ""
    if not np.isfinite(value):
        return "×", "bad"
    if value == 0:
        return "0", "bad"
    level = int((np.log10(value) - scale.low) / scale.width)
    level = min(max(level, 0), scale.count - 1)
    return scale.glyph(level, shades), scale.style(level)


def put_cursor(grid: Grid, cursor: tuple[int, float], place: HeatLayout) -> None:
    """Draw the inspection cursor, a layer and a step, over a map that is already drawn."""
    layer, step = cursor
    if not (place.low <= step <= place.high and layer < place.layers):
        return
    column = place.left + place.column(step)
    for row in range(place.height):
        grid.put(row, column, "│", "cursor")
    grid.put(place.rows_of(layer)[0], column, "┼", "cursor")


def put_steps(grid: Grid, place: HeatLayout) -> None:
    """Draw the axis of steps below a map."""
    axis = counting(place.low, place.high, max(2, place.columns // 10))
    grid.put(place.height, max(place.left - 5, 0), "step", "axis")
    for tick in axis.ticks:
        label = tick_label(tick)
        start = place.left + place.column(tick) - (len(label) // 2 if tick > place.low else 0)
        start = min(start, grid.width - len(label))
        if tick > place.high:
            continue
        if grid.blank(place.height, start - 1, len(label) + 1):
            grid.put(place.height, start, label, "axis")


def cursor_spans(spec: HeatmapSpec, layer: int, step: float) -> Row:
    """The exact value under a cursor, for the title row."""
    place, value = heat_readout(spec, layer, step)
    return (
        Span(f" step {place:.6g}", "cursor"),
        Span(f"  {fit(spec.layers[layer], 24)}", "title"),
        Span(f" {value:.5g}", "cursor"),
    )
