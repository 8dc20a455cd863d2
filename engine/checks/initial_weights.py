"""The weights before training: what the initializer prescribes, and what it drew."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod, sqrt
from typing import Any

import keras
import numpy as np

from ..measuring.sites import Site
from ..theory.formulas import NoFormula
from ..theory.kernels import kernel_moments


@dataclass(frozen=True)
class InitialWeights:
    """One kernel before training.

    Attributes:
        fan_in: inputs that feed one unit.
        fan_out: units that one input feeds.
        prescribed_std: standard deviation that the initializer prescribes; None where it has no formula.
        limit: r of a uniform distribution over [-r, r] around its mean; None for others.
        drawn_mean: mean of the weights.
        drawn_std: their standard deviation.
    """

    fan_in: int
    fan_out: int
    prescribed_std: float | None
    limit: float | None
    drawn_mean: float
    drawn_std: float


def initial_weights(site: Site) -> InitialWeights:
    """What a layer's kernel was drawn from; fans as Keras counts them (Glorot and Bengio 2010)."""
    kernel = np.asarray(site.kernel.value, np.float64)
    field = prod(kernel.shape[:-2])
    fan_in, fan_out = field * kernel.shape[-2], field * kernel.shape[-1]
    holder = getattr(site.layer, "cell", site.layer)
    initializer = getattr(holder, "kernel_initializer", None)
    deviation = _prescribed(initializer, fan_in, fan_out)
    uniform = deviation is not None and "Uniform" in type(initializer).__name__
    return InitialWeights(
        fan_in=fan_in,
        fan_out=fan_out,
        prescribed_std=deviation,
        limit=sqrt(3) * deviation if uniform and deviation is not None else None,
        drawn_mean=float(kernel.mean()),
        drawn_std=float(kernel.std()),
    )


def _prescribed(initializer: Any, fan_in: int, fan_out: int) -> float | None:
    try:
        known: Any = keras.initializers.serialize(initializer)
        spec = {"class_name": known["class_name"], "config": known["config"]}
        return sqrt(kernel_moments(spec, fan_in, fan_out).variance)
    except (NoFormula, TypeError, KeyError):
        return None
