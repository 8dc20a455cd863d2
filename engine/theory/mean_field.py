"""Signal and gradient in an endless stack of equally wide layers: z' = W phi(z) + b.

Weights have variance sigma_w^2 / width and mean zero, biases variance sigma_b^2. Everything is a
scalar; q is the pre-activation variance.
"""

from __future__ import annotations

from math import exp, inf, log, sqrt

import numpy as np
from scipy.optimize import root_scalar

from .units import LARGEST, Activation

_VANISHING, _EXPLODING = 1e-12, 1e12
"""Variances that count as 0 and infinity when a fixed point is sought."""


def q_map(phi: Activation, q: float, gain: float, bias_variance: float = 0.0) -> float:
    """Pre-activation variance one layer up (Poole et al. 2016, eq. 3).

    q' = sigma_w^2 E[phi(sqrt(q) g)^2] + sigma_b^2.

    Args:
        phi: the activation.
        q: variance of the layer below.
        gain: sigma_w^2 = fan_in Var[W].
        bias_variance: sigma_b^2.
    """
    return min(gain * phi.moments(0.0, q).second + bias_variance, LARGEST)


def chi(phi: Activation, q: float, gain: float) -> float:
    """Mean square gain of a gradient through one layer (Schoenholz et al. 2017, eq. 10).

    chi = sigma_w^2 E[phi'(sqrt(q) g)^2]; below 1 gradients vanish, above 1 they explode.
    q = 0 is the limit of small q, as at the fixed point of a net whose signal dies out.
    """
    return gain * phi.moments(0.0, max(q, _VANISHING)).slope_second


def delta_ratio(phi: Activation, q: float, gain: float) -> float:
    """||delta^l|| / ||delta^(l+1)|| = sqrt(chi), with delta = dL/dz and gain = fan_in Var[W^(l+1)].

    For unequal widths this is the ratio of norms, not of one unit's delta, which would take fan_out.
    """
    return sqrt(chi(phi, q, gain))


def weight_gradient_ratio(
    phi: Activation, q: float, gain: float, bias_variance: float = 0.0
) -> float:
    """||dL/dW^l|| / ||dL/dW^(l+1)|| of one sample, sqrt(chi q / q').

    As ||dL/dW^l|| = ||a^(l-1)|| ||delta^l||, a signal that shrinks upwards hides a gradient that
    shrinks downwards (Glorot and Bengio 2010, eq. 14). Without biases ||a||^2 goes with q'.
    """
    q = max(q, _VANISHING)
    below = (q - bias_variance) / (q_map(phi, q, gain, bias_variance) - bias_variance)
    return sqrt(chi(phi, q, gain) * below)


def fixed_point(
    phi: Activation, gain: float, bias_variance: float = 0.0, *, start: float = 1.0
) -> float:
    """The variance q* = q_map(q*) that layers settle at from `start`; 0.0 and inf included."""

    def growth(logarithm: float) -> float:
        q = exp(logarithm)
        return q_map(phi, q, gain, bias_variance) / q - 1

    here = log(start)
    rate = growth(here)
    # Scale-free activations keep any variance: the map's slope is exactly 1.
    if abs(rate) < 1e-9:
        return start
    step = log(2.0) if rate > 0 else -log(2.0)
    while log(_VANISHING) < here < log(_EXPLODING):
        if growth(here + step) * rate <= 0:
            return exp(root_scalar(growth, bracket=(here, here + step), xtol=1e-12).root)
        here += step
    return inf if rate > 0 else 0.0


def gradient_depth(phi: Activation, q: float, gain: float) -> float:
    """xi_grad = 1 / |ln chi|: layers over which ||delta||^2 changes by e (Schoenholz et al. 2017)."""
    return _depth(chi(phi, q, gain))


def variance_depth(phi: Activation, q: float, gain: float, bias_variance: float = 0.0) -> float:
    """xi_q = 1 / |ln dq'/dq| at a fixed point q (Schoenholz et al. 2017, eq. 8)."""
    h = 1e-4 * q
    upper, lower = (q_map(phi, q + side, gain, bias_variance) for side in (h, -h))
    return _depth(abs(upper - lower) / (2 * h))


def correlation_depth(phi: Activation, q: float, gain: float, bias_variance: float = 0.0) -> float:
    """xi_c = 1 / |ln chi_c|, the layers through which two inputs stay distinguishable.

    chi_c = sigma_w^2 E[phi'(u1) phi'(u2)] at the stable correlation c* of u1 and u2, which is 1 if
    chi <= 1 (Schoenholz et al. 2017, eq. 9). Product Gauss-Hermite rule of 101 x 101 nodes.

    Args:
        phi: the activation.
        q: the fixed point.
        gain: sigma_w^2.
        bias_variance: sigma_b^2.
    """
    slope = chi(phi, q, gain)
    if slope <= 1.0:
        return _depth(slope)
    g, weights = np.polynomial.hermite_e.hermegauss(101)
    weights = weights / weights.sum()

    def pair(f: np.ndarray, function, c: float) -> float:
        second = function(sqrt(q) * (c * g[:, None] + sqrt(1 - c**2) * g))
        return gain * float(weights @ (f[:, None] * second) @ weights)

    value = phi.value(sqrt(q) * g)
    # The stable c* lies where the map crosses the diagonal below its unstable end at 1.
    low, high = 0.0, 1.0 - 1e-6
    for _ in range(40):
        middle = (low + high) / 2
        if pair(value, phi.value, middle) + bias_variance > middle * q:
            low = middle
        else:
            high = middle
    return _depth(pair(phi.slope(sqrt(q) * g), phi.slope, low))


def _depth(factor: float) -> float:
    if factor == 0.0:
        return 0.0
    return inf if factor == 1.0 else 1 / abs(log(factor))
