"""The signal on its way up: means and mean squares through the layers of an mlp."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np

from ..preset.schema import MlpSettings
from .activations import activation
from .gaussian import Moments
from .kernels import KernelMoments, kernel_moments
from .units import LARGEST, Activation, PiecewiseLinear

BATCH_NORM_EPSILON = 1e-3
"""Keras' default, added to the variance of the batch."""


@dataclass(frozen=True)
class Signal:
    """What feeds a kernel, averaged over samples and units.

    Attributes:
        mean: E[h].
        second: E[h^2].
        batch_variance: Var[h] of one unit over samples, averaged over units. Only batch
            normalization tells it from the variance over units.
    """

    mean: float
    second: float
    batch_variance: float

    def with_noise(self, deviation: float) -> Signal:
        """Additive Gaussian noise."""
        extra = deviation**2
        return Signal(self.mean, self.second + extra, self.batch_variance + extra)

    def with_dropout(self, rate: float) -> Signal:
        """Inverted dropout in training: E[h^2] grows by 1 / (1 - rate) (Srivastava et al. 2014)."""
        second = self.second / (1 - rate)
        return Signal(self.mean, second, self.batch_variance + second - self.second)

    def normalized(self) -> Signal:
        """Batch normalization (Ioffe and Szegedy 2015), in the limit of a large batch."""
        variance = self.batch_variance / (self.batch_variance + BATCH_NORM_EPSILON)
        return Signal(0.0, variance, variance)

    def plus(self, branch: Signal) -> Signal:
        """A sum of two signals that are independent of each other but for their means."""
        return Signal(
            self.mean + branch.mean,
            self.second + 2 * self.mean * branch.mean + branch.second,
            self.batch_variance + branch.batch_variance,
        )

    def through(self, kernel: KernelMoments, fan_in: int) -> Signal:
        """W h, without a bias: mean over units, mean square over units, variance over samples.

        A kernel of mean mu lifts all units together by mu sum(h), which is
        mu sqrt((n E[h])^2 + n Var[h]) in size.
        """
        spread = max(self.second - self.mean**2, 0.0)
        mean = kernel.mean * sqrt((fan_in * self.mean) ** 2 + fan_in * spread)
        gain = kernel.gain(fan_in)
        variance = min(gain * self.second, LARGEST)
        return Signal(mean, mean**2 + variance, min(gain * self.batch_variance, LARGEST))


@dataclass(frozen=True)
class Layer:
    """One Dense layer with all that surrounds it.

    Attributes:
        units: of the layer.
        fan_in: units below.
        kernel: moments of its kernel.
        below: what feeds the kernel.
        mean: E[z] over units, z = W h + b.
        variance: Var[z] over units.
        moments: of its activation.
        saturated_share: units in saturation; nan if there is no such thing.
        normalizer: mean square that batch normalization divides by; 1 without it.
        keep: share of units that dropout leaves.
        shortcut: mean-square gain of a gradient through the shortcut: 1 for the identity,
            fan_in Var[W] for a projection, 0 without one.
    """

    units: int
    fan_in: int
    kernel: KernelMoments
    below: Signal
    mean: float
    variance: float
    moments: Moments
    saturated_share: float
    normalizer: float = 1.0
    keep: float = 1.0
    shortcut: float = 0.0


def forward(model: MlpSettings, widths: list[int], inputs: Signal, input_units: int) -> list[Layer]:
    """Follow the signal from the inputs to the output layer.

    Args:
        model: the network.
        widths: units of the hidden layers, then of the output layer.
        inputs: the data as they are.
        input_units: features of the data.

    Returns:
        The hidden layers and, last, the output layer with a linear activation.

    Raises:
        NoFormula: an activation or an initializer that mean field does not cover.
    """
    phi = activation(model.activation)
    signal = inputs.with_dropout(model.input_dropout).with_noise(model.noise.input)
    if model.input_normalization:
        signal = signal.normalized()
    layers: list[Layer] = []
    fan_in = input_units
    for index, units in enumerate(widths[:-1]):
        layer, branch = _hidden(model, phi, signal, fan_in, units, shortcut=index > 0)
        layers.append(layer)
        if layer.shortcut:
            straight = signal if fan_in == units else signal.through(layer.kernel, fan_in)
            branch = straight.plus(branch)
        signal, fan_in = branch, units
    layers.append(_output(model, signal, fan_in, widths[-1]))
    return layers


def _hidden(
    model: MlpSettings, phi: Activation, below: Signal, fan_in: int, units: int, *, shortcut: bool
) -> tuple[Layer, Signal]:
    kernel = kernel_moments(
        model.initializer, fan_in, units, linear=phi == PiecewiseLinear((), (1.0,), (0.0,))
    )
    z = below.through(kernel, fan_in)
    mean, variance = z.mean, z.second - z.mean**2
    if model.use_bias:
        bias = kernel_moments(model.bias_initializer, units, units)
        mean, variance = mean + bias.mean, variance + bias.variance
    normalizer = 1.0
    u_mean, u_variance = mean, variance
    if model.normalization == "before":
        normalizer = z.batch_variance + BATCH_NORM_EPSILON
        u_mean, u_variance = 0.0, z.batch_variance / normalizer
    u_variance = min(u_variance + model.noise.before**2, LARGEST)
    moments = phi.moments(u_mean, u_variance)
    batch = moments.variance
    if model.normalization != "none":
        # One unit sees the spread over samples only, around its own mean.
        over_batch = z.normalized() if model.normalization == "before" else z
        batch = phi.moments(u_mean, over_batch.batch_variance + model.noise.before**2).variance
    above = Signal(moments.mean, moments.second, batch)
    if model.normalization == "after":
        normalizer = batch + BATCH_NORM_EPSILON
        above = above.normalized()
    straight = 0.0
    if shortcut and model.residual:
        straight = 1.0 if fan_in == units else kernel.gain(fan_in)
    layer = Layer(
        units,
        fan_in,
        kernel,
        below,
        mean,
        variance,
        moments,
        phi.saturated_share(u_mean, u_variance),
        normalizer,
        1 - model.dropout,
        straight,
    )
    return layer, above.with_noise(model.noise.after).with_dropout(model.dropout)


def _output(model: MlpSettings, below: Signal, fan_in: int, units: int) -> Layer:
    kernel = kernel_moments(model.output_initializer, fan_in, units, linear=True)
    z = below.through(kernel, fan_in)
    moments = Moments(z.mean, z.second, 1.0, 1.0, 1.0)
    return Layer(units, fan_in, kernel, below, z.mean, z.second - z.mean**2, moments, np.nan)
