"""The same axes for the pictures of two runs, so that they can be compared by eye."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..drawing.axes import above
from ..drawing.chart_layout import scaled
from ..drawing.chart_spec import ChartSpec
from ..drawing.heatmaps import HeatmapSpec
from .views import Spec


def share_axes(specs: list[Spec]) -> list[Spec]:
    """The pictures with limits that hold all of their data; one alone stays as it is."""
    charts = [spec for spec in specs if isinstance(spec, ChartSpec)]
    if len(charts) == len(specs) > 1:
        return list(_charts(charts))
    heatmaps = [spec for spec in specs if isinstance(spec, HeatmapSpec)]
    if len(heatmaps) == len(specs) > 1:
        return list(_heatmaps(heatmaps))
    return specs


def _charts(charts: list[ChartSpec]) -> list[ChartSpec]:
    filled = [lines for chart in charts if (lines := scaled(chart)).low <= lines.high]
    y_limits = charts[0].y_limits
    if filled and y_limits is None:
        low, high = min(lines.low for lines in filled), max(lines.high for lines in filled)
        log = charts[0].log
        y_limits = (10.0**low, 10.0**high) if log else (low, high)
    ends = [(s.x[0], s.x[-1]) for chart in charts for s in chart.series if len(s.x)]
    x_limits = charts[0].x_limits
    if ends and not any(chart.x_limits for chart in charts):
        x_limits = (float(min(e[0] for e in ends)), float(max(e[1] for e in ends)))
        # A step axis ends at a round number, or every new step would move every column.
        if charts[0].x_whole:
            x_limits = (min(x_limits[0], 0.0), above(max(x_limits[1], 10.0)))
    return [
        replace(c, y_limits=y_limits, x_limits=c.x_limits or x_limits) if c.series else c
        for c in charts
    ]


def _heatmaps(heatmaps: list[HeatmapSpec]) -> list[HeatmapSpec]:
    values = np.concatenate([h.values.ravel() for h in heatmaps])
    values = values[np.isfinite(values) & (values > 0)]
    if not len(values):
        return heatmaps
    limits = (float(np.log10(values.min())), float(np.log10(values.max())))
    return [replace(h, limits=limits) for h in heatmaps]
