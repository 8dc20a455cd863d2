"""Fewer points for the same picture: a chart never draws more than its columns can show."""

from __future__ import annotations

import numpy as np


def extremes(x: np.ndarray, y: np.ndarray, low: float, high: float, columns: int,
             flat: float = 0.0) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """Each column's smallest and largest value, in the order in which they occur.

    Columns are cut by position, not by count, so that a growing series only changes its last one.
    A column with a value that is not finite gets a NaN, which is drawn as a gap.

    Args:
        x: positions in rising order [points].
        y: values [points]; NaN where there is nothing to draw.
        low: position of the left edge.
        high: position of the right edge.
        columns: columns between them.
        flat: columns whose values differ by no more are drawn as one point.

    Returns:
        (x, y), at most two points a column, or what came in if that is already so.
    """
    inside = slice(int(np.searchsorted(x, low)), int(np.searchsorted(x, high, side="right")))
    x, y = x[inside], y[inside]
    if len(x) <= columns:
        return x, y
    bucket = np.minimum(((x - low) * (columns / (high - low))).astype(np.int64), columns - 1)
    starts = np.flatnonzero(np.diff(bucket, prepend=-1))
    ends = np.append(starts[1:], len(x))
    xs: list[float] = []
    ys: list[float] = []
    # minimum and maximum pass NaN on: it marks the column as broken without a second pass.
    lowest, highest = np.minimum.reduceat(y, starts), np.maximum.reduceat(y, starts)
    for start, end, bottom, top in zip(starts, ends, lowest, highest, strict=True):
        middle = float(x[(start + end - 1) // 2])
        if np.isnan(bottom):
            part = y[start:end]
            finite = part[np.isfinite(part)]
            if len(finite):
                xs.append(middle)
                ys.append(float(finite[-1] if np.isfinite(part[0]) else finite[0]))
            xs.append(middle)
            ys.append(np.nan)
        elif top - bottom <= flat:
            xs.append(middle)
            ys.append(float(y[end - 1]))
        else:
            part = y[start:end]
            rising = int(part.argmin()) <= int(part.argmax())
            xs += [middle, middle]
            ys += [float(bottom), float(top)] if rising else [float(top), float(bottom)]
    return np.array(xs), np.array(ys)


def dashes(
    x: np.ndarray, y: np.ndarray, low: float, high: float, columns: int
) -> tuple[np.ndarray, np.ndarray]:
    """The line through finite points with every third pair of columns left out, as NaN.

    Args:
        x: positions in rising order [points].
        y: values [points].
        low: position of the left edge.
        high: position of the right edge.
        columns: columns between them.
    """
    finite = np.isfinite(y)
    if finite.sum() < 2:
        return x, y
    grid = low + (np.arange(columns) + 0.5) * (high - low) / columns
    between = (grid >= x[finite][0]) & (grid <= x[finite][-1])
    line = np.interp(grid, x[finite], y[finite])
    # A gap in the data stays one: the nearest record on the left must be finite too.
    nearest = np.maximum(np.searchsorted(x, grid, side="right") - 1, 0)
    line[~between | ~finite[nearest] | (np.arange(columns) % 4 > 1)] = np.nan
    return grid, line


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
    width = 2.0 ** max(0, int(np.ceil(np.log2(max((x[-1] - x[0]) / buckets, 1e-9)))))
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
