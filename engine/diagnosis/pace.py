"""How far a step goes, and how far the steps that are left will lead."""

from __future__ import annotations

import math

import numpy as np

from ..preset.schema import Preset
from .edits import scale_free
from .view import View

SHORTEST = 50
"""Steps before which a rate is not called too high or too low unless the run breaks."""

USUAL_MOMENTUM = 0.9
"""Momentum that the usual learning rates go well with."""

TOO_SLOW = 0.25
"""Progress that a net must be expected to make by the planned end."""


def learning_rate(view: View) -> float:
    """Learning rate of the newest step; NaN if unknown."""
    rates = view.recent_scalar("learning_rate", 1)
    return float(rates[-1]) if len(rates) else math.nan


def rate_over_usual(view: View) -> float:
    """The larger of the first and the newest learning rate over the usual one; NaN if unknown.

    Momentum m adds up to 1 / (1 - m) steps (Goodfellow et al. 2016, 8.3.2); beyond the usual one that
    counts as rate. What a clip leaves of the gradient counts as well, where steps grow with it.
    """
    rates = np.concatenate([view.first_scalar("learning_rate", 1), [learning_rate(view)]])
    ratio = float(np.fmax.reduce(rates)) / view.context.usual_rate
    preset = view.context.preset
    if preset is None:
        return ratio
    ratio *= momentum_factor(preset)
    return ratio if scale_free(preset) else ratio * _left_by_clip(view)


def momentum_factor(preset: Preset) -> float:
    """How many times farther momentum carries a step than the usual one does; at least 1."""
    momentum = getattr(preset.optimizer, "momentum", None) or 0.0
    return max(1.0, (1 - USUAL_MOMENTUM) / (1 - momentum)) if momentum < 1 else 1.0


def _left_by_clip(view: View) -> float:
    """What is left of the most clipped layer's gradient: the median of first or newest steps, if larger."""
    if not view.has("grad_norm_clipped"):
        return 1.0
    largest = 0.0
    for window in (view.first, view.recent):
        before, after = window("grad_norm"), window("grad_norm_clipped")
        whole = (before > 0) & np.isfinite(before) & np.isfinite(after)
        left = np.where(whole, after / np.where(whole, before, 1.0), 1.0).min(axis=1)
        largest = max(largest, float(np.median(left)) if len(left) else 1.0)
    return largest


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
