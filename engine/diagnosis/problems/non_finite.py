"""What is left of numbers that overflowed: NaN."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from ...findings.finding import Finding, Remedy
from .. import cures
from ..context import Context
from ..problem import STUCK, Problem
from ..view import WINDOW, View


def rule(view: View, found: Mapping[str, Finding]) -> Finding | None:
    """The loss or the gradient is NaN or infinite."""
    losses = view.recent_scalar("loss", WINDOW)
    gradients = view.recent_scalar("grad_norm", WINDOW)
    bad = ~np.isfinite(losses)
    if len(gradients):
        bad = bad | ~np.isfinite(gradients)
    if not bad.any():
        return None
    row = int(np.argmax(bad))
    values = view.recent("activation_mean", WINDOW)
    layers = np.flatnonzero(~np.isfinite(values[row])) if view.has("activation_mean") else []
    step = int(view.steps(WINDOW)[row])
    evidence = {"loss": float(losses[row]), "first_loss": view.initial_loss}
    before = losses[:row][np.isfinite(losses[:row])]
    if len(before):
        evidence["last_finite_loss"] = float(before[-1])
    what = "loss" if not np.isfinite(losses[row]) else "gradient"
    return Finding(
        problem="non_finite",
        layers=view.names(np.asarray(layers, int)),
        first_step=step,
        severity="critical",
        evidence=evidence,
        message=f"The {what} is no longer a number since step {step}; from there on the weights are "
        "not numbers either, and nothing is learned.",
    )


def remedies(finding: Finding, context: Context) -> Iterator[Remedy]:
    yield from cures.lower_rate(context)
    yield from cures.clip(context)
    if context.task == "regression":
        yield from cures.scale_targets(context)
    yield from cures.scale_inputs(context)
    yield from cures.matching_output(context)


PROBLEM = Problem(
    name="non_finite",
    rule=rule,
    remedies=remedies,
    leads_to=("oscillating_loss", "dead_units", "vanishing_gradient", *STUCK),
    foresee=rule,
    fast=True,
    formula=(
        "A loss, gradient or weight is NaN or infinite. In float32 a number above 3.4e38 is infinite, "
        "and inf - inf, 0 * inf and log(0) * 0 are NaN; every number computed from it is lost."
    ),
    check=(
        "Usually an explosion, log(0) in a loss of one's own, or NaN in the data. Look for NaN in "
        "the inputs; then at the loss of the last steps before it: a growing one exploded."
    ),
)
