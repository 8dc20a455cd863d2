"""A sweep's picture for a page: a map of two settings, or a line with its band for one."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..preset.mistakes import shown
from ..report.figures import Line, line_figure, map_figure
from ..report.pictures import Section
from .layout import cells, distinct, is_line, is_map
from .outcome import Outcome


def sections(found: Outcome) -> list[Section]:
    """The picture with its caption; none of more settings, or while nothing has ended."""
    if not any(point.finite for point in found.points):
        return []
    return _map(found) if is_map(found) else _line(found) if is_line(found) else []


def _map(found: Outcome) -> list[Section]:
    rows, columns, placed = cells(found)
    values = np.full((len(rows), len(columns)), math.nan)
    for place, point in placed.items():
        values[place] = point.mean
    down, across = found.plan.keys
    caption = f"{found.metric} over {down} and {across}, mean of the runs of each point"
    labels = [_label(value) for value in rows], [_label(value) for value in columns]
    figure = map_figure(
        values, *labels, names=(down, across), scale=found.metric, description=caption
    )
    return [(caption, figure)]


def _line(found: Outcome) -> list[Section]:
    (key,) = found.plan.keys
    by_value = {point.settings[key]: point for point in found.points}
    points = [by_value[value] for value in distinct(found, key)]
    mean = np.array([point.mean for point in points])
    spread = np.array([np.std(p.finite, ddof=1) if len(p.finite) > 1 else 0.0 for p in points])
    caption = (
        f"{found.metric} against {key}, with a standard deviation of the seeds around the mean"
    )
    line = Line(
        found.metric, np.array(distinct(found, key), float), mean, mean - spread, mean + spread,
        points=True,
    )  # fmt: skip
    figure = line_figure([line], x_label=key, y_label=found.metric, description=caption)
    return [(caption, figure)]


def _label(value: Any) -> str:
    return value if isinstance(value, str) else shown(value)
