"""A map of log2 ratios, layers by steps, as rows of styled text: whose gradient is larger, where, when.

Shades of blocks say that the first run's is larger, strokes that the second one's is; colour says the
same once more.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .heatmaps import HeatLayout, HeatmapSpec, heat_layout, heat_readout, put_cursor, put_steps
from .rows import Grid, Row, Span, fit

ABOVE, BELOW, EQUAL = "░▒▓█", "╌─═≡", "·"
LIMITS = (1.0, 2.0, 4.0, 6.0, 8.0, 12.0, 16.0, 24.0, 32.0, 48.0, 64.0, 128.0)
NEAR = 1 / 16
"""Share of the scale within which two norms count as equal."""


@dataclass(frozen=True, eq=False)
class RatioSpec(HeatmapSpec):
    """What a map of ratios shows; `values` are log2 of the first run's norm over the second's.

    Attributes:
        letters: what the two runs are called.
        styles: component names of their colours.
    """

    letters: tuple[str, str] = ("A", "B")
    styles: tuple[str, str] = ("line-1", "line-2")


def scale_of(spec: RatioSpec) -> float:
    """The end of the scale, as a power of two."""
    finite = np.abs(spec.values[np.isfinite(spec.values)])
    largest = float(np.quantile(finite, 0.98)) if len(finite) else 1.0
    return next((limit for limit in LIMITS if largest <= limit), LIMITS[-1])


def render_ratio(spec: RatioSpec, width: int, height: int) -> list[Row]:
    """Draw a map into exactly `height` rows of `width` cells; any size from 1 x 1 up."""
    if width < 1 or height < 1:
        return []
    grid = Grid(width, height)
    place = heat_layout(spec, width, height)
    if place is None:
        text = fit(spec.empty, width)
        grid.put(height // 2, (width - len(text)) // 2, text, "axis")
        return grid.rows()
    limit, table = scale_of(spec), _columns(spec, place)
    for row in range(place.height):
        inside = place.layers_in(row)
        for column in range(place.columns):
            value = _strongest(table[column, inside.start : inside.stop])
            grid.put(row, place.left + column, *_cell(value, limit, spec))
        if place.left and row == place.rows_of(inside[-1])[0]:
            name = fit(spec.layers[inside[-1]], place.left - 1)
            grid.put(row, 0, name.rjust(place.left - 1), "axis")
    if spec.cursor is not None:
        put_cursor(grid, spec.cursor, place)
    if place.height < height and place.left:
        put_steps(grid, place)
    return grid.rows()


def ratio_legend(spec: RatioSpec) -> Row:
    """The scale in one line: ` B 2^8 ≡═─╌ · ░▒▓█ 2^8 A`."""
    factor, (first, second) = f"2^{scale_of(spec):g}", spec.letters
    return (
        Span(f" {second} {factor} {BELOW[::-1]}", spec.styles[1]),
        Span(f" {EQUAL} ", "axis"),
        Span(f"{ABOVE} {factor} {first}", spec.styles[0]),
    )


def ratio_spans(spec: RatioSpec, layer: int, step: float) -> Row:
    """The value under a cursor in words: ` step 120  dense_3  B 10.6x larger`."""
    place, value = heat_readout(spec, layer, step)
    words, style = f"{value}", "bad"
    if np.isfinite(value):
        larger = 0 if value >= 0 else 1
        words = f"{spec.letters[larger]} {2.0 ** abs(value):.3g}x larger"
        style = spec.styles[larger]
    return (
        Span(f" step {place:.6g}", "cursor"),
        Span(f"  {fit(spec.layers[layer], 24)}", "title"),
        Span(f" {words}", style),
    )


def _columns(spec: RatioSpec, place: HeatLayout) -> np.ndarray:
    """The ratio of each column and layer, [columns, layers]; NaN where nothing was recorded."""
    edges = np.array([place.step(place.left + column) for column in range(place.columns)])
    rows = np.searchsorted(spec.x, edges, side="right") - 1
    later = np.minimum(np.maximum(rows, 0), len(spec.x) - 1)
    table = np.asarray(spec.values, np.float64)[later].copy()
    width = (spec.x[-1] - spec.x[0]) / max(len(spec.x) - 1, 1)
    table[edges > spec.x[-1] + width] = np.nan
    return table


def _strongest(values: np.ndarray) -> float:
    """The value farthest from 0 of the layers in a cell."""
    if np.isnan(values).all():
        return np.nan
    return float(values[np.nanargmax(np.abs(values))])


def _cell(value: float, limit: float, spec: RatioSpec) -> tuple[str, str]:
    if np.isnan(value):
        return " ", ""
    share = min(abs(value) / limit, 0.999)
    if share < NEAR:
        return EQUAL, "axis"
    glyphs, style = (ABOVE, spec.styles[0]) if value > 0 else (BELOW, spec.styles[1])
    return glyphs[int(share * len(glyphs))], style
