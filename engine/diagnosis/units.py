"""Units that say nothing, and units that say the same whatever comes."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..findings.finding import Finding
from .view import View
from .wording import layer_numbers, percent

DEAD_SHARE = 0.5
"""Share of a layer's units that are zero for every row of the probe batch (the definition of
keras-contrib's DeadReluDetector); the layer's share is SageMaker's threshold_layer."""

SILENT_STEPS = 10
"""A whole layer that is zero for every row of this many steps has no gradient and stays so."""

SETTLED_STEPS = 300
"""Steps after which the moving averages of batch normalization (momentum 0.99 in Keras) have forgotten
95 % of what they began with; until then only layers that are silent in training count as dead."""

SATURATED_SHARE = 0.5
"""Share of units whose slope is below 5 % of its largest for more than half of the rows;
TheDeepChecker and DeepDiagnosis also ask for half of the layer."""


def dead_units(view: View, found: Mapping[str, Finding]) -> Finding | None:
    """At least half of a hidden layer is zero for the entire probe batch, and the net learns nothing, or
    ends short of what its data allow.

    Zeros alone are no fault: ReLU layers are sparse, and some units of a healthy net are dead.
    """
    if view.fine or (view.learned and not (view.stalled or view.over)):
        return None
    silent = _silent_layers(view)
    shares = _probed(view, "dead_units")
    shares[silent] = 1.0
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
        first_step=_probe_step(view) if not len(silent) else int(view.steps(SILENT_STEPS)[0]),
        severity="critical" if cut and not view.learned else "warning",
        evidence={
            "largest_dead_share": float(shares[worst]),
            "layers_affected": len(layers),
            "progress": view.progress,
        },
        message=f"In {layer_numbers(infos, view.layers)}, up to {percent(shares[worst])} of the units "
        f"are zero for every row of the probe batch. {end}",
    )


def saturated_units(view: View, found: Mapping[str, Finding]) -> Finding | None:
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


def _probe_step(view: View) -> int:
    return view.probe.step if view.probe else 0
