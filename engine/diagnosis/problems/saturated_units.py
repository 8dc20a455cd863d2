"""Units that say the same whatever comes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from ...findings.finding import Finding, Remedy
from .. import cures
from ..context import Context
from ..edits import initial_rate, is_narrow
from ..problem import STUCK, Problem
from ..view import View
from ..wording import layer_numbers, percent
from .dead_units import SILENT_STEPS
from .vanishing_gradient import TOTAL

SATURATED_SHARE = 0.5
"""Share of units whose slope is below 5 % of its largest for more than half of the rows;
TheDeepChecker and DeepDiagnosis also ask for half of the layer."""


def rule(view: View, found: Mapping[str, Finding]) -> Finding | None:
    """At least half of a hidden layer of tanh, sigmoid, ... sits at the flat ends, and nothing is learned.

    Large inputs saturate the lowest layers of sound nets for a while; so half of the layers count at once,
    or two up to the top (Glorot and Bengio 2010 found the top ones saturated), and less once the net has
    stalled. What the other layers lose of the gradient is part of the evidence: where it vanishes without
    the saturated ones, they are not why.
    """
    if view.learned or not view.has("saturated_share"):
        return None
    recent = view.recent("saturated_share", SILENT_STEPS)
    bounded = np.isfinite(recent).all(axis=0)
    shares = np.where(bounded, np.where(bounded, recent, 0.0).mean(axis=0), 0.0)
    layers = view.hidden[shares[view.hidden] >= SATURATED_SHARE]
    reaches_top = view.hidden[-1] in layers
    spread = len(layers) >= max(2, 0 if reaches_top else len(view.hidden) / 2)
    if not len(layers) or not (spread or view.stalled):
        return None
    worst = float(shares[layers].max())
    elsewhere = view.profile.total_without(layers) if view.has("delta_norm") else np.nan
    left = {} if np.isnan(elsewhere) else {"delta_lowest_over_highest_elsewhere": elsewhere}
    return Finding(
        problem="saturated_units",
        layers=view.names(layers),
        first_step=int(view.steps(SILENT_STEPS)[0]),
        severity="critical",
        evidence={
            "largest_saturated_share": worst,
            "layers_affected": len(layers),
            "progress": view.progress,
            **left,
        },
        message=f"In {layer_numbers(view.infos(layers), view.layers)}, up to {percent(worst)} of the "
        "activations lie at the flat ends of their function, where its slope is below a twentieth of "
        "its largest: they pass on hardly any gradient.",
    )


def remedies(finding: Finding, context: Context) -> Iterator[Remedy]:
    if initial_rate(context) > 3 * context.usual_rate:
        yield from cures.lower_rate(context)
    yield from cures.initializer(context)
    yield from cures.batch_norm(context)
    if not is_narrow(context.preset):
        yield from cures.relu_he(context)
    yield from cures.selu_lecun(context)


def yields_to(finding: Finding) -> str:
    """The vanished gradient comes first where it vanishes in the other layers as well."""
    elsewhere = finding.evidence.get("delta_lowest_over_highest_elsewhere", 1.0)
    return "vanishing_gradient" if elsewhere <= TOTAL else ""


PROBLEM = Problem(
    name="saturated_units",
    rule=rule,
    remedies=remedies,
    leads_to=("vanishing_gradient", *STUCK),
    yields_to=yields_to,
    foresee=rule,
    formula=(
        "A unit is saturated where its activation's slope is below 5 % of its largest: |tanh(z)| > "
        "0.975, sigmoid(z) < 0.013 or > 0.987. Its gradient is multiplied by that slope."
    ),
    check=(
        "Usually large initial weights or unscaled inputs. Look at the histogram of activations: "
        "the bars stand at both ends, and none between."
    ),
)
