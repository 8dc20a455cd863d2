"""Integrals against a Gaussian density."""

from __future__ import annotations

from math import exp, sqrt
from typing import NamedTuple

import numpy as np
from scipy.special import erfcx, ndtr

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(24)

_SPLITS = np.array([0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0])
"""Where the integrand's own scale may need finer nodes than the Gaussian's, in units of z."""

_DEVIATIONS = np.array([0.0, 1.5, 3.0, 6.0, 10.0])
"""The same in standard deviations; the mass beyond the last one is below 1e-22."""


class Moments(NamedTuple):
    """Moments of an activation phi under a Gaussian pre-activation u.

    Attributes:
        mean: E[phi(u)].
        second: E[phi(u)^2].
        slope: E[phi'(u)].
        slope_second: E[phi'(u)^2], the factor of chi.
        slope_fourth: E[phi'(u)^4], which sets how much single networks scatter.
    """

    mean: float
    second: float
    slope: float
    slope_second: float
    slope_fourth: float

    @property
    def variance(self) -> float:
        """Var[phi(u)]."""
        return max(self.second - self.mean**2, 0.0)


def gaussian_nodes(
    mean: float, variance: float, kinks: tuple[float, ...] = ()
) -> tuple[np.ndarray, np.ndarray]:
    """Nodes z `[n]` and weights `[n]` with `E[f(u)] = weights @ f(z)` for u ~ N(mean, variance).

    Composite Gauss-Legendre rather than one Gauss-Hermite rule: it takes kinks as interval ends,
    and it still sees the narrow peak of tanh' when the variance is in the hundreds.
    """
    deviation = sqrt(variance)
    reach = _DEVIATIONS[-1] * deviation
    points = np.concatenate([
        mean + deviation * _DEVIATIONS, mean - deviation * _DEVIATIONS, _SPLITS, -_SPLITS, kinks,
    ])  # fmt: skip
    edges = np.unique(np.clip(points, mean - reach, mean + reach))
    half = np.diff(edges)[:, None] / 2
    z = (edges[:-1, None] + half + half * _NODES).ravel()
    density = np.exp(-0.5 * ((z - mean) / deviation) ** 2) / (deviation * sqrt(2 * np.pi))
    return z, (half * _WEIGHTS).ravel() * density


def truncated_moments(
    mean: float, variance: float, edges: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """E[1 (a<u<b)], E[u (a<u<b)] and E[u^2 (a<u<b)] for u ~ N(mean, variance).

    Args:
        mean: of u.
        variance: of u, positive.
        edges: `[n + 1]` ends of the n intervals, rising, infinities allowed.

    Returns:
        Three arrays `[n]`.
    """
    deviation = sqrt(variance)
    t = (edges - mean) / deviation
    density = np.exp(-0.5 * t**2) / sqrt(2 * np.pi)
    # t * density is inf * 0 at the outer ends, where its limit is 0.
    weighted = np.where(np.isfinite(t), np.where(np.isfinite(t), t, 0.0) * density, 0.0)
    # Differences on the side of the smaller tail keep their digits.
    zeroth = np.where(t[:-1] > 0, ndtr(-t[:-1]) - ndtr(-t[1:]), ndtr(t[1:]) - ndtr(t[:-1]))
    first = -np.diff(density)
    second = zeroth - np.diff(weighted)
    return (
        zeroth,
        mean * zeroth + deviation * first,
        mean**2 * zeroth + 2 * mean * deviation * first + variance * second,
    )


def exponential_below(rate: float, mean: float, variance: float) -> float:
    """E[exp(rate u) (u < 0)] = exp(rate mean + rate^2 variance / 2) Phi(-t) for rate > 0.

    Here t = (mean + rate variance) / sigma; the scaled complement of erf holds the product
    together where its factors overflow.
    """
    deviation = sqrt(variance)
    t = mean / deviation + rate * deviation
    if t > 0:
        return 0.5 * float(erfcx(t / sqrt(2))) * exp(-0.5 * (mean / deviation) ** 2)
    return exp(rate * (mean + rate * variance / 2)) * float(ndtr(-t))
