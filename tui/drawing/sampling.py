"""Fewer points for the same picture: a chart never draws more than its columns can show."""

from __future__ import annotations

import numpy as np

from ...engine.stream.buckets import begins


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
    starts = begins(bucket)
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
