"""How far a step goes, and how far the steps that are left will lead."""

from __future__ import annotations

import math

import numpy as np

from .view import View

SHORTEST = 50
"""Steps before which a rate is not called too high or too low unless the run breaks."""

TOO_SLOW = 0.25
"""Progress that a net must be expected to make by the planned end."""


def learning_rate(view: View) -> float:
    """Learning rate of the newest step; NaN if unknown."""
    rates = view.recent_scalar("learning_rate", 1)
    return float(rates[-1]) if len(rates) else math.nan


def largest_update(*ratios: np.ndarray) -> float:
    """The largest layer's median update ratio; NaN if none was recorded.

    Args:
        ratios: of some blocks, [blocks, layers]; NaN where a layer has no kernel.
    """
    largest = math.nan
    for ratio in ratios:
        # NumPy's median without NaN takes a fifth of the time of the one that looks for them.
        known = ratio[:, ~np.isnan(ratio).all(axis=0)]
        if np.isfinite(known).any():
            median = np.nanmedian if np.isnan(known).any() else np.median
            largest = np.fmax(largest, median(known, axis=0).max())
    return float(largest)


def projected(view: View) -> float:
    """Progress to be expected at the planned end, if the loss goes on to fall as it does."""
    span = int(min(max(300, 2 * view.steps_per_epoch), 2000, view.at))
    older = (
        view.loss * (1 + max(view.improvement, 0.0))
        if not math.isnan(view.improvement)
        else view.loss
    )
    per_step = (older - view.loss) / max(span / 2, 1)
    expected = view.loss - per_step * max(view.planned - view.at, 0)
    return (view.baseline - expected) / abs(view.baseline) if view.baseline else math.nan
