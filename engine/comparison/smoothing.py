"""Smoothing that starts unbiased, takes uneven steps, and keeps decades apart."""

from __future__ import annotations

import numpy as np

from ..stream.buckets import doubled_width


def smoothed(
    x: np.ndarray, y: np.ndarray, half_life: float, buckets: int = 512
) -> tuple[np.ndarray, np.ndarray]:
    """A debiased exponential moving average over positions that need not be evenly spaced.

        s_i = (d s_{i-1} + m_i) / (d n_{i-1} + 1),   d = 0.5^((x_i - x_{i-1}) / half_life)

    with m_i the mean of a bucket and n the running weight, the bias correction of Adam (Kingma and
    Ba 2015) for uneven steps. Buckets are a power of two steps wide and counted from 0, so that
    earlier ones stay as they are while the series grows.

    Args:
        x: positions in rising order [points].
        y: values [points]; one that is not finite leaves a gap.
        half_life: distance over which a value loses half of its weight.
        buckets: most buckets to fill.
    """
    if len(x) < 2:
        return x, y
    width = doubled_width(float(x[-1] - x[0]), buckets)
    starts = np.flatnonzero(np.diff(np.floor(x / width), prepend=np.nan) != 0)
    counts = np.diff(np.append(starts, len(x)))
    means = np.add.reduceat(y.astype(np.float64), starts) / counts
    places = x[starts + counts - 1].astype(np.float64)
    line = np.full(len(starts), np.nan)
    total = weight = 0.0
    last = places[0]
    for index, (place, mean) in enumerate(zip(places, means, strict=True)):
        decay = 0.5 ** ((place - last) / half_life)
        total, weight, last = total * decay, weight * decay, place
        if np.isfinite(mean):
            total, weight = total + mean, weight + 1.0
            line[index] = total / weight
    return places, line


def smoothed_norm(
    x: np.ndarray, y: np.ndarray, half_life: float, buckets: int = 512
) -> tuple[np.ndarray, np.ndarray]:
    """`smoothed` on a log scale: a spike does not hide the decades below it; zeros are gaps.

    Args:
        x: positions in rising order [points].
        y: norms [points].
        half_life: distance over which a value loses half of its weight.
        buckets: most buckets to fill.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        places, line = smoothed(x, np.log10(y), half_life, buckets)
    return places, 10.0**line
