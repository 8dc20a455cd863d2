"""Mean and variance of the weights that each Keras initializer draws."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .formulas import look_up

TRUNCATED_STDDEV = 0.87962566103423978
"""Standard deviation of a standard normal cut off at two sigma."""


@dataclass(frozen=True)
class KernelMoments:
    """First two moments of a kernel's entries.

    Attributes:
        mean: E[W].
        variance: Var[W].
        reliable: whether the entries are independent enough, and centred, for mean field to hold.
        note: why not, if not.
        orthogonal: whether the kernel turns a vector without changing its length, but for a gain.
    """

    mean: float
    variance: float
    reliable: bool = True
    note: str = ""
    orthogonal: bool = False

    def gain(self, fan_in: int) -> float:
        """sigma_w^2 = fan_in Var[W] (Poole et al. 2016)."""
        return fan_in * self.variance


def kernel_moments(
    initializer: str | dict[str, Any], fan_in: int, fan_out: int, *, linear: bool = False
) -> KernelMoments:
    """Moments of a `[fan_in, fan_out]` kernel; a bias of n units is a kernel of n by n here.

    A mean other than zero adds the rank-one matrix `mean 1 1^T`, whose gain `fan_in * mean` does
    not average out over units: the prediction then treats it separately and is only a guide.

    Args:
        initializer: a Keras initializer as a preset spells it.
        fan_in: rows of the kernel.
        fan_out: columns of the kernel.
        linear: whether the activation is linear, where `identity` is exact rather than a guide.

    Raises:
        NoFormula: an initializer that is not a distribution of independent weights (stft).
    """
    rule, arguments = look_up(INITIALIZERS, initializer, "initializer")
    mean, variance = rule(fan_in, fan_out, **arguments)
    if rule is _identity and not linear:
        note = "identity weights do not mix the units, so pre-activations are not Gaussian"
        return KernelMoments(mean, variance, False, note)
    # Below a hundredth of the random part the rank-one part cannot be seen in a delta ratio.
    if fan_in * mean**2 > 0.01 * variance:
        note = f"weights of mean {mean:.3g} add a rank-one part of gain {fan_in * mean:.3g}"
        return KernelMoments(mean, variance, False, note)
    if variance == 0.0:
        return KernelMoments(mean, variance, note="zero weights pass neither signal nor gradient")
    return KernelMoments(mean, variance, orthogonal=rule in (_orthogonal, _identity))


def _variance_scaling(
    fan_in: int,
    fan_out: int,
    scale: float = 1.0,
    mode: str = "fan_in",
    distribution: str = "truncated_normal",
) -> tuple[float, float]:
    """Var = scale / fan for every distribution: Keras corrects the truncated one."""
    fans = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}
    return 0.0, scale / fans[mode]


def _glorot(fan_in: int, fan_out: int) -> tuple[float, float]:
    """Var = 2 / (fan_in + fan_out) (Glorot and Bengio 2010)."""
    return _variance_scaling(fan_in, fan_out, mode="fan_avg")


def _he(fan_in: int, fan_out: int) -> tuple[float, float]:
    """Var = 2 / fan_in (He et al. 2015)."""
    return _variance_scaling(fan_in, fan_out, scale=2.0)


def _lecun(fan_in: int, fan_out: int) -> tuple[float, float]:
    """Var = 1 / fan_in (LeCun et al. 1998)."""
    return _variance_scaling(fan_in, fan_out)


def _random_normal(
    fan_in: int, fan_out: int, mean: float = 0.0, stddev: float = 0.05
) -> tuple[float, float]:
    return mean, stddev**2


def _truncated_normal(
    fan_in: int, fan_out: int, mean: float = 0.0, stddev: float = 0.05
) -> tuple[float, float]:
    """Unlike variance_scaling, Keras leaves the variance lost by truncation uncorrected here."""
    return mean, (TRUNCATED_STDDEV * stddev) ** 2


def _random_uniform(
    fan_in: int, fan_out: int, minval: float = -0.05, maxval: float = 0.05
) -> tuple[float, float]:
    return (minval + maxval) / 2, (maxval - minval) ** 2 / 12


def _orthogonal(fan_in: int, fan_out: int, gain: float = 1.0) -> tuple[float, float]:
    """||W||_F^2 = gain^2 min(fan_in, fan_out), spread over all entries (Saxe et al. 2013)."""
    return 0.0, gain**2 / max(fan_in, fan_out)


def _identity(fan_in: int, fan_out: int, gain: float = 1.0) -> tuple[float, float]:
    """The same Frobenius norm as an orthogonal kernel."""
    return _orthogonal(fan_in, fan_out, gain)


def _constant(fan_in: int, fan_out: int, value: float = 0.0) -> tuple[float, float]:
    return value, 0.0


def _ones(fan_in: int, fan_out: int) -> tuple[float, float]:
    return 1.0, 0.0


INITIALIZERS = {
    "glorot_uniform": _glorot,
    "glorot_normal": _glorot,
    "he_uniform": _he,
    "he_normal": _he,
    "lecun_uniform": _lecun,
    "lecun_normal": _lecun,
    "variance_scaling": _variance_scaling,
    "random_normal": _random_normal,
    "random_uniform": _random_uniform,
    "truncated_normal": _truncated_normal,
    "orthogonal": _orthogonal,
    "identity": _identity,
    "constant": _constant,
    "zeros": _constant,
    "ones": _ones,
}
"""(E[W], Var[W]) of each Keras initializer, by name, from (fan_in, fan_out, arguments)."""
