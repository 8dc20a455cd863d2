"""Many rows in few: buckets of neighbouring rows, each told by its extremes."""

from __future__ import annotations

import math

import numpy as np

Rows = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Steps int64 [rows], Unix times float64 [rows], values float32 [rows, columns]."""


def begins(buckets: np.ndarray) -> np.ndarray:
    """The first row of each bucket, int64 [filled]; `buckets`: number of each row's, rising [rows]."""
    return np.flatnonzero(np.diff(buckets, prepend=-1))


def doubled_width(span: float, count: float) -> int:
    """The smallest power of two that cuts a span into at most `count` buckets, at least 1.

    Buckets of such widths are halves of one another, so that cutting again, wider, moves no border.
    """
    return 2 ** max(0, math.ceil(math.log2(max(span / count, 1))))


def extreme_rows(rows: Rows, starts: np.ndarray) -> tuple[Rows, np.ndarray]:
    """Two rows for each bucket, so that neither a spike nor a NaN is lost; a bucket of one row stays one.

    Args:
        rows: to be cut.
        starts: first row of each bucket.

    Returns:
        At each bucket's first step the element-wise minimum that leaves NaN out, at its last the
        maximum in which NaN wins; and what a row is, int64 [rows]: -1 a minimum, 1 a maximum, 0 neither.
    """
    steps, times, values = rows
    if not len(starts):
        return (steps[:0], times[:0], values[:0]), np.zeros(0, np.int64)
    ends = np.append(starts[1:], len(steps)) - 1
    lowest, highest = np.fmin.reduceat(values, starts), np.maximum.reduceat(values, starts)
    places = np.stack([starts, ends], axis=1).ravel()
    pairs = np.stack([lowest, highest], axis=1).reshape(len(places), values.shape[1])
    single = np.repeat(starts == ends, 2)
    kind = np.where(single, 0, np.tile([-1, 1], len(starts)))
    kept = ~single | (np.arange(len(places)) % 2 == 1)
    return (steps[places][kept], times[places][kept], pairs[kept]), kind[kept]
