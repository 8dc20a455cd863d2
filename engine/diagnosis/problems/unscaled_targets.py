"""Targets far from the size of a fresh net's outputs."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from ...findings.finding import Finding, Remedy
from .. import cures
from ..context import Context
from ..problem import BROKEN, STUCK, Problem
from ..view import View
from ..wording import rounded

LARGE_TARGETS = 10.0
"""Root mean square of targets that may harm: the output layer starts near 1."""

HUGE_TARGETS = 1000.0
"""Root mean square of targets that harms nearly any net."""


def rule(view: View, found: Mapping[str, Finding]) -> Finding | None:
    """Regression targets far from the size of a fresh net's outputs, and it harms.

    With targets of size s, the first gradients of a squared error are of size s and its first loss of
    size s^2, so a usual learning rate takes steps that are s times too long.
    """
    size = view.context.size("targets")
    if view.context.task != "regression" or size is None or size < LARGE_TARGETS or view.fine:
        return None
    breaks = any(name in found for name in BROKEN)
    slow = (view.stalled or view.at >= view.patience) and not view.learned
    if not breaks and not slow and size < HUGE_TARGETS:
        return None
    targets = view.context.moments("targets")
    assert targets is not None
    spread = f"from {rounded(targets.min)} to {rounded(targets.max)}"
    if breaks:
        end = "the first updates overshoot, and each makes the next one larger"
    elif "dead_units" in found:
        end = "the first updates, as large as the targets, have killed units"
    else:
        end = "the output needs very many updates to get there"
    return Finding(
        problem="unscaled_targets",
        layers=(),
        first_step=0,
        severity="critical" if breaks or slow else "warning",
        evidence={
            "target_rms": size,
            "target_std": targets.std,
            "first_loss": view.initial_loss,
            "loss_of_guessing": view.baseline,
        },
        message=f"The targets lie {spread}, while the outputs of a fresh net are near 1 in size: {end}.",
    )


def foresee(view: View, found: Mapping[str, Finding]) -> Finding | None:
    """Targets so much larger than the first outputs that the first steps will be as large."""
    told = rule(view, found)
    size, targets = view.context.size("targets"), view.context.moments("targets")
    if told or targets is None or size is None or size < LARGE_TARGETS:
        return told
    if math.isnan(view.initial_loss):
        return None
    return Finding(
        problem="unscaled_targets",
        layers=(),
        first_step=0,
        severity="warning",
        evidence={
            "target_rms": size,
            "target_std": targets.std,
            "first_loss": view.initial_loss,
        },
        message=f"The targets lie from {rounded(targets.min)} to {rounded(targets.max)}, the outputs "
        f"of a fresh net near 1: the first loss is {rounded(view.initial_loss)}, and the first gradients "
        "are as far out of proportion.",
    )


def remedies(finding: Finding, context: Context) -> Iterator[Remedy]:
    yield from cures.scale_targets(context)
    if finding.severity == "critical":
        yield from cures.clip(context)
        yield from cures.lower_rate(context)


PROBLEM = Problem(
    name="unscaled_targets",
    rule=rule,
    remedies=remedies,
    leads_to=(
        "exploding_gradient",
        "non_finite",
        "learning_rate_high",
        "clipping_always",
        "dead_units",
        "saturated_units",
        "vanishing_gradient",
        "oscillating_loss",
        "poor_initialization",
        *STUCK,
    ),
    foresee=foresee,
    persists=lambda view: not view.outgrown and not view.fine,
    formula=(
        "The output of a fresh net is near 1, so the first squared error is about mean(y^2), and its "
        "gradient grows with the size of y."
    ),
    check=(
        "Usually prices, counts or years were used as they are. Print the mean and standard "
        "deviation of the training targets; scaled ones are near 0 and 1."
    ),
)
