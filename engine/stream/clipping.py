"""What clipping did to the gradients of a run: which steps, how much of their size, how far turned."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .history import History, Table

SAME = 1e-6
"""Shares of a norm that float32 cannot tell apart: a step that loses less was not clipped."""


@dataclass(frozen=True)
class Clipping:
    """Clipping over the recorded steps.

    Attributes:
        share: share of the steps that were clipped.
        left: what is left of the gradient's norm in those, their median; None if there were none.
        angle: by how many degrees they were turned, their median; None if there were none.
        largest_angle: the largest of any step; None if there were none.
    """

    share: float
    left: float | None
    angle: float | None
    largest_angle: float | None


def left_of_norm(steps: Table) -> np.ndarray | None:
    """Global gradient norm after clipping over that before it, float64 [rows]; None without a clip.

    1 where nothing was clipped, NaN where the gradient was not finite.
    """
    if not steps.has("", "grad_norm_clipped") or not len(steps):
        return None
    before = steps.series("", "grad_norm").astype(np.float64)
    after = steps.series("", "grad_norm_clipped").astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        left = np.where(before == 0, 1.0, after / before)
    return np.where(left > 1 - SAME, 1.0, left)


def clipping(steps: Table) -> Clipping | None:
    """What clipping did; None where no clip is set."""
    left = left_of_norm(steps)
    if left is None:
        return None
    clipped = left < 1
    if not clipped.any():
        return Clipping(0.0, None, None, None)
    angles = steps.series("", "clip_angle")[clipped].astype(np.float64)
    return Clipping(
        float(clipped.mean()),
        float(np.median(left[clipped])),
        float(np.median(angles)),
        float(angles.max()),
    )


def clipped_by_epoch(history: History) -> tuple[np.ndarray, np.ndarray]:
    """The last step of each epoch, and the share of its recorded steps that were clipped, [epochs]."""
    left = left_of_norm(history.steps)
    if left is None or history.started is None:
        return np.empty(0), np.empty(0)
    length = max(history.started.steps_per_epoch, 1)
    epochs = history.steps.steps // length
    numbers, starts = np.unique(epochs, return_index=True)
    shares = np.add.reduceat((left < 1).astype(np.float64), starts)
    counts = np.diff(np.append(starts, len(left)))
    return (numbers + 1) * float(length), shares / counts
