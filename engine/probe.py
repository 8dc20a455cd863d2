"""The statistics of every layer at every step, computed inside the compiled step.

Norms are accumulated in float64: the square of a float32 leaves float32's range below 1e-19 and
above 1e19, and a vanished gradient must not read as zero.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import keras
import tensorflow as tf

from .capture import Call, Calls
from .events import STEP_SCALARS, WEIGHT_STATISTICS, Column
from .sites import Site

SATURATION = 0.95**0.5
"""A unit counts as saturated beyond this share of its range: tanh and sigmoid then have less than
5 % of their largest slope, since tanh' = 1 - a^2 and sigmoid' = (1 - (2a - 1)^2) / 4."""


def norms(stacked: Any) -> tf.Tensor:
    """Frobenius norm of each member of a group, [group, ..., n] -> float64 [group]."""
    members = tf.reshape(stacked, [stacked.shape[0], -1, stacked.shape[-1]])
    return tf.sqrt(_total(tf.square(tf.cast(members, tf.float64))))


def norm(tensor: Any) -> tf.Tensor:
    """Frobenius norm of a tensor of any shape, as float64 scalar."""
    return norms(tf.convert_to_tensor(tensor)[None, None])[0]


def ghost_norms(inputs: tf.Tensor, delta: tf.Tensor) -> tf.Tensor:
    """Norms of Dense kernels' gradients without reading them, float64 [group].

    ||A^T D||_F^2 = sum((A A^T) * (D D^T)) (Goodfellow 2015, "Efficient per-example gradient
    computations"; Li et al. 2021, "Large language models can be strong differentially private
    learners", ghost clipping). Both factors are scaled to norm 1 so that no square leaves float32's
    range.

    Args:
        inputs: A of each layer, [group, batch, fan_in].
        delta: D = dL/d(A W) of each layer, [group, batch, units].
    """
    inputs, input_norm = _normalised(inputs)
    delta, delta_norm = _normalised(delta)
    gram = tf.matmul(inputs, inputs, transpose_b=True) * tf.matmul(delta, delta, transpose_b=True)
    return tf.sqrt(tf.cast(tf.maximum(_total(gram), 0.0), tf.float64)) * input_norm * delta_norm


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
        series: dict[tuple[str, str], tf.Tensor] = {}

        def record(statistic: str, grouped: Mapping[int, tf.Tensor]) -> None:
            for index, value in grouped.items():
                series[self.sites[index].info.name, statistic] = tf.cast(value, tf.float32)

        ghosts, direct = {}, {}
        for index, site in enumerate(self.sites):
            site_calls = calls.of(site.layer)
            if self.uses_ghost_norm(site, site_calls):
                ghosts[index] = (site_calls[0].inputs, deltas[index][0])
            else:
                direct[index] = (kernel_gradients[index],)
        record("grad_norm", _by_group(ghosts, ghost_norms) | _by_group(direct, norms))
        if self.clipped:
            after = {index: (gradient,) for index, gradient in enumerate(clipped_gradients)}
            record("grad_norm_clipped", _by_group(after, norms))
        flat = {index: (_rows(parts),) for index, parts in enumerate(deltas)}
        record("delta_norm", _by_group(flat, norms))

        outputs = {i: (_rows(site.activations(calls)),) for i, site in enumerate(self.sites)}
        moments = _by_group(outputs, lambda stacked: _moments(stacked, mask))
        record("activation_mean", {index: moment[0] for index, moment in moments.items()})
        record("activation_std", {index: moment[1] for index, moment in moments.items()})
        zeros = {i: output for i, output in outputs.items() if self.sites[i].can_be_zero}
        record("zero_share", _by_group(zeros, lambda a: _share(tf.equal(a, 0.0), mask)))
        for bounds in {site.bounds for site in self.sites if site.bounds}:
            bounded = {i: output for i, output in outputs.items() if self.sites[i].bounds == bounds}
            flat_ends = partial(saturated, bounds=bounds)
            record("saturated_share", _by_group(bounded, lambda a, f=flat_ends: _share(f(a), mask)))
        return [series[column.layer, column.statistic] for column in self.columns[3:]]

    def uses_ghost_norm(self, site: Site, calls: Sequence[Call]) -> bool:
        """Whether the kernel gradient's norm is cheaper, and right, from the layer's input and delta."""
        layer = site.layer
        if self.clipped or len(calls) != 1 or not isinstance(layer, keras.layers.Dense):
            return False
        if len(calls[0].inputs.shape) != 2 or layer.kernel_regularizer is not None:
            return False
        fan_in, units = site.kernel.shape
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


def weight_statistics(before: Sequence[tf.Tensor], after: Sequence[tf.Tensor]) -> tf.Tensor:
    """||W|| and ||W_after - W_before|| / ||W_before|| of each kernel, float32 [2 * kernels]."""
    old = _by_group({i: (w,) for i, w in enumerate(before)}, norms)
    new = _by_group({i: (w,) for i, w in enumerate(after)}, norms)
    pairs = {i: (a, b) for i, (a, b) in enumerate(zip(before, after, strict=True))}
    moved = _by_group(pairs, lambda a, b: norms(b - a))
    values = [v for i in pairs for v in (new[i], tf.math.divide_no_nan(moved[i], old[i]))]
    return tf.cast(tf.stack(values), tf.float32)


def saturated(values: Any, bounds: tuple[float, float]) -> Any:
    """Where activations lie in the flat ends of their range, as booleans."""
    low, high = bounds
    return abs(values - (low + high) / 2) > SATURATION * (high - low) / 2


def _by_group(
    members: Mapping[int, tuple[tf.Tensor, ...]], measure: Callable[..., tf.Tensor]
) -> dict[int, tf.Tensor]:
    """Measure members of equal shape at once: a step of many layers has few kernels to launch.

    Args:
        members: the tensors of each site.
        measure: from the tensors, stacked along a first axis, to one value for each member.
    """
    groups: dict[tuple[Any, ...], list[int]] = {}
    for index, tensors in members.items():
        groups.setdefault(tuple(tuple(t.shape) for t in tensors), []).append(index)
    values: dict[int, tf.Tensor] = {}
    for indices in groups.values():
        columns = zip(*(members[index] for index in indices), strict=True)
        measured = measure(*(tf.stack(column) for column in columns))
        values |= {index: measured[position] for position, index in enumerate(indices)}
    return values


def _rows(parts: Sequence[tf.Tensor]) -> tf.Tensor:
    """The outputs of a layer's calls side by side, [batch, numbers of a row]."""
    flat = [tf.reshape(part, [tf.shape(part)[0], math.prod(part.shape[1:])]) for part in parts]
    return flat[0] if len(flat) == 1 else tf.concat(flat, axis=1)


def _moments(stacked: tf.Tensor, mask: tf.Tensor) -> tf.Tensor:
    """Mean and standard deviation over trained rows, [group, batch, n] -> [group, 2]."""
    weight = _weight(stacked, mask)
    mean = _total(stacked * weight)
    variance = _total(tf.square(stacked - mean[:, None, None]) * weight)
    return tf.stack([mean, tf.sqrt(variance)], axis=1)


def _share(flags: tf.Tensor, mask: tf.Tensor) -> tf.Tensor:
    """Share of true flags over trained rows, [group, batch, n] -> [group]."""
    return _total(tf.cast(flags, tf.float32) * _weight(flags, mask))


def _weight(stacked: tf.Tensor, mask: tf.Tensor) -> tf.Tensor:
    """What one number of a trained row counts in a mean, [batch, 1]."""
    return (mask / (tf.reduce_sum(mask) * tf.cast(tf.shape(stacked)[2], tf.float32)))[:, None]


def _total(stacked: tf.Tensor) -> tf.Tensor:
    """Sum of each member, [group, m, n] -> [group].

    XLA adds up the last axis one number after the other; a sum over the axis before it, and a
    product with ones, run in vector registers (7 times faster: tests/bench/reductions.py).
    """
    columns = tf.reduce_sum(stacked, axis=1)
    return tf.linalg.matvec(columns, tf.ones([tf.shape(stacked)[2]], stacked.dtype))


def _normalised(stacked: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Each member over its norm, and that norm (1 where it is 0), float64 [group]."""
    length = norms(stacked)
    length = tf.where(length > 0, length, tf.ones_like(length))
    return tf.cast(tf.cast(stacked, tf.float64) / length[:, None, None], tf.float32), length
