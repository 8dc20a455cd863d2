"""A loss that swings instead of coming down."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import numpy as np

from ...findings.finding import Finding, Remedy
from .. import cures
from ..context import Context
from ..problem import Problem
from ..view import View
from ..wording import rounded

SWING = 0.03
"""Swing of an epoch's accuracy that counts (AutoTrainer's zeta) ..."""

LOSS_SWING = 0.05
"""... if its loss swings by this share as well,"""

SWING_SHARE = 0.2
"""... in this share of the epochs (AutoTrainer's eta)."""

SWING_EPOCHS = 8
"""Epochs that it takes to see a swing."""

FALLING = 0.3
"""Epochs' losses whose median falls by this share from their older half to the newer one come down for
all their swings."""


def rule(view: View, found: Mapping[str, Finding]) -> Finding | None:
    """Training accuracy and loss swing from epoch to epoch, and the net is not fine in spite of it.

    Swings are differences between neighbouring local extremes of the epochs' values, over the newest
    20 epochs; a net whose loss still comes down is let be.
    """
    epochs = view.epochs[-20:]
    if len(epochs) < SWING_EPOCHS or view.fine:
        return None
    losses = np.array([epoch.logs["loss"] for epoch in epochs])
    older, newer = np.median(losses[: len(losses) // 2]), np.median(losses[len(losses) // 2 :])
    if not np.isfinite(losses).all() or newer < (1 - FALLING) * older:
        return None
    level = float(np.median(losses))
    loss_swings = swings(losses, LOSS_SWING * level)
    needed = SWING_SHARE * len(epochs)
    names = [n for n in epochs[-1].logs if n.endswith("accuracy") and not n.startswith("val_")]
    if names:
        scores = np.array([epoch.logs.get(names[0], math.nan) for epoch in epochs])
        if swings(scores, SWING) < needed:
            return None
        needed /= 2  # the loss swings along; its size depends on how sure the net is
    if loss_swings < needed:
        return None
    return Finding(
        problem="oscillating_loss",
        layers=(),
        first_step=epochs[0].step,
        severity="warning",
        evidence={
            "swings": loss_swings,
            "epochs": len(epochs),
            "lowest_loss": float(losses.min()),
            "highest_loss": float(losses.max()),
        },
        message=f"The loss of whole epochs swings between {rounded(float(losses.min()))} and "
        f"{rounded(float(losses.max()))} instead of coming down: the steps jump across the valley.",
    )


def swings(values: np.ndarray, least: float) -> int:
    """Differences of at least `least` between neighbouring local extremes, [epochs] -> count.

    Rises and falls take turns in a swing, so those of one kind beyond one more than the other do not count.
    """
    slope = np.sign(np.diff(values))
    turns = np.flatnonzero(slope[1:] * slope[:-1] < 0) + 1
    extremes = values[np.concatenate([[0], turns, [len(values) - 1]])]
    moves = np.diff(extremes)
    rises, falls = int((moves >= least).sum()), int((moves <= -least).sum())
    return 2 * min(rises, falls) + (rises != falls)


def remedies(finding: Finding, context: Context) -> Iterator[Remedy]:
    yield from cures.lower_rate(context)
    yield from cures.larger_batch(context)
    if context.preset:
        yield Remedy(
            "reduce_on_plateau",
            {"train.reduce_lr_on_plateau": {"monitor": "loss", "patience": 5, "factor": 0.3}},
            "The rate falls as soon as the loss no longer does.",
            "J. Brownlee, Understand the Dynamics of Learning Rate",
        )


PROBLEM = Problem(
    name="oscillating_loss",
    rule=rule,
    remedies=remedies,
    leads_to=("slow_learning", "underfitting"),
    formula=(
        "A swing is the difference of neighbouring local extremes of the epochs' values; it counts "
        "from 0.03 of accuracy and 5 % of the loss on."
    ),
    check=(
        "Usually a high rate or very small batches. Divide the rate by ten: the swings shrink "
        "with it."
    ),
)
