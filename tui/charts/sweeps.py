"""What the picture of a sweep shows: a map of two settings, a line with its band for one, a list for more."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...engine.sweeps.layout import cells, distinct
from ...engine.sweeps.outcome import Outcome, Point
from ..drawing.chart_spec import ChartSpec, Glyphs, Series
from ..drawing.grid_map import GridMap
from ..drawing.heatmaps import ASCII_SHADES, SHADES
from ..words.text import number, setting

DIGITS = 3


def sweep_map(found: Outcome, cursor: tuple[int, int] | None = None, ascii_only: bool = False):
    """The map of a sweep over two settings."""
    rows, columns, placed = cells(found)
    values = np.full((len(rows), len(columns)), math.nan)
    texts = [[""] * len(columns) for _ in rows]
    for (row, column), point in placed.items():
        values[row, column] = point.mean
        texts[row][column] = cell_text(found, point)
    down, across = found.plan.keys
    return GridMap(
        rows=tuple(map(setting, rows)),
        columns=tuple(map(setting, columns)),
        values=values,
        texts=tuple(map(tuple, texts)),
        row_name=down.rpartition(".")[2],
        column_name=across.rpartition(".")[2],
        cursor=cursor,
        shades=ASCII_SHADES if ascii_only else SHADES,
    )


def cell_text(found: Outcome, point: Point) -> str:
    """What is known of a point, in one cell: its mean, how it failed, or nothing yet."""
    if point.finite:
        return number(point.mean, DIGITS)
    first = point.number * found.plan.repeats
    if any(trial in found.failed for trial in range(first, first + found.plan.repeats)):
        return "fail"
    statuses = [row.status for row in point.rows if row is not None]
    return "nan" if statuses and all(s in ("finished", "diverged") for s in statuses) else ""


def sweep_line(found: Outcome, glyphs: Glyphs = "braille") -> ChartSpec:
    """The measure against a setting: the mean, and one standard deviation around it.

    Values lie evenly apart, as they do in the list that they came from.
    """
    (key,) = found.plan.keys
    values = distinct(found, key)
    by_value = {point.settings[key]: point for point in found.points}
    points = [by_value[value] for value in values]
    x = np.arange(len(values), dtype=float)
    mean = np.array([point.mean for point in points])
    lines = [Series(found.metric, x, mean, style="line-1")]
    deviations = [np.std(point.finite, ddof=1) if len(point.finite) > 1 else 0 for point in points]
    if any(deviations):
        for sign in (-1, 1):
            lines.append(Series("", x, mean + sign * np.array(deviations), dim=True))
    return ChartSpec(
        series=tuple(lines),
        title=f"{found.metric} against {key}",
        x_label=key.rpartition(".")[2],
        x_limits=(0.0, float(max(len(values) - 1, 1))),
        x_ticks=tuple(_ticks(values)),
        glyphs=glyphs,
        empty="No run has ended yet.",
    )


def _ticks(values: Sequence[Any]) -> list[tuple[float, str]]:
    every = max(1, -(-len(values) // 10))
    return [(float(i), setting(value)) for i, value in enumerate(values) if i % every == 0]
