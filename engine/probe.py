"""The statistics of every layer at every step, computed inside the compiled step.

Norms are accumulated in float64: the square of a float32 leaves float32's range below 1e-19 and
above 1e19, and a vanished gradient must not read as zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf

from .capture import Call, Calls
from .events import STEP_SCALARS, WEIGHT_STATISTICS, Column
from .sites import Site

SATURATION = 0.95**0.5
"""A unit counts as saturated beyond this share of its range: tanh and sigmoid then have less than
5 % of their largest slope, since tanh' = 1 - a^2 and sigmoid' = (1 - (2a - 1)^2) / 4."""


def norm(tensor: Any) -> tf.Tensor:
    """Frobenius norm of a tensor of any shape, as float64 scalar."""
    return tf.sqrt(_sum_of_squares(tensor))


def ghost_norm(inputs: tf.Tensor, delta: tf.Tensor) -> tf.Tensor:
    """Norm of a Dense kernel's gradient without reading it, as float64 scalar.

    ||A^T D||_F^2 = sum((A A^T) * (D D^T)) (Goodfellow 2015, "Efficient per-example gradient
    computations"; Li et al. 2021, "Large language models can be strong differentially private
    learners", ghost clipping). Both factors are scaled by their largest element so that no square
    leaves float32's range.

    Args:
        inputs: A, [batch, fan_in].
        delta: D = dL/d(A W), [batch, units].
    """
    inputs, input_scale = _scaled(inputs)
    delta, delta_scale = _scaled(delta)
    gram = tf.matmul(inputs, inputs, transpose_b=True) * tf.matmul(delta, delta, transpose_b=True)
    total = tf.reduce_sum(tf.cast(gram, tf.float64))
    return tf.sqrt(tf.maximum(total, 0.0)) * input_scale * delta_scale


class StepProbe:
    """Which series a model's steps record, and how each is computed.

    Args:
        sites: the measured layers.
        clipped: whether gradients are clipped, so that norms after it are worth recording.
        batch_size: rows of a step; decides between ghost and direct norms.
    """

    def __init__(self, sites: Sequence[Site], *, clipped: bool, batch_size: int) -> None:
        self.sites = tuple(sites)
        self.clipped = clipped
        self._batch_size = batch_size
        self.columns = tuple(
            [Column("", name) for name in STEP_SCALARS]
            + [Column(site.info.name, s) for site in self.sites for s in self._statistics(site)]
        )
        self.weight_columns = tuple(
            Column(site.info.name, s) for site in self.sites for s in WEIGHT_STATISTICS
        )

    def deltas(self, calls: Calls) -> list[list[Any]]:
        """For each site, the tensors whose gradient is its delta."""
        return [[call.linear for call in calls.of(site.layer)] for site in self.sites]

    def measure(
        self,
        calls: Calls,
        deltas: Sequence[Sequence[tf.Tensor]],
        kernel_gradients: Sequence[tf.Tensor],
        clipped_gradients: Sequence[tf.Tensor],
        mask: tf.Tensor,
    ) -> list[tf.Tensor]:
        """One value for each layer series, in the order of `columns` after the scalars.

        Args:
            calls: the forward pass.
            deltas: for each site, dL/d(linear output) of each of its calls.
            kernel_gradients: for each site, the gradient of its kernel before clipping.
            clipped_gradients: the same after clipping.
            mask: 1 for rows that are trained and 0 for padding, [batch].
        """
        values: list[tf.Tensor] = []
        for index, site in enumerate(self.sites):
            site_calls = calls.of(site.layer)
            if self.uses_ghost_norm(site, site_calls):
                values.append(ghost_norm(site_calls[0].inputs, deltas[index][0]))
            else:
                values.append(norm(kernel_gradients[index]))
            if self.clipped:
                values.append(norm(clipped_gradients[index]))
            values.append(tf.sqrt(tf.add_n([_sum_of_squares(d) for d in deltas[index]])))
            values += _activation_statistics(site, site.activations(calls), mask)
        return [tf.cast(value, tf.float32) for value in values]

    def uses_ghost_norm(self, site: Site, calls: Sequence[Call]) -> bool:
        """Whether the kernel gradient's norm is cheaper, and right, from the layer's input and delta."""
        layer = site.layer
        if self.clipped or len(calls) != 1 or not isinstance(layer, keras.layers.Dense):
            return False
        if len(calls[0].inputs.shape) != 2 or layer.kernel_regularizer is not None:
            return False
        fan_in, units = layer.kernel.shape
        read = self._batch_size * (fan_in + units + 2 * self._batch_size)
        return 2 * read < fan_in * units

    def _statistics(self, site: Site) -> list[str]:
        names = ["grad_norm"]
        if self.clipped:
            names.append("grad_norm_clipped")
        names += ["delta_norm", "activation_mean", "activation_std"]
        if site.can_be_zero:
            names.append("zero_share")
        if site.bounds:
            names.append("saturated_share")
        return names


def weight_statistics(
    sites: Sequence[Site], before: Sequence[tf.Tensor], after: Sequence[tf.Tensor]
) -> list[tf.Tensor]:
    """Norm of each kernel, and ||W_after - W_before|| / ||W_before|| of its last update."""
    values = []
    for old, new in zip(before, after, strict=True):
        old_norm = norm(old)
        values += [norm(new), tf.math.divide_no_nan(norm(new - old), old_norm)]
    assert len(values) == len(WEIGHT_STATISTICS) * len(sites)
    return [tf.cast(value, tf.float32) for value in values]


def saturated(values: Any, bounds: tuple[float, float]) -> Any:
    """Where activations lie in the flat ends of their range, as booleans."""
    low, high = bounds
    return abs(values - (low + high) / 2) > SATURATION * (high - low) / 2


def _activation_statistics(
    site: Site, outputs: Sequence[tf.Tensor], mask: tf.Tensor
) -> list[tf.Tensor]:
    """Mean, standard deviation and shares over all trained rows of all calls."""
    flat = tf.concat([tf.reshape(o, [tf.shape(o)[0], -1]) for o in outputs], axis=1)
    weight = (mask / (tf.reduce_sum(mask) * tf.cast(tf.shape(flat)[1], tf.float32)))[:, None]
    mean = tf.reduce_sum(flat * weight)
    variance = tf.reduce_sum(tf.square(flat - mean) * weight)
    values = [mean, tf.sqrt(variance)]
    if site.can_be_zero:
        values.append(tf.reduce_sum(tf.cast(tf.equal(flat, 0.0), tf.float32) * weight))
    if site.bounds:
        values.append(tf.reduce_sum(tf.cast(saturated(flat, site.bounds), tf.float32) * weight))
    return values


def _sum_of_squares(tensor: Any) -> tf.Tensor:
    return tf.reduce_sum(tf.square(tf.cast(tensor, tf.float64)))


def _scaled(tensor: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """The tensor over its largest magnitude, and that magnitude (1 where it is 0) as float64."""
    largest = tf.reduce_max(tf.abs(tensor))
    largest = tf.where(largest > 0, largest, tf.ones_like(largest))
    return tensor / largest, tf.cast(largest, tf.float64)
