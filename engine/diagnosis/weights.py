"""Initial weights: what suits an activation, and what a histogram tells of them."""

from __future__ import annotations

import math

import numpy as np

from ..preset.schema import Preset, RnnSettings
from ..stream.events import LayerProbe

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


def suited_gain(activation: str) -> float:
    """fan_in Var[W] that keeps signals and gradients their size under an activation."""
    return 2.0 if activation in RECTIFIERS else 1.0


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


RECURRENT_GAIN = 3.0
"""Factor by which a recurrent kernel may stretch or shrink the state at each step; an orthogonal one has 1
(Saxe et al. 2013), and over 20 steps a factor of 3 makes 3e9."""


def critical_gain(activation: str) -> float | None:
    """fan_in Var[W] at which the gradient keeps its size, chi = 1, for inputs of size 1.

    chi = gain E[phi'(g)^2] (Schoenholz et al. 2017, eq. 10), with g standard normal.

    Returns:
        Two digits; None for an activation without a formula, and where the signal would grow twofold or
        shrink to half at every layer.
    """
    from ..theory.activations import activation as formula
    from ..theory.formulas import NoFormula
    from ..theory.mean_field import chi, q_map

    try:
        phi = formula(activation)
    except NoFormula:
        return None
    gain = 1 / chi(phi, 1.0, 1.0)
    return float(f"{gain:.2g}") if 0.5 <= q_map(phi, 1.0, gain) <= 2.0 else None


def recurrent_gain(model: RnnSettings) -> float:
    """About the factor by which a recurrent kernel changes the length of what it passes on; NaN if unknown.

    Independent entries stretch by sqrt(units Var[W]), a mean of its own by units times the mean.
    """
    from ..theory.formulas import NoFormula
    from ..theory.kernels import kernel_moments

    try:
        moments = kernel_moments(model.recurrent_initializer, model.width, model.width)
    except NoFormula:
        return math.nan
    return math.hypot(math.sqrt(model.width * moments.variance), model.width * moments.mean)


def recurrent_gain_is_sound(preset: Preset) -> bool:
    """Whether the recurrent kernel of a net without gates nearly keeps the length of its state."""
    model = preset.model
    if not isinstance(model, RnnSettings) or model.cell != "SimpleRNN":
        return True
    gain = recurrent_gain(model)
    return not (gain > RECURRENT_GAIN or gain < 1 / RECURRENT_GAIN)
