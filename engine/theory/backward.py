"""The gradient on its way down, in mean squares."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf, log

import numpy as np

from .forward import Layer
from .units import LARGEST


def log_delta_profile(layers: Sequence[Layer]) -> np.ndarray:
    """Expected ln ||delta^l|| - ln ||delta^top|| of each layer, delta = dL/dz.

    With g the gradient of what a layer passes on, t = W^T delta that of what feeds it:

        ||delta||^2 = E[phi'^2] ||g||^2 / (keep normalizer)
        ||t||^2     = n (Var[W] ||delta||^2 + E[W]^2 (sum delta)^2)
        g below     = t, and the gradient through the shortcut on top of it

    (Schoenholz et al. 2017 for the plain net; Yang and Schoenholz 2017, Mean field residual
    networks; Yang et al. 2019 for the division by the batch's standard deviation, here in the limit
    of a large batch of full rank.) The sum of delta matters for kernels of mean other than zero.

    Args:
        layers: the hidden layers, then the output layer, whose delta is a random cotangent.

    Returns:
        `[layers]`; the last one is 0, and -inf stands for no gradient at all.
    """
    profile = np.full(len(layers), -inf)
    profile[-1] = scale = 0.0
    square, common = _through(layers[-1], 1.0, 1.0)
    for index in range(len(layers) - 2, -1, -1):
        layer = layers[index]
        moments = layer.moments
        factor = 1 / (layer.keep * layer.normalizer)
        delta = min(moments.slope_second * square * factor, LARGEST)
        # phi' scatters around its mean, which leaves only E[phi'] of a common part.
        spread = max(moments.slope_second - moments.slope**2, 0.0)
        total = (moments.slope**2 * common + spread * square) * factor
        if delta == 0.0:
            break
        # Deep profiles leave the range of float64, so each step starts from norm 1.
        scale += 0.5 * log(delta)
        profile[index] = scale
        below, below_common = _through(layer, 1.0, total / delta)
        square = below + layer.shortcut * square / delta
        common = below_common + layer.shortcut * common / delta
    return profile


def _through(layer: Layer, square: float, total: float) -> tuple[float, float]:
    """||t||^2 and (sum t)^2 for t = W^T delta, from ||delta||^2 and (sum delta)^2."""
    n, mean = layer.fan_in, layer.kernel.mean
    random = layer.kernel.gain(n) * square
    return random + n * mean**2 * total, random + (n * mean) ** 2 * total
