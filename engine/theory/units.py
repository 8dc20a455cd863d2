"""Activation functions as mean field sees them: value, derivative, and moments under a Gaussian."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from math import exp, inf, nan, sqrt

import numpy as np
from scipy.special import ndtr

from .gaussian import Moments, exponential_below, gaussian_nodes, truncated_moments

LARGEST = 1e140
"""Stands in for larger moments, far beyond float32, so that products of two stay in float64."""


class Activation(ABC):
    """An elementwise activation phi.

    Attributes:
        saturation_point: |z| beyond which a bounded phi is saturated; None if it is unbounded.
    """

    saturation_point: float | None = None

    @abstractmethod
    def value(self, z: np.ndarray) -> np.ndarray:
        """phi(z), elementwise."""

    @abstractmethod
    def slope(self, z: np.ndarray) -> np.ndarray:
        """phi'(z), elementwise, as automatic differentiation gives it at kinks and jumps."""

    @abstractmethod
    def integrate(self, mean: float, variance: float) -> Moments:
        """Moments of phi(u) and phi'(u) for u ~ N(mean, variance), variance > 0."""

    def moments(self, mean: float, variance: float) -> Moments:
        """Moments of phi(u) and phi'(u) for u ~ N(mean, variance); variance 0 is the point."""
        if variance > 0.0:
            return self.integrate(mean, variance)
        value, slope = (float(f(np.array([mean]))[0]) for f in (self.value, self.slope))
        return Moments(value, value**2, slope, slope**2, slope**4)

    def saturated_share(self, mean: float, variance: float) -> float:
        """P(|u| > saturation point) for u ~ N(mean, variance); nan if phi is unbounded."""
        if self.saturation_point is None:
            return nan
        if variance <= 0.0:
            return float(abs(mean) > self.saturation_point)
        deviation = sqrt(variance)
        below = ndtr((-self.saturation_point - mean) / deviation)
        return float(below + ndtr((mean - self.saturation_point) / deviation))


@dataclass(frozen=True)
class Smooth(Activation):
    """A phi without a closed form; its moments are sums over Gaussian nodes.

    Attributes:
        function: phi.
        derivative: phi'.
        kinks: points where phi' is not smooth.
        saturation_point: see Activation.
    """

    function: Callable[[np.ndarray], np.ndarray]
    derivative: Callable[[np.ndarray], np.ndarray]
    kinks: tuple[float, ...] = ()
    saturation_point: float | None = None

    def value(self, z: np.ndarray) -> np.ndarray:
        return self.function(z)

    def slope(self, z: np.ndarray) -> np.ndarray:
        return self.derivative(z)

    def integrate(self, mean: float, variance: float) -> Moments:
        z, weights = gaussian_nodes(mean, variance, self.kinks)
        value, slope = self.function(z), self.derivative(z)
        powers = (value, value**2, slope, slope**2, slope**4)
        return Moments(*(float(weights @ power) for power in powers))


@dataclass(frozen=True)
class PiecewiseLinear(Activation):
    """phi(z) = slope_k z + intercept_k between kinks; closed form by truncated moments.

    Attributes:
        kinks: `[n]`, rising.
        slopes: `[n + 1]`.
        intercepts: `[n + 1]`.
        saturation_point: see Activation.
        scatter: variance of each slope where it is drawn anew for every unit and sample (RReLU).
    """

    kinks: tuple[float, ...]
    slopes: tuple[float, ...]
    intercepts: tuple[float, ...]
    saturation_point: float | None = None
    scatter: tuple[float, ...] = field(default=(0.0,))

    def value(self, z: np.ndarray) -> np.ndarray:
        piece = np.searchsorted(self.kinks, z)
        return np.array(self.slopes)[piece] * z + np.array(self.intercepts)[piece]

    def slope(self, z: np.ndarray) -> np.ndarray:
        return np.array(self.slopes)[np.searchsorted(self.kinks, z)]

    def integrate(self, mean: float, variance: float) -> Moments:
        s, c = np.array(self.slopes), np.array(self.intercepts)
        squared = s**2 + np.array(self.scatter)
        edges = np.array([-inf, *self.kinks, inf])
        zeroth, first, second = truncated_moments(mean, variance, edges)
        return Moments(
            mean=float(s @ first + c @ zeroth),
            second=float(squared @ second + 2 * (s * c) @ first + c**2 @ zeroth),
            slope=float(s @ zeroth),
            slope_second=float(squared @ zeroth),
            slope_fourth=float(squared**2 @ zeroth),
        )


@dataclass(frozen=True)
class ExponentialLinear(Activation):
    """phi(z) = scale z for z > 0, scale alpha (exp(rate z) - 1) below: ELU, SELU, CELU.

    Closed form by E[exp(k u) (u < 0)], as in Klambauer et al. 2017, appendix A.
    """

    scale: float = 1.0
    alpha: float = 1.0
    rate: float = 1.0

    def value(self, z: np.ndarray) -> np.ndarray:
        return self.scale * np.where(z > 0, z, self.alpha * np.expm1(self.rate * np.minimum(z, 0)))

    def slope(self, z: np.ndarray) -> np.ndarray:
        below = self.alpha * self.rate * np.exp(self.rate * np.minimum(z, 0))
        return self.scale * np.where(z > 0, 1.0, below)

    def integrate(self, mean: float, variance: float) -> Moments:
        edges = np.array([-inf, 0.0, inf])
        zeroth, first, second = truncated_moments(mean, variance, edges)
        below, above = float(zeroth[0]), float(zeroth[1])
        e1, e2, e4 = (exponential_below(k * self.rate, mean, variance) for k in (1, 2, 4))
        s, alpha, steep = self.scale, self.alpha, self.alpha * self.rate
        return Moments(
            mean=s * (float(first[1]) + alpha * (e1 - below)),
            second=s**2 * (float(second[1]) + alpha**2 * (e2 - 2 * e1 + below)),
            slope=s * (above + steep * e1),
            slope_second=s**2 * (above + steep**2 * e2),
            slope_fourth=s**4 * (above + steep**4 * e4),
        )


@dataclass(frozen=True)
class Exponential(Activation):
    """phi(z) = exp(z), with E[exp(k u)] = exp(k mean + k^2 variance / 2)."""

    def value(self, z: np.ndarray) -> np.ndarray:
        return np.exp(z)

    def slope(self, z: np.ndarray) -> np.ndarray:
        return np.exp(z)

    def integrate(self, mean: float, variance: float) -> Moments:
        e1, e2, e4 = (exp(min(k * mean + k**2 * variance / 2, np.log(LARGEST))) for k in (1, 2, 4))
        return Moments(e1, e2, e1, e2, e4)
