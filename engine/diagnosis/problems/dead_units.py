"""Units that say nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from ...findings.finding import Finding, Remedy
from .. import cures
from ..context import Context
from ..edits import initial_rate, is_narrow
from ..problem import STUCK, Problem
from ..view import SETTLED_STEPS, View
from ..wording import layer_numbers, percent

SILENT_STEPS = 10
"""A whole layer that is zero for every row of this many steps has no gradient and stays so."""

DEAD_SHARE = 0.5
"""Share of a layer's units that are zero for every row of the probe batch (the definition of
keras-contrib's DeadReluDetector); the layer's share is SageMaker's threshold_layer."""


def rule(view: View, found: Mapping[str, Finding]) -> Finding | None:
    """At least half of a hidden layer is zero for the entire probe batch, and the net learns nothing, or
    ends short of what its data allow.

    Zeros alone are no fault: ReLU layers are sparse, and some units of a healthy net are dead.
    """
    if view.fine or (view.learned and not (view.stalled or view.over)):
        return None
    shares, silent = _dead_shares(view)
    layers = view.hidden[shares[view.hidden] >= DEAD_SHARE]
    if not len(layers):
        return None
    worst = int(layers[np.argmax(shares[layers])])
    infos = view.infos(layers)
    cut = shares[worst] >= 1.0
    end = (
        "No gradient passes it, and the net answers the same to every input."
        if cut
        else "They receive no gradient, so they do not come back by themselves."
    )
    return Finding(
        problem="dead_units",
        layers=view.names(layers),
        first_step=(view.probe.step if view.probe else 0)
        if not len(silent)
        else int(view.steps(SILENT_STEPS)[0]),
        severity="critical" if cut and not view.learned else "warning",
        evidence={
            "largest_dead_share": float(shares[worst]),
            "layers_affected": len(layers),
            "progress": view.progress,
        },
        message=f"In {layer_numbers(infos, view.layers)}, up to {percent(shares[worst])} of the units "
        f"are zero for every row of the probe batch. {end}",
    )


def persists(view: View) -> bool:
    """Until the net has outgrown them, or they have come back."""
    shares, _ = _dead_shares(view)
    return not view.outgrown and bool((shares[view.hidden] >= DEAD_SHARE).any())


def _dead_shares(view: View) -> tuple[np.ndarray, np.ndarray]:
    """Share of dead units by layer, and the layers that are known to be silent in training."""
    silent = _silent_layers(view)
    shares = _probed(view, "dead_units")
    shares[silent] = 1.0
    return shares, silent


def _silent_layers(view: View) -> np.ndarray:
    """Hidden layers that were zero for every row of the newest steps."""
    if not view.has("zero_share"):
        return np.array([], int)
    recent = view.recent("zero_share", SILENT_STEPS)
    if len(recent) < SILENT_STEPS:
        return np.array([], int)
    return view.hidden[(recent[:, view.hidden] >= 1.0).all(axis=0)]


def _probed(view: View, name: str) -> np.ndarray:
    """A share of the newest probe by layer, [layers]; 0 where not measured.

    Probes are taken in inference mode, in which batch normalization lets signals pass unchanged before
    the first step and only slowly comes to do what it does in training.
    """
    probe = view.probe
    if probe is None or (probe.step < SETTLED_STEPS and view.context.batch_normalized):
        return np.zeros(len(view.layers))
    return np.array([getattr(p, name) if p else 0.0 for p in view.probed(probe)])


def remedies(finding: Finding, context: Context) -> Iterator[Remedy]:
    if initial_rate(context) > 3 * context.usual_rate:
        yield from cures.lower_rate(context)
    if is_narrow(context.preset):
        yield from cures.tanh_sound(context)
    yield from cures.selu_lecun(context)
    yield from cures.leaky_relu(context)
    yield from cures.batch_norm(context)
    yield from cures.initializer(context)
    yield from cures.lower_rate(context)


PROBLEM = Problem(
    name="dead_units",
    rule=rule,
    remedies=remedies,
    leads_to=("vanishing_gradient", *STUCK),
    foresee=rule,
    persists=persists,
    formula=(
        "A unit is dead if its activation is exactly 0 for every row of the probe batch: relu'(z) = 0 "
        "for z < 0, so no gradient reaches its weights and it cannot come back."
    ),
    check=(
        "Usually a high rate or a large negative bias pushed ReLU units below zero for every row. "
        "Look at the histogram of activations: a dead unit has one bar, at 0."
    ),
)
