"""A gradient that grows from layer to layer, or from step to step."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import numpy as np

from ...findings.finding import Finding, Remedy
from .. import cures
from ..context import Context
from ..edits import has_activation, hidden_activation, is_narrow, scale_free
from ..problem import STUCK, Problem
from ..through_time import time_profiles
from ..view import WINDOW, View
from ..wording import rounded

DEPTH_TOTAL = 1e3
"""Delta of the lowest hidden layer over the highest one's; AutoTrainer takes 70, which healthy stacks
of tanh reach."""

DEPTH_PER_LAYER = 2.0
"""Mean growth per layer that is steady: He weights under tanh have 1.05, SELU 1.04, batch
normalization at most about 1.2 (Yang et al. 2019)."""


def rule(view: View, found: Mapping[str, Finding]) -> Finding | None:
    """The gradient grows from layer to layer, or from step to step together with the loss."""
    if not view.at:
        return None
    grown = view.growth
    by_depth = _depth_growth(view)
    if not by_depth and not grown.explodes and not grown.starts_high:
        return _through_time(view)
    if view.learned and not grown.explodes:
        return None  # it learns in spite of its profile
    if by_depth:
        per_layer, total, layers = by_depth
        return Finding(
            problem="exploding_gradient",
            layers=view.names(layers),
            first_step=int(view.steps(WINDOW)[0]),
            severity="critical",
            evidence={
                "delta_ratio_per_layer": per_layer,
                "delta_lowest_over_highest": total,
                "first_loss_over_fresh": grown.first_loss,
            },
            message=f"The gradient grows {rounded(per_layer)} times at every layer on its way down; the "
            f"first layer receives {rounded(total)} times what the last hidden one does.",
        )
    evidence = {
        "loss_growth": grown.loss,
        "gradient_growth": grown.gradient,
        "first_loss_over_fresh": grown.first_loss,
    }
    if grown.explodes and not grown.starts_high:
        message = (
            f"Since step {grown.step} the loss is about {rounded(grown.loss)} times, and the gradient "
            f"{rounded(grown.gradient)} times, what it was at the start: every update makes the next "
            "one larger."
        )
    elif math.isinf(grown.first_loss):
        message = (
            "The first loss is not a finite number: signals overflow on their way through the net before "
            "anything is trained."
        )
    else:
        message = (
            f"The first loss is {rounded(grown.first_loss)} times that of a sound fresh net: signals "
            "grow out of proportion on their way through the net before anything is trained."
        )
    return Finding(
        problem="exploding_gradient",
        layers=(),
        first_step=0 if grown.starts_high else grown.step,
        severity="critical",
        evidence=evidence,
        message=message,
    )


def _through_time(view: View) -> Finding | None:
    growing = [p for p in time_profiles(view) if p.total >= DEPTH_TOTAL]
    if not growing or view.learned:
        return None
    worst = max(growing, key=lambda p: p.total)
    return Finding(
        problem="exploding_gradient",
        layers=view.names(np.array([p.layer for p in growing])),
        first_step=view.probe.step if view.probe else 0,
        severity="critical",
        evidence={
            "time_ratio_per_step": worst.per_step,
            "first_time_step_over_last": worst.total,
            "time_steps": worst.steps,
        },
        message=f"The gradient grows {rounded(worst.per_step)} times at every time step on its way back: "
        f"over {worst.steps} steps to {rounded(worst.total)} times its size.",
    )


def _depth_growth(view: View) -> tuple[float, float, np.ndarray] | None:
    """Growth per layer, over all hidden layers, and the layers beyond bounds; None if there is none."""
    hidden = view.hidden
    if not view.has("delta_norm") or len(hidden) < 3:
        return None
    log = view.profile.log[hidden]
    if not np.isfinite(log).all():
        return None
    total = float(log[0] - log[-1])
    per_layer = 10.0 ** (total / (len(hidden) - 1))
    if total < math.log10(DEPTH_TOTAL) or per_layer < DEPTH_PER_LAYER:
        return None
    return per_layer, 10.0**total, hidden[log - log[-1] >= math.log10(DEPTH_TOTAL)]


def remedies(finding: Finding, context: Context) -> Iterator[Remedy]:
    activation = hidden_activation(context.preset)
    if has_activation(context.preset) and activation in (
        "exponential",
        "linear",
        "softplus",
        "relu6",
    ):
        narrow = is_narrow(context.preset)
        yield from cures.tanh_sound(context) if narrow else cures.relu_he(context)
    yield from cures.recurrent_initializer(context)
    if "delta_ratio_per_layer" in finding.evidence:
        yield from cures.initializer(context)
        yield from cures.batch_norm(context)
    if context.preset and not scale_free(context.preset):
        yield from cures.clip(context)
    yield from cures.lower_rate(context)
    yield from cures.initializer(context)
    yield from cures.batch_norm(context)
    yield from cures.less_depth(context)


PROBLEM = Problem(
    name="exploding_gradient",
    rule=rule,
    remedies=remedies,
    leads_to=(
        "non_finite",
        "dead_units",
        "saturated_units",
        "oscillating_loss",
        "clipping_always",
        *STUCK,
    ),
    foresee=rule,
    fast=True,
    formula=(
        "The same product as for vanishing, with a factor above 1: ||delta_first|| / ||delta_last|| "
        "grows like (sqrt(fan_in Var[W] E[phi'^2]))^(layers - 1). Look at the norm before clipping: "
        "clipping hides it and does not cure it."
    ),
    check=(
        "Usually large initial weights, unscaled data or a high rate. Look at the gradient by "
        "layer at step 0: if it grows downwards already, it is the weights; if later only, it is "
        "the rate."
    ),
)
