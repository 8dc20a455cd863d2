"""Gradients by depth: profiles of several runs at one step, and one run's norms over another's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..stream.history import History
from .opened import Opened

BUCKETS = 256
"""Steps of a heatmap at most."""


@dataclass(frozen=True, eq=False)
class Profile:
    """A norm of every layer at one step.

    Attributes:
        step: the recorded step nearest to the one asked for.
        layers: names by depth, the input's side first.
        depth: relative depth, 0 at the first measured layer and 1 at the last, float64 [layers]:
            what nets of different depth can be compared by.
        values: the norm, float64 [layers]; NaN where it was not recorded.
    """

    step: int
    layers: tuple[str, ...]
    depth: np.ndarray
    values: np.ndarray


@dataclass(frozen=True, eq=False)
class LogRatio:
    """log2(A/B) of a norm, layer by step.

    Attributes:
        layers: names of A's layers by depth.
        x: first step of each row, int64 [rows].
        values: log2 of A's norm over B's, float64 [rows, layers]; infinite where one is zero, NaN where
            both are or one was not recorded.
    """

    layers: tuple[str, ...]
    x: np.ndarray
    values: np.ndarray


def common_step(runs: Sequence[Opened]) -> int | None:
    """The last step that every run with measured layers has taken; None if none has any."""
    measured = [run.history for run in runs if len(run.history.steps) and run.history.layers]
    last = [int(history.steps.steps[-1]) for history in measured]
    return min(last) if last else None


def profile(history: History, statistic: str, step: int | None = None) -> Profile | None:
    """A norm by depth; None if it was never recorded.

    Args:
        history: the run.
        statistic: delta_norm or grad_norm.
        step: the step to show, or the record nearest to it; the newest if None.
    """
    table, layers = history.steps, history.layers
    names = tuple(layer.name for layer in layers)
    if not len(table) or not any(table.has(name, statistic) for name in names):
        return None
    row = len(table) - 1 if step is None else nearest(table.steps, step)
    values = [
        float(table.series(name, statistic)[row]) if table.has(name, statistic) else np.nan
        for name in names
    ]
    return Profile(int(table.steps[row]), names, relative_depth(len(names)), np.array(values))


def nearest(steps: np.ndarray, step: int) -> int:
    """Row of the step nearest to one, in rising steps [rows]."""
    after = min(int(np.searchsorted(steps, step)), len(steps) - 1)
    before = max(after - 1, 0)
    return before if step - steps[before] <= steps[after] - step else after


def relative_depth(layers: int) -> np.ndarray:
    """0 at the first layer, 1 at the last, float64 [layers]."""
    return np.linspace(0.0, 1.0, layers) if layers > 1 else np.zeros(layers)


def log_ratio(
    a: History, b: History, statistic: str = "delta_norm", buckets: int = BUCKETS
) -> LogRatio | None:
    """log2(A/B) over the steps that both have taken; None if they share none.

    A cell compares geometric means over its steps, so that a factor counts the same up and down. Where
    the nets differ in depth, B is read at A's relative depth, interpolated between its layers in log
    space.

    Args:
        a: the run above the line.
        b: the run below it.
        statistic: a norm of every layer.
        buckets: rows at most.
    """
    if not len(a.steps) or not len(b.steps) or not a.layers or not b.layers:
        return None
    end = min(int(a.steps.steps[-1]), int(b.steps.steps[-1])) + 1
    begin = max(int(a.steps.steps[0]), int(b.steps.steps[0]))
    if end <= begin:
        return None
    width = -(-(end - begin) // buckets)
    edges = np.arange(begin, end, width)
    above, below = (_log_means(h, statistic, edges, end) for h in (a, b))
    if len(a.layers) != len(b.layers):
        below = _at_depths(below, relative_depth(len(b.layers)), relative_depth(len(a.layers)))
    with np.errstate(invalid="ignore"):
        values = above - below
    filled = ~np.isnan(above).all(axis=1) & ~np.isnan(below).all(axis=1)
    names = tuple(layer.name for layer in a.layers)
    return LogRatio(names, edges[filled], values[filled])


def _log_means(history: History, statistic: str, edges: np.ndarray, end: int) -> np.ndarray:
    """Mean of log2 of a norm in [edge, next edge), float64 [edges, layers]; NaN where empty."""
    table = history.steps
    cut = np.append(edges, end)
    bounds = np.searchsorted(table.steps, cut)
    means = np.full((len(edges), len(history.layers)), np.nan)
    filled = np.flatnonzero(np.diff(bounds) > 0)
    if not len(filled):
        return means
    for index, layer in enumerate(history.layers):
        if table.has(layer.name, statistic):
            with np.errstate(divide="ignore", invalid="ignore"):
                logs = np.log2(
                    table.series(layer.name, statistic)[bounds[0] : bounds[-1]].astype(np.float64)
                )
                sums = np.add.reduceat(logs, bounds[filled] - bounds[0])
            means[filled, index] = sums / np.diff(bounds)[filled]
    return means


def _at_depths(values: np.ndarray, have: np.ndarray, want: np.ndarray) -> np.ndarray:
    return np.stack([np.interp(want, have, row) for row in values])
