"""How loss and gradient have grown since the beginning."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

LOSS_GROWTH = 1e3
"""Growth of the loss over what guessing costs that no learning rate schedule means to have."""

GRADIENT_GROWTH = 1e3
"""Growth of the gradient since the first step ..."""

WITH_LOSS = 10.0
"""... that counts if the loss has grown by this as well."""

STEPS = 5
"""Steps whose median counts."""

STARTS_HIGH = 100.0
"""A first loss this many times that of a sound fresh net: it explodes before any step is taken."""


@dataclass(frozen=True)
class Growth:
    """How loss and gradient have grown.

    Attributes:
        loss: median of the newest five finite losses over the larger of what guessing and the first step
            cost.
        gradient: median of the newest five finite gradient norms over the smallest of the first three.
        first_loss: first loss over what a sound net's would be.
        step: the step at which the window's loss or gradient first was beyond bounds.
    """

    loss: float
    gradient: float
    first_loss: float
    step: int

    @property
    def explodes(self) -> bool:
        """Whether it grows in the course of training."""
        return self.loss >= LOSS_GROWTH or (
            self.gradient >= GRADIENT_GROWTH and self.loss >= WITH_LOSS
        )

    @property
    def starts_high(self) -> bool:
        """Whether the net has exploded before any step was taken."""
        return not self.first_loss < STARTS_HIGH


def growth(
    losses: np.ndarray,
    gradients: np.ndarray,
    steps: np.ndarray,
    *,
    first_loss: float,
    first_penalty: float,
    first_gradients: np.ndarray,
    guessing: float,
    fresh: float,
) -> Growth:
    """Growth of the newest steps over the beginning.

    Medians of five steps leave single odd batches out, of which training row by row is full.

    Args:
        losses: of the newest steps, [steps].
        gradients: their global gradient norms, [steps], or empty if not recorded.
        steps: which steps they are, [steps].
        first_loss: of the first step, penalties included.
        first_penalty: the penalties in it.
        first_gradients: global gradient norms of the first steps, or empty.
        guessing: loss of the best constant answer.
        fresh: loss of a sound net before its first step.
    """
    usual = guessing if guessing > 0 else 0.0
    reference = max(usual, first_loss if math.isfinite(first_loss) else 0.0)
    if not reference > 0 or not len(losses):
        return Growth(0.0, 0.0, math.inf if not math.isfinite(first_loss) else 0.0, 0)
    relative = np.where(np.isfinite(losses), losses / reference, np.nan)
    ratio = np.zeros(len(losses))
    early = first_gradients[np.isfinite(first_gradients)]
    if len(gradients) and len(early) and early.min() > 0:
        ratio = np.where(np.isfinite(gradients), gradients / early.min(), np.nan)
    beyond = (relative >= LOSS_GROWTH) | ((ratio >= GRADIENT_GROWTH) & (relative >= WITH_LOSS))
    return Growth(
        loss=_newest(relative),
        gradient=_newest(ratio),
        first_loss=_over(first_loss - first_penalty, fresh),
        step=int(steps[np.argmax(beyond)]) if beyond.any() else int(steps[0]),
    )


def _newest(values: np.ndarray) -> float:
    """Median of the newest finite values; 0 if there is none."""
    finite = values[np.isfinite(values)][-STEPS:]
    return float(np.median(finite)) if len(finite) else 0.0


def _over(first_loss: float, fresh: float) -> float:
    """First loss over a sound one: infinite if it is not a number, 0 if that is unknown."""
    if not math.isfinite(first_loss):
        return math.inf
    return first_loss / fresh if fresh > 0 else 0.0
