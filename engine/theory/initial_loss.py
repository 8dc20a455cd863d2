"""What the loss should be before the first step."""

from __future__ import annotations

from collections.abc import Callable
from math import log, pi, sqrt
from typing import Any

import numpy as np
from scipy.special import erf

from .activations import activation
from .formulas import look_up

_LARGEST_DEVIATION = 30.0
"""Beyond this many units a log-sum-exp is a maximum, which is proportional to the deviation."""


def expected_initial_loss(
    loss: str | dict[str, Any],
    *,
    logit_variance: float = 0.0,
    classes: int | None = None,
    targets: np.ndarray | None = None,
) -> float:
    """Mean loss of a network whose outputs are N(0, logit_variance), independent of the targets.

    Args:
        loss: a Keras loss as a preset spells it.
        logit_variance: variance of the values before the output activation, as `predict` gives it.
        classes: number of classes, for the categorical losses.
        targets: regression targets of any shape, for the regression losses.

    Raises:
        NoFormula: a loss without a formula here.
    """
    formula, arguments = look_up(_FORMULAS, loss, "loss")
    return formula(logit_variance, classes, targets, **arguments)


def categorical_crossentropy(classes: int, logit_variance: float) -> float:
    """E[ln sum_c exp(z_c)]: ln C for small logits, and the mean of the largest logit for large ones.

    From ln S = int (exp(-t) - exp(-t S)) dt / t with t = e^s and independent logits:
    int exp(-e^s) - E[exp(-e^(s+z))]^C ds.
    """
    deviation = sqrt(logit_variance)
    if deviation == 0.0:
        return log(classes)
    if deviation > _LARGEST_DEVIATION:
        capped = categorical_crossentropy(classes, _LARGEST_DEVIATION**2)
        return capped * deviation / _LARGEST_DEVIATION
    step = 0.25
    fine = min(step, deviation / 8)
    z = np.arange(-8 * deviation - fine, 8 * deviation + 2 * fine, fine)
    density = np.exp(-0.5 * (z / deviation) ** 2)
    density /= density.sum()
    s = np.arange(-z[-1] - log(classes) - 40, z[-1] + 5, step)
    survival = np.array([density @ np.exp(-np.exp(np.minimum(z + shift, 50))) for shift in s])
    return float(step * np.sum(np.exp(-np.exp(np.minimum(s, 50))) - survival**classes))


def binary_crossentropy(logit_variance: float) -> float:
    """E[softplus(z)]: ln 2 for small logits; the target's term has mean zero."""
    return activation("softplus").moments(0.0, logit_variance).mean


def mean_squared_error(targets: np.ndarray, output_variance: float) -> float:
    """E[y^2] + Var[z]."""
    return float(np.mean(np.square(targets, dtype=np.float64))) + output_variance


def mean_absolute_error(targets: np.ndarray, output_variance: float) -> float:
    """E|y - z|, the mean of a folded normal for each target."""
    y = np.abs(np.asarray(targets, np.float64))
    if output_variance == 0.0:
        return float(y.mean())
    ratio = y / sqrt(output_variance)
    folded = sqrt(2 / pi) * np.exp(-(ratio**2) / 2) + ratio * erf(ratio / sqrt(2))
    return sqrt(output_variance) * float(folded.mean())


def huber(targets: np.ndarray, output_variance: float, delta: float = 1.0) -> float:
    """E[h(y - z)] with h(e) = e^2 / 2 up to delta and delta |e| - delta^2 / 2 beyond (Huber 1964).

    Gauss-Hermite rule of 64 nodes over z.
    """
    g, weights = np.polynomial.hermite_e.hermegauss(64)
    error = np.abs(np.asarray(targets, np.float64).reshape(-1, 1) - sqrt(output_variance) * g)
    value = np.where(error <= delta, error**2 / 2, delta * (error - delta / 2))
    return float(np.mean(value @ (weights / weights.sum())))


def _categorical(variance: float, classes: int, targets: Any, **_: Any) -> float:
    return categorical_crossentropy(classes, variance)


_FORMULAS: dict[str, Callable[..., float]] = {
    "categorical_crossentropy": _categorical,
    "sparse_categorical_crossentropy": _categorical,
    "binary_crossentropy": lambda variance, classes, targets, **_: binary_crossentropy(variance),
    "mean_squared_error": lambda variance, classes, targets: mean_squared_error(targets, variance),
    "mean_absolute_error": lambda variance, classes, targets: mean_absolute_error(
        targets, variance
    ),
    "huber": lambda variance, classes, targets, **given: huber(targets, variance, **given),
}
