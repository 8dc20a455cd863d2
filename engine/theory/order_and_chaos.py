"""What becomes of signal and gradient in an endless stack of a preset's hidden layers."""

from __future__ import annotations

from dataclasses import dataclass

from ..preset.schema import MlpSettings
from .activations import activation
from .forward import Layer
from .kernels import kernel_moments
from .mean_field import chi, correlation_depth, fixed_point, gradient_depth

TRAINABLE = 6.0
"""Correlation depths that a net may be deep and still be trained (Schoenholz et al. 2017, section 5)."""


@dataclass(frozen=True)
class Phases:
    """Order and chaos (Poole et al. 2016; Schoenholz et al. 2017).

    Attributes:
        gain: sigma_w^2 = fan_in Var[W] of the hidden layers.
        bias_variance: sigma_b^2.
        fixed_variance: q*, the pre-activation variance that layers settle at; 0 and inf included.
        chi: mean square gain of a gradient through a layer at q*: below 1 order, above 1 chaos.
        gradient_depth: xi_grad, layers over which ||delta||^2 changes by e.
        correlation_depth: xi_c, layers through which two inputs stay distinguishable.
        trainable_depth: 6 xi_c, beyond which training fails.
    """

    gain: float
    bias_variance: float
    fixed_variance: float
    chi: float
    gradient_depth: float
    correlation_depth: float
    trainable_depth: float


def phases_of(model: MlpSettings, layers: list[Layer]) -> Phases | None:
    """The numbers for a plain stack of equally wide layers with centred weights; None for others.

    Args:
        model: the network.
        layers: of `forward`: the hidden layers, then the output layer.
    """
    hidden = layers[:-1]
    plain = model.normalization == "none" and not model.residual and not model.dropout
    plain = plain and not model.noise.before and not model.noise.after
    if not plain or len(hidden) < 2 or len({layer.units for layer in hidden}) > 1:
        return None
    kernel, units = hidden[1].kernel, hidden[1].units
    if not kernel.reliable or not kernel.variance:
        return None
    phi, gain, bias = activation(model.activation), kernel.gain(units), 0.0
    if model.use_bias:
        moments = kernel_moments(model.bias_initializer, units, units)
        if moments.mean:
            return None
        bias = moments.variance
    q = fixed_point(phi, gain, bias, start=min(max(hidden[0].variance, 1e-6), 1e6))
    if q == float("inf"):
        return Phases(gain, bias, q, float("nan"), float("nan"), float("nan"), float("nan"))
    slope, depth = chi(phi, q, gain), correlation_depth(phi, q, gain, bias)
    return Phases(gain, bias, q, slope, gradient_depth(phi, q, gain), depth, TRAINABLE * depth)
