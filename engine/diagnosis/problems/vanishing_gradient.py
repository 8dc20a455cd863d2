"""The gradient that dies on its way down."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import numpy as np

from ...findings.finding import Finding, Remedy
from .. import cures
from ..context import Context
from ..delta_profile import DeltaProfile
from ..edits import hidden_activation, is_narrow
from ..problem import STUCK, Problem
from ..through_time import time_profiles
from ..view import WINDOW, View
from ..wording import layer_numbers, rounded

TOTAL = 1e-3
"""Delta of the lowest layer over the largest above it. AutoTrainer's beta_1, which it applies to
kernel gradients."""

PER_LAYER = 0.5
"""Mean ratio per layer that is a steady decay. Sound pairs have 1; Glorot weights under ReLU 0.71,
which nets of 20 layers survive; sigmoid has 0.24 to 0.32 (Schoenholz et al. 2017, eq. 10)."""

STALLED_TOTAL = 1e-2
"""The same as `TOTAL` for a net that has stopped learning; torchmortem's ratio of layers."""

STARVED = 1e-3
"""Update ratio of the lowest layer over the highest hidden one: "upper layers change while lower ones
hardly do"."""


def rule(view: View, found: Mapping[str, Finding]) -> Finding | None:
    """Delta is small at the lower layers, and it matters.

    That delta has shrunk is not enough: a net whose gradient is a thousandth at the bottom may still
    learn. It matters while the net has not learned if the decay is steady from layer to layer or the
    lower layers' updates are starved, and if the net has stalled. Gradients through time count only for
    nets that have stalled: an LSTM begins with 5e-8 of its gradient after 100 steps, and learns.
    """
    if not view.has("delta_norm") or len(view.hidden) < 2:
        return _through_time(view)
    shape = view.profile
    if not shape.total <= STALLED_TOTAL:
        return _through_time(view)
    starved = _update_share(view)
    steady = shape.per_layer <= PER_LAYER
    early = shape.total <= TOTAL and not view.learned and (steady or starved <= STARVED)
    late = view.stalled and not (view.learned and starved > STARVED)
    if not early and not late:
        return None
    bound = math.log10(TOTAL if shape.total <= TOTAL else STALLED_TOTAL)
    hidden = view.hidden
    affected = hidden[shape.drop[hidden] <= bound]
    return Finding(
        problem="vanishing_gradient",
        layers=view.names(affected),
        first_step=_onset(view, bound),
        severity="critical",
        evidence=_evidence(view, shape, starved),
        message=_message(view, shape, affected),
    )


def _through_time(view: View) -> Finding | None:
    if not view.stalled or view.learned:
        return None
    fading = [profile for profile in time_profiles(view) if profile.total <= TOTAL]
    if not fading:
        return None
    worst = min(fading, key=lambda profile: profile.total)
    layers = np.array([profile.layer for profile in fading])
    return Finding(
        problem="vanishing_gradient",
        layers=view.names(layers),
        first_step=view.probe.step if view.probe else 0,
        severity="critical",
        evidence={
            "time_ratio_per_step": worst.per_step,
            "first_time_step_over_last": worst.total,
            "time_steps": worst.steps,
            "progress": view.progress,
        },
        message=f"The gradient shrinks on its way back through time: over {worst.steps} time steps to "
        f"{rounded(worst.total)} of its size, so what came first in a sequence teaches nothing.",
    )


def _onset(view: View, bound: float) -> int:
    deltas = view.recent("delta_norm", 2 * WINDOW)
    with np.errstate(divide="ignore", invalid="ignore"):
        small = np.log10(deltas[:, 0] / deltas[:, 1:].max(axis=1)) <= bound
    at = view.steps(2 * WINDOW)
    return int(at[np.argmax(small)]) if small.any() else int(at[0])


def _update_share(view: View) -> float:
    """Update ratio of the lowest layer over that of the highest hidden one; NaN if unknown."""
    ratios = view.weights("update_ratio")
    if not len(ratios):
        return math.nan
    lowest, highest = np.median(ratios[:, [view.hidden[0], view.hidden[-1]]], axis=0)
    return float(lowest / highest) if highest > 0 else math.nan


def _evidence(view: View, shape: DeltaProfile, starved: float) -> dict[str, float]:
    evidence = {
        "delta_ratio_per_layer": shape.per_layer,
        "delta_lowest_over_highest": shape.total,
        "progress": view.progress,
    }
    if not math.isnan(starved):
        evidence["update_ratio_lowest_over_highest"] = starved
    expected = view.context.prediction
    if expected is not None and not math.isnan(expected.typical_ratio_per_layer):
        evidence["predicted_delta_ratio_per_layer"] = expected.typical_ratio_per_layer
    return evidence


def _message(view: View, shape: DeltaProfile, affected: np.ndarray) -> str:
    if shape.total == 0:
        return (
            f"No gradient reaches {layer_numbers(view.infos(affected), view.layers)}: every path from "
            "the loss to them is cut, so their weights do not change at all."
        )
    return (
        f"The gradient shrinks {rounded(1 / shape.per_layer)} times at every layer on its way down; the "
        f"first layer receives {rounded(shape.total)} of what layer {shape.top + 1} does."
    )


def remedies(finding: Finding, context: Context) -> Iterator[Remedy]:
    narrow = is_narrow(context.preset)
    activation = hidden_activation(context.preset)
    if context.preset and context.preset.model.family == "rnn":
        yield from cures.forget_bias(context)
        yield from cures.recurrent_initializer(context)
        yield from cures.less_depth(context)
        return
    if activation in ("tanh", "selu", "elu", "linear") or (activation == "relu" and not narrow):
        yield from cures.initializer(context)
    if narrow:
        yield from cures.tanh_sound(context)
        yield from cures.selu_lecun(context)
        yield from cures.batch_norm(context)
        yield from cures.residual(context)
    else:
        yield from cures.relu_he(context)
        yield from cures.batch_norm(context)
        yield from cures.residual(context)
        yield from cures.selu_lecun(context)
    yield from cures.less_depth(context)


PROBLEM = Problem(
    name="vanishing_gradient",
    rule=rule,
    remedies=remedies,
    leads_to=("saturated_units", *STUCK),
    foresee=rule,
    fast=True,
    formula=(
        "delta of layer l is dL/d(output of layer l). By the chain rule delta_l = W_(l+1)^T "
        "(delta_(l+1) * phi'(z_(l+1))), so each layer multiplies its norm by about sqrt(fan_in Var[W] "
        "E[phi'^2]).\n"
        "ratio per layer = (||delta_first|| / ||delta_last||)^(1 / (layers - 1)); below 1 it "
        "vanishes. Sigmoid has phi' <= 1/4, which is why it shrinks whatever the width."
    ),
    check=(
        "Usually sigmoid or tanh in many layers, or weights too small for their width. Look at "
        "the gradient by layer at step 0: it falls by the same factor from each layer to the one "
        "below."
    ),
)
