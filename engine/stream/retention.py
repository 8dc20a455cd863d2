"""What a history lets go of once it has grown: one function for each reader that keeps one for long."""

from __future__ import annotations

import numpy as np

from .buckets import begins, doubled_width, extreme_rows
from .history import History, Table

DRAWN_ROWS = 16_384
"""Records kept of each table for charts, which have at most a few hundred columns to show them in."""

DRAWN_EPOCHS = 4_096
"""Ended epochs kept for charts."""

SAMPLED_ROWS = 8_192
"""Step records kept for a summary."""

SAMPLED_WEIGHTS = 256
"""Weight records from which on a summary keeps the newest one only."""

JUDGED_ROWS = 4_096
"""Newest step records kept for the diagnosis, whose rules look back at most 2,000 steps."""

HEAD_ROWS = 32
"""First step records kept for the diagnosis."""


def as_drawn(history: History) -> None:
    """Keep, of a long run, the extremes of the records in strides of steps, and every other early epoch.

    Only the first and the newest probe are kept: charts compare these two.
    """
    del history.probes[1:-1]
    if len(history.epochs) > DRAWN_EPOCHS:
        half = DRAWN_EPOCHS // 2
        history.epochs = history.epochs[:half:2] + history.epochs[half:]
    if len(history.steps) > DRAWN_ROWS:
        history.steps = extremes(history.steps, DRAWN_ROWS // 2)
    if len(history.weights) > DRAWN_ROWS:
        history.weights = extremes(history.weights, DRAWN_ROWS // 2)


def as_summarised(history: History) -> None:
    """Keep an even sample of the step records, the first and the newest weights, the newest probe."""
    del history.probes[:-1]
    if len(history.weights) > SAMPLED_WEIGHTS:
        history.weights = history.weights.part(np.array([0, len(history.weights) - 1]))
    if len(history.steps) > 2 * SAMPLED_ROWS:
        history.steps = sampled(history.steps, SAMPLED_ROWS)


def as_judged(history: History) -> None:
    """Keep the first step records and the newest, which rules may ask for."""
    rows = len(history.steps)
    if rows > 3 * JUDGED_ROWS:
        history.steps = history.steps.part(np.r_[0:HEAD_ROWS, rows - JUDGED_ROWS : rows])


def extremes(table: Table, rows: int) -> Table:
    """The table with at most about `rows` rows: minimum and maximum of each stride of steps.

    Strides are counted from step 0, so that thinning again changes nothing that is wide enough already.
    """
    steps = table.steps
    width = doubled_width(2 * (int(steps[-1]) + 1 - int(steps[0])), rows)
    kept, _ = extreme_rows((steps, table.times, table.values), begins(steps // width))
    small = Table(table.columns)
    small.append(*kept)
    return small


def sampled(table: Table, rows: int) -> Table:
    """The table with at most about `rows` rows, evenly spread over its steps, the newest among them."""
    if len(table) <= rows:
        return table
    wanted = np.linspace(int(table.steps[0]), int(table.steps[-1]), rows)
    return table.part(np.unique(np.searchsorted(table.steps, wanted)))
