"""Inputs that reach the net in the wrong size."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import numpy as np

from ...findings.finding import Finding, Remedy
from ...stream.data_facts import Moments
from .. import cures
from ..context import Context
from ..edits import normalizes_inputs
from ..problem import BROKEN, STUCK, Problem
from ..view import View
from ..wording import rounded

LARGE_INPUTS = 4.0
"""Root mean square of inputs that may harm. Z-scores have 1; images of 0 to 255 about 80. UMLAUT's
bound of 1 on |x| fires on z-scores."""

HUGE_INPUTS = 30.0
"""Root mean square of inputs that harms nearly any net."""

HIGH_FIRST_LOSS = 3.0
"""First loss over that of a sound net that huge inputs explain; large ones need 10 times as much."""


def rule(view: View, found: Mapping[str, Finding]) -> Finding | None:
    """Inputs far from size 1, and it harms; inputs of size 30 and more are always named.

    Skipped where the net normalizes its inputs, or looks them up.
    """
    size = view.context.size("inputs")
    if size is None or size < LARGE_INPUTS or _takes_any_inputs(view):
        return None
    high = view.growth.first_loss if view.at else 0.0
    # Inputs of size s make the first loss at most about s^2 times as large; more has other causes.
    explained = math.isfinite(high) and high <= 10 * size**2
    breaks = explained and any(name in found for name in BROKEN)
    if not explained:
        return None
    if size < HUGE_INPUTS:
        if view.learned or not (breaks or high >= 10 * HIGH_FIRST_LOSS):
            return None
        harmed = True
    else:
        spoilt = {"dead_units", "saturated_units", "no_learning", "oscillating_loss"} & set(found)
        harmed = not view.learned and (
            breaks or bool(spoilt) or view.stalled or high >= HIGH_FIRST_LOSS
        )
        if view.learned and view.fine:
            return None
    inputs = view.context.moments("inputs")
    assert inputs is not None
    return Finding(
        problem="unscaled_inputs",
        layers=view.names(np.array([0])) if view.layers else (),
        first_step=0,
        severity="critical" if harmed else "warning",
        evidence={
            "input_rms": size,
            "input_mean": inputs.mean,
            "first_loss": view.initial_loss,
            "loss_of_guessing": view.baseline,
        },
        message=_message(view, size, inputs),
    )


def _message(view: View, size: float, inputs: Moments) -> str:
    data = view.context.data
    column = data.largest_column if data else None
    if column and column.others < LARGE_INPUTS:
        return (
            f"Column {column.index + 1} of the inputs is {rounded(column.rms)} in root mean square, "
            f"the others are {rounded(column.others)}: initial weights are made for inputs of size 1, "
            "so that column alone decides what the first layer puts out."
        )
    return (
        f"The inputs lie from {rounded(inputs.min)} to {rounded(inputs.max)}; initial weights are made "
        f"for inputs of size 1, so the first layer's outputs and gradients are about {rounded(size)} "
        "times too large."
    )


def foresee(view: View, found: Mapping[str, Finding]) -> Finding | None:
    """Inputs that may harm: large on the whole, or because of a few columns."""
    told = rule(view, found)
    size, inputs = view.context.size("inputs"), view.context.moments("inputs")
    if told or inputs is None or size is None or size < 2 * LARGE_INPUTS:
        return told
    return Finding(
        problem="unscaled_inputs",
        layers=(),
        first_step=0,
        severity="warning",
        evidence={"input_rms": size, "input_mean": inputs.mean},
        message=f"The inputs lie from {rounded(inputs.min)} to {rounded(inputs.max)}, "
        f"{rounded(size)} in root mean square; initial weights are made for inputs of size 1.",
    )


def _takes_any_inputs(view: View) -> bool:
    looked_up = bool(view.layers) and view.layers[0].kind == "Embedding"
    return looked_up or normalizes_inputs(view.context.preset)


def remedies(finding: Finding, context: Context) -> Iterator[Remedy]:
    yield from cures.scale_inputs(context)


PROBLEM = Problem(
    name="unscaled_inputs",
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
        *STUCK,
    ),
    foresee=foresee,
    formula=(
        "The second moment of the inputs, mean(x^2), enters the first layer's z and its gradient: "
        "Var[z] = fan_in Var[W] mean(x^2). Inputs near 1 keep both of the order of 1."
    ),
    check=(
        "Usually pictures of 0 to 255, or columns in units of their own. Print the mean and "
        "standard deviation of each column: scaled ones are near 0 and 1."
    ),
)
