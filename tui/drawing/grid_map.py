"""A measure over two settings as a map of cells: a shade and the number in each."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from .heatmaps import LEVELS, SHADES
from .rows import Grid, Row, fit

LABEL = 12
"""Most columns of a row's label."""


@dataclass(frozen=True, eq=False)
class GridMap:
    """What a map shows.

    Attributes:
        rows: labels of the rows, the uppermost first.
        columns: labels of the columns.
        values: measures [rows, columns]; NaN where there is none.
        texts: what is written in each cell [rows, columns]; "" where nothing is known yet.
        row_name: what the rows are.
        column_name: what the columns are.
        cursor: the cell that is looked at, or None.
        shades: glyphs of the levels, denser for larger measures.
    """

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    values: np.ndarray
    texts: tuple[tuple[str, ...], ...]
    row_name: str = ""
    column_name: str = ""
    cursor: tuple[int, int] | None = None
    shades: str = field(default=SHADES)


def cell_width(spec: GridMap, width: int) -> int:
    """Columns of a cell: a shade and the longest number; only two of shade where these do not fit."""
    written = (*spec.columns, *(text for row in spec.texts for text in row))
    wanted = max((len(text) for text in written), default=1) + 3
    return wanted if left_of(spec) + wanted * len(spec.columns) <= width else 2


def left_of(spec: GridMap) -> int:
    """Columns before the cells."""
    labels = max((len(label) for label in spec.rows), default=0)
    return min(max(labels, len(spec.row_name)), LABEL) + 1


def level(value: float, low: float, high: float, count: int) -> int:
    """Which of so many levels between two ends a value has."""
    if not high > low:
        return count - 1
    return min(int((value - low) / (high - low) * count), count - 1)


def render_grid_map(spec: GridMap, width: int) -> list[Row]:
    """Draw a map as two rows of headings and one a row of cells; what does not fit is cut."""
    left, wide = left_of(spec), cell_width(spec, width)
    grid = Grid(width, len(spec.rows) + 2)
    grid.put(0, left, fit(spec.column_name, max(width - left, 0)), "title")
    grid.put(1, 0, fit(spec.row_name, left - 1), "title")
    every = 1 if wide > 2 else max(1, -(-(max(map(len, spec.columns), default=1) + 1) // 2))
    for column, label in enumerate(spec.columns):
        if column % every == 0:
            grid.put(1, left + column * wide, fit(label, wide * every - 1), "axis")
    finite = spec.values[np.isfinite(spec.values)]
    low, high = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 0.0)
    for row, label in enumerate(spec.rows):
        grid.put(row + 2, 0, fit(label, left - 1).rjust(left - 1), "axis")
        for column, value in enumerate(spec.values[row]):
            at, text = left + column * wide, spec.texts[row][column]
            shade, style = _shade(float(value), text, low, high, spec.shades)
            grid.put(row + 2, at, shade * (1 if wide > 2 else 2), style)
            here = spec.cursor == (row, column)
            if wide > 2:
                grid.put(row + 2, at + 1, text, "cursor" if here else "")
            if here:
                grid.put(row + 2, at + wide - 1, "◀", "cursor")
    return grid.rows()


def _shade(value: float, text: str, low: float, high: float, shades: str) -> tuple[str, str]:
    if not np.isfinite(value):
        return ("×", "bad") if text else ("·", "axis")
    glyph = shades[level(value, low, high, len(shades))]
    return glyph, f"heat-{level(value, low, high, LEVELS)}"
