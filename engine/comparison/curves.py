"""Curves of several runs on one axis, thinned to what a picture can show without losing a spike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from ..errors import RunError
from ..stream.buckets import begins
from ..stream.events import WEIGHT_STATISTICS
from .opened import Opened

XAxis = Literal["step", "epoch", "examples", "time"]
"""What a curve is drawn against: optimizer steps, passes over the data, examples seen, or seconds of
wall time since the first record (pauses included)."""


@dataclass(frozen=True, eq=False)
class Curve:
    """A series in buckets.

    Attributes:
        x: position of each bucket's last record, float64 [buckets].
        mean: mean of the finite values of a bucket, NaN if there is none, float64 [buckets].
        low: smallest value of a bucket, NaN if there is none [buckets].
        high: largest value; infinite if one was, [buckets].
        broken: whether a bucket holds a value that is not finite, bool [buckets].
    """

    x: np.ndarray
    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray
    broken: np.ndarray


def positions(run: Opened, steps: np.ndarray, times: np.ndarray, axis: XAxis) -> np.ndarray:
    """Steps as positions on an axis, float64 [rows].

    Args:
        run: the run they belong to.
        steps: step of each row [rows].
        times: Unix time of each row [rows].
        axis: the axis.

    Raises:
        RunError: the run does not say what the axis needs.
    """
    steps = np.asarray(steps, np.float64)
    if axis == "step":
        return steps
    if axis == "time":
        first = run.history.steps.times[0] if len(run.history.steps) else 0.0
        return np.asarray(times, np.float64) - first
    started = run.history.started
    if axis == "epoch" and started and started.steps_per_epoch > 0:
        return steps / started.steps_per_epoch
    if axis == "examples" and run.batch_size:
        return steps * run.batch_size
    missing = "how many examples a step has" if axis == "examples" else "how long an epoch is"
    raise RunError(
        f"{run.id} does not say {missing}; choose another axis: {', '.join(get_args(XAxis))}"
    )


def curve(
    run: Opened, statistic: str, layer: str = "", *, axis: XAxis = "step", points: int = 1000
) -> Curve | None:
    """A recorded series, or one of the epochs' logs if it is none; None if the run has neither.

    Args:
        run: the run.
        statistic: loss, delta_norm, ..., or a log such as val_loss.
        layer: the layer, "" for the whole model.
        axis: what to draw it against.
        points: buckets at most.
    """
    table = run.history.weights if statistic in WEIGHT_STATISTICS else run.history.steps
    if table.has(layer, statistic) and len(table):
        x = positions(run, table.steps, table.times, axis)
        return envelope(x, table.series(layer, statistic), points)
    logged = [epoch for epoch in run.history.epochs if statistic in epoch.logs]
    if layer or not logged:
        return None
    steps = np.array([epoch.step for epoch in logged], np.float64)
    seconds = np.array([epoch.seconds for epoch in logged], np.float64)
    x = seconds if axis == "time" else positions(run, steps, seconds, axis)
    return envelope(x, np.array([epoch.logs[statistic] for epoch in logged]), points)


def envelope(x: np.ndarray, y: np.ndarray, points: int) -> Curve:
    """Mean, minimum and maximum in at most `points` buckets of equal width.

    Args:
        x: positions in rising order [rows].
        y: values [rows].
        points: buckets at most.
    """
    x, y = np.asarray(x, np.float64), np.asarray(y, np.float64)
    if len(x) <= points:
        finite = np.isfinite(y)
        return Curve(x, np.where(finite, y, np.nan), y, y, ~finite)
    span = x[-1] - x[0]
    bucket = np.minimum((x - x[0]) * (points / span if span > 0 else 0.0), points - 1).astype(int)
    starts = begins(bucket)
    ends = np.append(starts[1:], len(x)) - 1
    finite = np.isfinite(y)
    counts = np.add.reduceat(finite.astype(np.int64), starts)
    sums = np.add.reduceat(np.where(finite, y, 0.0), starts)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = sums / counts
    low, high = np.fmin.reduceat(y, starts), np.fmax.reduceat(y, starts)
    return Curve(x[ends], mean, low, high, counts < ends - starts + 1)
