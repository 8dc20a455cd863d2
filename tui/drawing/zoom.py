"""A part of the x axis: chosen by zooming and panning, and cut out of a picture."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .chart_spec import ChartSpec, Series
from .heatmaps import HeatmapSpec

Window = tuple[float, float]
"""First and last position in sight."""

SMALLEST = 1 / 20_000
"""Least share of the whole axis that is worth a window."""


def zoomed(window: Window | None, whole: Window, factor: float, at: float) -> Window | None:
    """The window with its length multiplied, what lies at a position staying there; None for all.

    Args:
        window: what is in sight; None for all.
        whole: the ends of all there is.
        factor: less than 1 to see less.
        at: the position that stays.
    """
    low, high = window or whole
    length = max((high - low) * factor, (whole[1] - whole[0]) * SMALLEST)
    if length >= whole[1] - whole[0] or high <= low:
        return None
    at = min(max(at, low), high)
    return _within(at - (at - low) / (high - low) * length, length, whole)


def panned(window: Window | None, whole: Window, share: float) -> Window | None:
    """The window moved by a share of its length, no further than the ends."""
    if window is None:
        return None
    length = window[1] - window[0]
    return _within(window[0] + share * length, length, whole)


def _within(low: float, length: float, whole: Window) -> Window:
    if length > 20:  # of steps and examples, which are counted
        low, length = float(round(low)), float(round(length))
    low = min(max(low, whole[0]), whole[1] - length)
    return low, low + length


def cut_chart(spec: ChartSpec, window: Window) -> ChartSpec:
    """The part of a chart in a window; its y axis fits what is left."""
    return replace(spec, series=tuple(_cut(s, window) for s in spec.series), x_limits=window)


def _cut(series: Series, window: Window) -> Series:
    x = np.asarray(series.x)
    inside = slice(np.searchsorted(x, window[0]), np.searchsorted(x, window[1], side="right"))
    return replace(series, x=x[inside], y=np.asarray(series.y)[inside])


def cut_heatmap(spec: HeatmapSpec, window: Window) -> HeatmapSpec:
    """The part of a heatmap in a window; the column before it goes on into it."""
    if not len(spec.x):
        return spec
    first = max(int(np.searchsorted(spec.x, window[0], side="right")) - 1, 0)
    last = int(np.searchsorted(spec.x, window[1], side="right"))
    x = np.maximum(spec.x[first:last], window[0])
    return replace(spec, x=x, values=spec.values[first:last], x_limits=window)
