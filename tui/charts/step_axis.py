"""The axis of steps told in other units: epochs, or seconds of training."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np

from ...engine.stream.history import History
from ..drawing.axes import above, linear
from ..drawing.chart_spec import ChartSpec
from ..drawing.zoom import Window

StepAxis = Literal["step", "epoch", "second"]
"""What the ticks of an axis of steps count; positions on it stay steps."""

AXES: tuple[StepAxis, ...] = ("step", "epoch", "second")

TICKS = 6
"""Labelled places along the axis, about."""


def told_in(spec: ChartSpec, history: History, unit: StepAxis, window: Window | None) -> ChartSpec:
    """A chart over steps with ticks in another unit.

    Args:
        spec: the chart.
        history: its run, which knows how long epochs are and when steps were taken.
        unit: what to count.
        window: the steps in sight; None for all.
    """
    steps = history.steps.steps
    if unit == "step" or spec.x_label != "step" or history.started is None or len(steps) < 2:
        return spec
    low = float(min(steps[0], 0))
    limits = window or (low, low + above(max(float(steps[-1]) - low, 10.0)))
    if unit == "epoch":
        known = np.array([0.0, 1e9]), np.array([0.0, 1e9]) / history.started.steps_per_epoch
    else:
        known = steps.astype(np.float64), history.steps.times - history.steps.times[0]
    first, last = np.interp((limits[0], min(limits[1], known[0][-1])), *known)
    axis = linear(float(first), max(float(last), float(first) + 1e-3), TICKS)
    places = np.interp(axis.ticks, known[1], known[0])
    inside = [
        (float(place), label)
        for tick, place, label in zip(axis.ticks, places, axis.labels, strict=True)
        if known[1][0] <= tick <= known[1][-1] and limits[0] <= place <= limits[1]
    ]
    return replace(spec, x_limits=spec.x_limits or limits, x_ticks=tuple(inside), x_ends=("", unit))
