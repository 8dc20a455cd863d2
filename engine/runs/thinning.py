"""Keeps long runs small without losing a spike: each stride leaves its minimum and its maximum."""

from __future__ import annotations

import math

import numpy as np

from ..stream.buckets import Rows, begins, extreme_rows
from .records import MAXIMUM, MINIMUM

KEPT_STEPS = 20_000
"""Steps at the beginning of a run that are all recorded: what goes wrong mostly goes wrong early."""
MAXIMUM_ROWS = 200_000
"""Rows that a run of the planned length has at most."""

Flagged = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]
"""Steps int64 [rows], times float64 [rows], values float32 [rows, columns], flags uint32 [rows]."""


def stride_for(planned_steps: int) -> int:
    """Steps of a stride, so that two rows a stride fill no more than `MAXIMUM_ROWS`; 1: keep all."""
    if planned_steps <= MAXIMUM_ROWS:
        return 1
    return math.ceil((planned_steps - KEPT_STEPS) / ((MAXIMUM_ROWS - KEPT_STEPS) // 2))


class Thinner:
    """Thins rows as they come: behind the first `KEPT_STEPS`, each stride leaves its extremes.

    Args:
        stride: steps of a stride; 1 lets every row through.
    """

    def __init__(self, stride: int) -> None:
        self._stride = stride
        self._open: Rows | None = None

    def add(self, steps: np.ndarray, times: np.ndarray, values: np.ndarray) -> Flagged:
        """Take rows in step order; gives back the rows to record now."""
        if self._stride == 1 or not len(steps) or steps[-1] < KEPT_STEPS:
            return steps, times, values, np.zeros(len(steps), np.uint32)
        rows = steps, times, values
        kept = int(np.searchsorted(steps, KEPT_STEPS))
        late = _cut(rows, slice(kept, None))
        if self._open is not None:
            late = _joined(self._open, late)
        starts = begins((late[0] - KEPT_STEPS) // self._stride)
        self._open = None
        if (late[0][-1] + 1 - KEPT_STEPS) % self._stride:  # the last stride is not over
            begin = int(starts[-1])
            # the extremes of what is open: the next call reduces them again to the same result
            self._open, _ = extreme_rows(_cut(late, slice(begin, None)), np.array([0]))
            late, starts = _cut(late, slice(begin)), starts[:-1]
        thinned, kinds = extreme_rows(late, starts)
        flags = np.append(np.zeros(kept, np.uint32), _FLAGS[kinds])
        return *_joined(_cut(rows, slice(kept)), thinned), flags

    def flush(self) -> Flagged | None:
        """The rows of a stride that the end of training cuts short, if there is one."""
        if self._open is None:
            return None
        rows, kinds = extreme_rows(self._open, np.array([0]))
        self._open = None
        return *rows, _FLAGS[kinds]


_FLAGS = np.array([0, MAXIMUM, MINIMUM], np.uint32)  # by what a row is: 0, 1, -1


def _joined(first: Rows, second: Rows) -> Rows:
    steps, times, values = (np.concatenate(pair) for pair in zip(first, second, strict=True))
    return steps, times, values


def _cut(rows: Rows, part: slice) -> Rows:
    steps, times, values = rows
    return steps[part], times[part], values[part]
