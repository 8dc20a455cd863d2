"""Initial weights that do not suit their activation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from ...findings.finding import Finding, Remedy
from ...preset.schema import RnnSettings
from .. import cures
from ..context import Context
from ..edits import hidden_activation, is_narrow
from ..problem import STUCK, Problem
from ..view import View
from ..weights import recurrent_gain, recurrent_gain_is_sound, suited_gain, weight_moments
from ..wording import layer_numbers, rounded

VARIANCE_FACTOR = 10.0
"""Departure of the weights' variance from what suits the activation; SageMaker's
PoorWeightInitialization and DeepDiagnosis take the same factor."""

COMMON_SIGN = 2.0
"""fan_in times the weights' mean: how much a layer multiplies what all its inputs have in common.
Weights from U(0, 1) have fan_in / 2, which drives five tanh units into saturation."""

DEEP = 3
"""Hidden layers of one sign that are enough without a symptom."""

STEPS = 10
"""Time steps over which a recurrent kernel's gain is told."""

SYMPTOMS = (
    "vanishing_gradient", "exploding_gradient", "non_finite", "saturated_units", "dead_units",
    "no_learning",
)  # fmt: skip
"""What poor weights lead to; without one of these they are left alone."""


def rule(view: View, found: Mapping[str, Finding]) -> Finding | None:
    """The weights before the first step are all alike, of the wrong size, or all of one sign.

    Size and sign count only together with a symptom; one sign in many layers counts at once, as long as
    nothing is learned.
    """
    if view.learned:
        return None
    unsuited = _unsuited(view)
    if unsuited is None:
        return _recurrent(view) if any(name in found for name in SYMPTOMS) else None
    # Weights of one sign multiply the same direction layer after layer: deep nets need no other sign.
    certain = len(unsuited.wrong) >= DEEP and unsuited.sign > COMMON_SIGN
    if unsuited.alike or certain or any(name in found for name in SYMPTOMS):
        return _finding(view, unsuited)
    return None


def foresee(view: View, found: Mapping[str, Finding]) -> Finding | None:
    """Weights of the wrong size or sign, although nothing has come of them yet.

    Input kernels of recurrent layers are left alone: a small one is meant to be (Le et al. 2015, IRNN).
    """
    told = rule(view, found)
    if told or any(layer.kind in ("SimpleRNN", "LSTM", "GRU") for layer in view.layers):
        return told
    unsuited = _unsuited(view)
    return replace(_finding(view, unsuited), severity="warning") if unsuited else None


def _recurrent(view: View) -> Finding | None:
    """The recurrent kernel of a net without gates stretches or shrinks its state at every step."""
    preset = view.context.preset
    if preset is None or recurrent_gain_is_sound(preset):
        return None
    assert isinstance(preset.model, RnnSettings)
    gain = recurrent_gain(preset.model)
    layers = np.array([i for i in view.hidden if view.layers[int(i)].kind == "SimpleRNN"], int)
    return Finding(
        problem="poor_initialization",
        layers=view.names(layers),
        first_step=0,
        severity="critical",
        evidence={"recurrent_gain": gain, "layers_affected": len(layers)},
        message=f"The recurrent kernel makes what it passes on about {rounded(gain)} times as long at every "
        f"time step: over {STEPS} steps, {rounded(gain**STEPS)} times.",
    )


@dataclass(frozen=True)
class Unsuited:
    """Hidden layers whose initial weights do not suit them.

    Attributes:
        alike: layers whose weights are all equal.
        wrong: at least half of the hidden layers, of the wrong size or sign; () if there are fewer.
        factor: median of their variance over the one that suits.
        sign: median of fan_in |mean|, as far as the mean is not chance.
    """

    alike: tuple[int, ...]
    wrong: tuple[int, ...]
    factor: float
    sign: float


def _unsuited(view: View) -> Unsuited | None:
    """What the histograms before the first step say; None if all is well.

    Size and sign do not count where batch normalization follows each layer.
    """
    probe = view.first_probe
    if probe is None:
        return None
    alike, wrong, factors, signs = [], [], [], []
    normalized = view.context.batch_normalized
    for index in map(int, view.hidden):
        layer, measured = view.layers[index], view.probed(probe)[index]
        if measured is None or layer.fan_in < 2 or layer.units < 2:
            continue
        mean, variance = weight_moments(measured)
        if variance <= 1e-12 * max(mean**2, 1e-12):
            alike.append(index)
            continue
        if normalized:
            continue
        gain = suited_gain(layer.activation)
        # Keras' own initializers count fan_in, or the mean of fan_in and fan_out.
        ratios = [variance * fan / gain for fan in (layer.fan_in, (layer.fan_in + layer.units) / 2)]
        # A mean within three standard errors of zero is chance.
        error = 3 * (variance / (layer.fan_in * layer.units)) ** 0.5
        sign = abs(mean) * layer.fan_in if abs(mean) > error else 0.0
        if max(ratios) < 1 / VARIANCE_FACTOR or min(ratios) > VARIANCE_FACTOR or sign > COMMON_SIGN:
            wrong.append(index)
            factors.append(ratios[0])
            signs.append(sign)
    if len(wrong) < max(1, len(view.hidden) / 2):
        return Unsuited(tuple(alike), (), 1.0, 0.0) if alike else None
    return Unsuited(tuple(alike), tuple(wrong), float(np.median(factors)), float(np.median(signs)))


def _finding(view: View, unsuited: Unsuited) -> Finding:
    if unsuited.alike:
        return _all_alike(view, np.array(unsuited.alike))
    return _wrong_size(view, np.array(unsuited.wrong), unsuited.factor, unsuited.sign)


def _all_alike(view: View, layers: np.ndarray) -> Finding:
    return Finding(
        problem="poor_initialization",
        layers=view.names(layers),
        first_step=0,
        severity="critical",
        evidence={"weight_std": 0.0, "layers_affected": len(layers)},
        message=f"All weights of {layer_numbers(view.infos(layers), view.layers)} start equal: their "
        "units compute the same and stay the same, so each layer counts as a single unit.",
    )


def _wrong_size(view: View, layers: np.ndarray, factor: float, sign: float) -> Finding:
    where = layer_numbers(view.infos(layers), view.layers)
    activation = view.layers[int(layers[0])].activation
    evidence = {
        "weight_variance_over_suited": factor,
        "common_sign": sign,
        "layers_affected": len(layers),
    }
    expected = view.context.prediction
    if expected is not None:
        evidence["predicted_delta_ratio_per_layer"] = expected.typical_ratio_per_layer
    if sign > COMMON_SIGN:
        message = (
            f"The initial weights of {where} have one sign: each layer multiplies what its inputs "
            f"have in common by {rounded(sign)}, which drives {activation} units to one end."
        )
    else:
        size = f"{rounded(factor)} times" if factor > 1 else f"1/{rounded(1 / factor)} of"
        way = "grow" if factor > 1 else "shrink"
        message = (
            f"The initial weights of {where} have {size} the variance that suits {activation}: "
            f"signals and gradients {way} at every layer."
        )
    return Finding(
        problem="poor_initialization",
        layers=view.names(layers),
        first_step=0,
        severity="critical",
        evidence=evidence,
        message=message,
    )


def remedies(finding: Finding, context: Context) -> Iterator[Remedy]:
    if "recurrent_gain" in finding.evidence:
        yield from cures.recurrent_initializer(context)
    activation = hidden_activation(context.preset)
    if is_narrow(context.preset) and activation in ("relu", "sigmoid", "exponential"):
        # A sound initializer alone leaves narrow ReLU nets to chance, and deep sigmoid nets dead.
        yield from cures.tanh_sound(context)
    elif activation in ("sigmoid", "hard_sigmoid", "exponential"):
        yield from cures.relu_he(context)
    yield from cures.initializer(context)
    yield from cures.batch_norm(context)
    yield from cures.selu_lecun(context)


PROBLEM = Problem(
    name="poor_initialization",
    rule=rule,
    remedies=remedies,
    leads_to=(
        "exploding_gradient",
        "non_finite",
        "learning_rate_high",
        "dead_units",
        "saturated_units",
        "vanishing_gradient",
        "oscillating_loss",
        *STUCK,
    ),
    foresee=foresee,
    persists=lambda view: not view.outgrown,
    formula=(
        "fan_in Var[W] = 2 keeps signals their size under ReLU, 1 under tanh and sigmoid; fan_in "
        "mean(W) is the factor on what all inputs have in common."
    ),
    check=(
        "Usually random_normal or random_uniform with a size of its own, whatever the width. "
        "Compare fan_in times the variance of the weights with what suits the activation, before "
        "any step."
    ),
)
