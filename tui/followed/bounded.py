"""A history that a screen can keep for ever: its size has a limit, its shape does not change."""

from __future__ import annotations

import numpy as np

from ...engine.stream.events import Event, Probe
from ...engine.stream.history import History, Table

ROWS = 16_384
"""Records kept of each table; a chart has at most a few hundred columns to show them in."""

EPOCHS = 4_096
"""Ended epochs kept."""


class BoundedHistory(History):
    """Keeps every record of a short run, and of a long one each stride's minimum and maximum.

    Only the first and the newest probe are kept: charts compare these two.

    Args:
        rows: records kept of each table at most.
    """

    def __init__(self, rows: int = ROWS) -> None:
        super().__init__()
        self._limit = rows

    def add(self, event: Event) -> None:
        """Take in one event."""
        super().add(event)
        if isinstance(event, Probe):
            del self.probes[1:-1]
        if len(self.epochs) > EPOCHS:
            self.epochs = self.epochs[: EPOCHS // 2 : 2] + self.epochs[EPOCHS // 2 :]
        if len(self.steps) > self._limit:
            self.steps = thinned(self.steps, self._limit // 2)
        if len(self.weights) > self._limit:
            self.weights = thinned(self.weights, self._limit // 2)


def thinned(table: Table, rows: int) -> Table:
    """The table with at most about `rows` rows, evenly spread over its steps.

    Strides are a power of two wide and counted from step 0, so that thinning again changes nothing
    that is wide enough already. A stride leaves its element-wise minimum at its first step and its
    maximum at its last; NaN wins the maximum, so that neither a spike nor a NaN is lost.
    """
    steps, times, values = table.steps, table.times, table.values
    span = max(int(steps[-1]) + 1 - int(steps[0]), 1)
    stride = 2 ** int(np.ceil(np.log2(max(2 * span / rows, 1))))
    starts = np.flatnonzero(np.diff(steps // stride, prepend=-1))
    ends = np.append(starts[1:], len(steps)) - 1
    lowest, highest = np.fmin.reduceat(values, starts), np.maximum.reduceat(values, starts)
    kept = np.stack([starts, ends], axis=1).ravel()
    pairs = np.stack([lowest, highest], axis=1).reshape(len(kept), -1)
    # A stride of one record stays one.
    chosen = np.append(True, np.diff(kept) > 0)
    small = Table(table.columns)
    small.append(steps[kept][chosen], times[kept][chosen], pairs[chosen])
    return small
