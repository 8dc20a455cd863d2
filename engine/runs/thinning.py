"""Keeps long runs small without losing a spike: each stride leaves its minimum and its maximum."""

from __future__ import annotations

import math

import numpy as np

from .records import MAXIMUM, MINIMUM

KEPT_STEPS = 20_000
"""Steps at the beginning of a run that are all recorded: what goes wrong mostly goes wrong early."""
MAXIMUM_ROWS = 200_000
"""Rows that a run of the planned length has at most."""

Rows = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]
"""Steps int64 [rows], times float64 [rows], values float32 [rows, columns], flags uint32 [rows]."""

_Unflagged = tuple[np.ndarray, np.ndarray, np.ndarray]


def stride_for(planned_steps: int) -> int:
    """Steps of a stride, so that two rows a stride fill no more than `MAXIMUM_ROWS`; 1: keep all."""
    if planned_steps <= MAXIMUM_ROWS:
        return 1
    return math.ceil((planned_steps - KEPT_STEPS) / ((MAXIMUM_ROWS - KEPT_STEPS) // 2))


class Thinner:
    """Thins rows as they come.

    Behind the first `KEPT_STEPS`, a stride with more than one row becomes two: at its first step the
    element-wise minimum that leaves NaN out, at its last the maximum in which NaN wins, so neither a
    spike nor a NaN is lost.

    Args:
        stride: steps of a stride; 1 lets every row through.
    """

    def __init__(self, stride: int) -> None:
        self._stride = stride
        self._open: _Unflagged | None = None

    def add(self, steps: np.ndarray, times: np.ndarray, values: np.ndarray) -> Rows:
        """Take rows in step order; gives back the rows to record now."""
        if self._stride == 1 or not len(steps) or steps[-1] < KEPT_STEPS:
            return steps, times, values, np.zeros(len(steps), np.uint32)
        kept = int(np.searchsorted(steps, KEPT_STEPS))
        early = (steps[:kept], times[:kept], values[:kept])
        late = (steps[kept:], times[kept:], values[kept:])
        if self._open is not None:
            late = _joined(self._open, late)
        strides = (late[0] - KEPT_STEPS) // self._stride
        starts = np.flatnonzero(np.diff(strides, prepend=-1))
        if (late[0][-1] + 1 - KEPT_STEPS) % self._stride:  # the last stride is not over
            begin = int(starts[-1])
            # min and max of what is open: the next call reduces them again to the same result
            open_rows = _cut(late, slice(begin, None))
            self._open = _two_rows(*open_rows, np.array([0]))[:3]
            late = _cut(late, slice(begin))
            starts = starts[:-1]
        else:
            self._open = None
        *thinned, flags = _two_rows(*late, starts)
        joined = _joined(early, (thinned[0], thinned[1], thinned[2]))
        return *joined, np.concatenate([np.zeros(kept, np.uint32), flags])

    def flush(self) -> Rows | None:
        """The rows of a stride that the end of training cuts short, if there is one."""
        if self._open is None:
            return None
        rows = _two_rows(*self._open, np.array([0]))
        self._open = None
        return rows


def _joined(first: _Unflagged, second: _Unflagged) -> _Unflagged:
    steps, times, values = (np.concatenate(pair) for pair in zip(first, second, strict=True))
    return steps, times, values


def _cut(rows: _Unflagged, part: slice) -> _Unflagged:
    steps, times, values = rows
    return steps[part], times[part], values[part]


def _two_rows(steps: np.ndarray, times: np.ndarray, values: np.ndarray, starts: np.ndarray) -> Rows:
    """Minimum and maximum of each stride that begins at `starts`; a stride of one row stays one."""
    if not len(starts):
        return steps[:0], times[:0], values[:0], np.zeros(0, np.uint32)
    ends = np.append(starts[1:], len(steps)) - 1
    rows = np.stack([starts, ends], axis=1).ravel()
    pairs = np.stack(
        [np.fmin.reduceat(values, starts), np.maximum.reduceat(values, starts)], axis=1
    )
    flags = np.tile(np.array([MINIMUM, MAXIMUM], np.uint32), len(starts))
    single = np.repeat(starts == ends, 2)
    flags[single] = 0
    keep = ~(single & (np.arange(len(rows)) % 2 == 0))
    reduced = pairs.reshape(len(rows), values.shape[1])
    return steps[rows][keep], times[rows][keep], reduced[keep], flags[keep]
