"""Every elementwise activation of Keras 3, by name.

Softmax, log_softmax, sparsemax and glu mix units and so have no place in mean field.
"""

from __future__ import annotations

from math import atanh, sqrt
from typing import Any

import numpy as np
from scipy.special import erf, expit, log_expit

from .formulas import look_up
from .kernels import kernel_moments
from .units import Activation, Exponential, ExponentialLinear, PiecewiseLinear, Smooth

SATURATION = sqrt(0.95)
"""|a|, rescaled to [-1, 1], beyond which tanh and sigmoid keep under 5 % of their largest slope."""


def activation(spec: str | dict[str, Any]) -> Activation:
    """The activation that a preset names.

    Raises:
        NoFormula: not an elementwise activation of Keras.
    """
    build, arguments = look_up(ACTIVATIONS, spec, "activation")
    return build(**arguments)


def _linear() -> Activation:
    return PiecewiseLinear((), (1.0,), (0.0,))


def _relu(
    negative_slope: float = 0.0, max_value: float | None = None, threshold: float = 0.0
) -> Activation:
    """Nair and Hinton 2010; He et al. 2015 for its 1/2 in mean field."""
    slopes, intercepts = (negative_slope, 1.0), (-negative_slope * threshold, 0.0)
    if max_value is None:
        return PiecewiseLinear((threshold,), slopes, intercepts)
    return PiecewiseLinear((threshold, max_value), (*slopes, 0.0), (*intercepts, max_value))


def _relu6() -> Activation:
    return _relu(max_value=6.0)


def _leaky_relu(negative_slope: float = 0.2) -> Activation:
    """Maas et al. 2013."""
    return _relu(negative_slope=negative_slope)


def _prelu(alpha_initializer: str | dict[str, Any] = "zeros", **_: Any) -> Activation:
    """He et al. 2015, with the slope it starts from."""
    return _relu(negative_slope=kernel_moments(alpha_initializer, 1, 1).mean)


def _rrelu(lower: float = 1 / 8, upper: float = 1 / 3) -> Activation:
    """Xu et al. 2015: in training the negative slope is uniform in [lower, upper]."""
    spread = (upper - lower) ** 2 / 12
    return PiecewiseLinear((0.0,), ((lower + upper) / 2, 1.0), (0.0, 0.0), scatter=(spread, 0.0))


def _elu(alpha: float = 1.0) -> Activation:
    """Clevert et al. 2016."""
    return ExponentialLinear(alpha=alpha)


def _selu() -> Activation:
    """Klambauer et al. 2017: E phi = 0 and E phi^2 = 1 at variance 1."""
    return ExponentialLinear(scale=1.0507009873554805, alpha=1.6732632423543772)


def _celu(alpha: float = 1.0) -> Activation:
    """Barron 2017."""
    return ExponentialLinear(alpha=alpha, rate=1 / alpha)


def _clip(limit: float, low: float, high: float) -> Activation:
    """A line from low at -limit to high at +limit, flat outside."""
    slope = (high - low) / (2 * limit)
    return PiecewiseLinear(
        (-limit, limit), (0.0, slope, 0.0), (low, (low + high) / 2, high), SATURATION * limit
    )


def _soft_shrink(threshold: float = 0.5) -> Activation:
    return PiecewiseLinear((-threshold, threshold), (1.0, 0.0, 1.0), (threshold, 0.0, -threshold))


def _hard_shrink(threshold: float = 0.5) -> Activation:
    return PiecewiseLinear((-threshold, threshold), (1.0, 0.0, 1.0), (0.0, 0.0, 0.0))


def _threshold(threshold: float, default_value: float) -> Activation:
    return PiecewiseLinear((threshold,), (0.0, 1.0), (default_value, 0.0))


def _tanh() -> Activation:
    return Smooth(np.tanh, lambda z: 1 - np.tanh(z) ** 2, (), atanh(SATURATION))


def _sigmoid() -> Activation:
    return Smooth(expit, lambda z: expit(z) * expit(-z), (), 2 * atanh(SATURATION))


def _softsign() -> Activation:
    """Glorot and Bengio 2010."""
    return Smooth(
        lambda z: z / (1 + abs(z)),
        lambda z: (1 + abs(z)) ** -2.0,
        (0.0,),
        SATURATION / (1 - SATURATION),
    )


def _softplus() -> Activation:
    return Smooth(lambda z: np.logaddexp(0, z), expit)


def _log_sigmoid() -> Activation:
    return Smooth(log_expit, lambda z: expit(-z))


def _silu() -> Activation:
    """Ramachandran et al. 2017."""
    return Smooth(lambda z: z * expit(z), lambda z: expit(z) * (1 + z * expit(-z)))


def _hard_silu() -> Activation:
    """Howard et al. 2019."""
    return Smooth(
        lambda z: z * np.clip(z + 3, 0, 6) / 6,
        lambda z: np.where(abs(z) < 3, (2 * z + 3) / 6, np.where(z < 0, 0.0, 1.0)),
        (-3.0, 3.0),
    )


def _gelu(approximate: bool = False) -> Activation:
    """Hendrycks and Gimpel 2016."""
    if not approximate:
        return Smooth(
            lambda z: 0.5 * z * (1 + erf(z / sqrt(2))),
            lambda z: 0.5 * (1 + erf(z / sqrt(2))) + z * np.exp(-(z**2) / 2) / sqrt(2 * np.pi),
        )

    def inner(z: np.ndarray) -> np.ndarray:
        return np.tanh(sqrt(2 / np.pi) * (z + 0.044715 * z**3))

    return Smooth(
        lambda z: 0.5 * z * (1 + inner(z)),
        lambda z: (
            0.5 * (1 + inner(z))
            + 0.5 * z * (1 - inner(z) ** 2) * sqrt(2 / np.pi) * (1 + 0.134145 * z**2)
        ),
    )


def _mish() -> Activation:
    """Misra 2019."""

    def gate(z: np.ndarray) -> np.ndarray:
        return np.tanh(np.logaddexp(0, z))

    return Smooth(lambda z: z * gate(z), lambda z: gate(z) + z * (1 - gate(z) ** 2) * expit(z))


def _tanh_shrink() -> Activation:
    return Smooth(lambda z: z - np.tanh(z), lambda z: np.tanh(z) ** 2)


def _squareplus(b: float = 4.0) -> Activation:
    """Barron 2021."""
    return Smooth(lambda z: (z + np.sqrt(z**2 + b)) / 2, lambda z: (1 + z / np.sqrt(z**2 + b)) / 2)


def _sparse_plus() -> Activation:
    return Smooth(
        lambda z: np.where(abs(z) < 1, (z + 1) ** 2 / 4, np.maximum(z, 0)),
        lambda z: np.clip((z + 1) / 2, 0, 1),
        (-1.0, 1.0),
    )


ACTIVATIONS = {
    "linear": _linear,
    "relu": _relu,
    "relu6": _relu6,
    "leaky_relu": _leaky_relu,
    "prelu": _prelu,
    "rrelu": _rrelu,
    "elu": _elu,
    "selu": _selu,
    "celu": _celu,
    "exponential": Exponential,
    "tanh": _tanh,
    "sigmoid": _sigmoid,
    "hard_tanh": lambda: _clip(1.0, -1.0, 1.0),
    "hard_sigmoid": lambda: _clip(3.0, 0.0, 1.0),
    "sparse_sigmoid": lambda: _clip(1.0, 0.0, 1.0),
    "softsign": _softsign,
    "softplus": _softplus,
    "log_sigmoid": _log_sigmoid,
    "silu": _silu,
    "swish": _silu,
    "hard_silu": _hard_silu,
    "hard_swish": _hard_silu,
    "gelu": _gelu,
    "mish": _mish,
    "tanh_shrink": _tanh_shrink,
    "soft_shrink": _soft_shrink,
    "hard_shrink": _hard_shrink,
    "threshold": _threshold,
    "squareplus": _squareplus,
    "sparse_plus": _sparse_plus,
}
"""A builder for each activation, by Keras' name; its parameters are Keras' arguments."""
