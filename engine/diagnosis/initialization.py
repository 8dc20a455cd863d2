"""Initial weights that do not suit their activation."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..findings.finding import Finding
from ..stream.events import LayerProbe
from .view import View
from .wording import layer_numbers, number

VARIANCE_FACTOR = 10.0
"""Departure of the weights' variance from what suits the activation; SageMaker's
PoorWeightInitialization and DeepDiagnosis take the same factor."""

COMMON_SIGN = 2.0
"""fan_in times the weights' mean: how much a layer multiplies what all its inputs have in common.
Weights from U(0, 1) have fan_in / 2, which drives five tanh units into saturation (V2)."""

DEEP = 3
"""Hidden layers of one sign that are enough without a symptom."""

RECTIFIERS = (
    "relu",
    "relu6",
    "leaky_relu",
    "prelu",
    "rrelu",
    "elu",
    "gelu",
    "silu",
    "swish",
    "mish",
)
"""Activations that need fan_in Var[W] = 2 (He et al. 2015); the others need 1 (LeCun, Glorot)."""

SYMPTOMS = (
    "vanishing_gradient", "exploding_gradient", "non_finite", "saturated_units", "dead_units",
    "no_learning",
)  # fmt: skip
"""What poor weights lead to; without one of these they are left alone."""


def suited_gain(activation: str) -> float:
    """fan_in Var[W] that keeps signals and gradients their size under an activation."""
    return 2.0 if activation in RECTIFIERS else 1.0


def poor_initialization(view: View, found: Mapping[str, Finding]) -> Finding | None:
    """The weights before the first step are all alike, of the wrong size, or all of one sign.

    Size and sign are read from the histogram of the weights before the first step, and count only
    together with a symptom; one sign in many layers counts at once, as long as nothing is learned.
    Neither counts where batch normalization follows each layer.
    """
    probe = view.first_probe
    if probe is None or view.learned:
        return None
    alike, wrong, factors, signs = [], [], [], []
    normalized = view.context.batch_normalized
    for index in view.hidden:
        layer, measured = view.layers[int(index)], view.probed(probe)[int(index)]
        if measured is None or layer.fan_in < 2 or layer.units < 2:
            continue
        mean, variance = weight_moments(measured)
        if variance <= 1e-12 * max(mean**2, 1e-12):
            alike.append(int(index))
            continue
        if normalized:
            continue
        gain = suited_gain(layer.activation)
        # Keras' own initializers count fan_in, or the mean of fan_in and fan_out.
        ratios = [variance * fan / gain for fan in (layer.fan_in, (layer.fan_in + layer.units) / 2)]
        sign = abs(mean) * layer.fan_in
        # A mean within three standard errors of zero is chance.
        error = 3 * (variance / (layer.fan_in * layer.units)) ** 0.5
        sign = sign if abs(mean) > error else 0.0
        if max(ratios) < 1 / VARIANCE_FACTOR or min(ratios) > VARIANCE_FACTOR or sign > COMMON_SIGN:
            wrong.append(int(index))
            factors.append(ratios[0])
            signs.append(sign)
    if alike:
        return _all_alike(view, np.array(alike))
    symptoms = [name for name in SYMPTOMS if name in found]
    # Weights of one sign multiply the same direction layer after layer: deep nets need no other sign.
    certain = len(wrong) >= DEEP and float(np.median(signs)) > COMMON_SIGN
    if not (symptoms or certain) or len(wrong) < max(1, len(view.hidden) / 2):
        return None
    return _wrong_size(view, np.array(wrong), float(np.median(factors)), float(np.median(signs)))


def weight_moments(probe: LayerProbe) -> tuple[float, float]:
    """Mean and variance of the kernel, from its histogram."""
    counts = np.array(probe.weight_counts, float)
    edges = np.array(probe.weight_edges)
    if not counts.sum():
        return 0.0, 0.0
    shares = counts / counts.sum()
    centers = (edges[:-1] + edges[1:]) / 2
    mean = float(shares @ centers)
    return mean, float(shares @ (centers - mean) ** 2)


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
        evidence["predicted_delta_ratio_per_layer"] = expected.delta_ratio_per_layer
    if sign > COMMON_SIGN:
        message = (
            f"The initial weights of {where} have one sign: each layer multiplies what its inputs "
            f"have in common by {number(sign)}, which drives {activation} units to one end."
        )
    else:
        size = f"{number(factor)} times" if factor > 1 else f"1/{number(1 / factor)} of"
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
