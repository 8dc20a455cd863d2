"""The statistics of every layer at every step, computed inside the compiled step.

Norms are accumulated in float64: the square of a float32 leaves float32's range below 1e-19 and
above 1e19, and a vanished gradient must not read as zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from .capture import Calls
from .events import STEP_SCALARS, WEIGHT_STATISTICS, Column
from .sites import Site

SATURATION = 0.95**0.5
"""A unit counts as saturated beyond this share of its range: tanh and sigmoid then have less than
5 % of their largest slope, since tanh' = 1 - a^2 and sigmoid' = (1 - (2a - 1)^2) / 4."""


ROWS = 32
"""Most rows that XLA sums at once in vector registers."""

FEW = 512
"""Numbers that are cheap enough to be summed any way."""


def norm(tensor: Any) -> tf.Tensor:
    """Frobenius norm of a tensor of any shape, as float64 scalar."""
    return tf.sqrt(totals([_squares(tensor)])[0])


def totals(vectors: Sequence[tf.Tensor]) -> tf.Tensor:
    """Sum of each vector, float64 [vectors].

    A product with ones adds them up. XLA leaves a product of matrices to a library; any other sum it
    would melt into one loop with the sums before it, 8 times slower (tests/bench/reductions.py).
    """
    groups: dict[int, list[int]] = {}
    for index, vector in enumerate(vectors):
        groups.setdefault(int(vector.shape[0] or 0), []).append(index)
    sums = [
        tf.matmul(
            tf.stack([vectors[index] for index in members]), tf.ones([length, 8], tf.float64)
        )[:, 0]
        for length, members in groups.items()
    ]
    order = [index for members in groups.values() for index in members]
    return tf.gather(tf.concat(sums, axis=0), np.argsort(order))


class StepProbe:
    """Which series a model's steps record, and how each is computed.

    Args:
        sites: the measured layers.
        clipped: whether gradients are clipped, so that norms after it are worth recording.
    """

    def __init__(self, sites: Sequence[Site], *, clipped: bool) -> None:
        self.sites = tuple(sites)
        self.clipped = clipped
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

    def activations(self, calls: Calls) -> list[list[Any]]:
        """For each site, the activations of its calls."""
        return [site.activations(calls) for site in self.sites]

    def measure(
        self,
        activations: Sequence[Sequence[tf.Tensor]],
        deltas: Sequence[Sequence[tf.Tensor]],
        kernel_gradients: Sequence[tf.Tensor],
        clipped_gradients: Sequence[tf.Tensor],
        other_gradients: Sequence[tf.Tensor],
        mask: tf.Tensor,
    ) -> tf.Tensor:
        """The series of `columns` from the global gradient norm on, float32.

        Args:
            activations: for each site, the activations of its calls.
            deltas: for each site, dL/d(linear output) of each of its calls.
            kernel_gradients: for each site, the gradient of its kernel before clipping.
            clipped_gradients: the same after clipping.
            other_gradients: gradients of all other weights, for the global norm.
            mask: 1 for rows that are trained and 0 for padding, [batch].
        """
        sums: dict[tuple[str, str], tf.Tensor] = {}
        rows = tf.cast(mask, tf.float64)[:, None]
        numbers: dict[str, int] = {}
        for index, site in enumerate(self.sites):
            name = site.info.name
            sums[name, "grad_norm"] = _squares(kernel_gradients[index])
            if self.clipped:
                sums[name, "grad_norm_clipped"] = _squares(clipped_gradients[index])
            sums[name, "delta_norm"] = _squares(_rows(deltas[index]))
            flat = _rows(activations[index])
            numbers[name] = int(flat.shape[1] or 0)
            wide = tf.cast(flat, tf.float64)
            sums[name, "activation_mean"] = _fold(wide * rows)
            sums[name, "activation_std"] = _fold(tf.square(wide) * rows)
            if site.can_be_zero:
                sums[name, "zero_share"] = _count(tf.equal(flat, 0.0), rows)
            if site.bounds:
                sums[name, "saturated_share"] = _count(saturated(flat, site.bounds), rows)
        for index, gradient in enumerate(other_gradients):
            sums["", f"other {index}"] = _squares(gradient)

        position = {key: index for index, key in enumerate(sums)}
        total = totals(list(sums.values()))
        everything = [at for key, at in position.items() if key[1] == "grad_norm" or not key[0]]
        global_norm = tf.sqrt(tf.reduce_sum(tf.gather(total, everything)))

        series = [column for column in self.columns if column.layer]
        norms = [c for c in series if c.statistic.endswith(("norm", "clipped"))]
        means = [c for c in series if c.statistic.endswith(("mean", "share"))]
        spreads = [c for c in series if c.statistic.endswith("std")]
        count = tf.reduce_sum(rows)

        def mean(columns: Sequence[Column], statistic: str = "") -> tf.Tensor:
            picked = [position[c.layer, statistic or c.statistic] for c in columns]
            return tf.gather(total, picked) / (count * [float(numbers[c.layer]) for c in columns])

        variance = mean(spreads) - tf.square(mean(spreads, "activation_mean"))
        values = [
            tf.sqrt(tf.gather(total, [position[c.layer, c.statistic] for c in norms])),
            mean(means),
            tf.sqrt(tf.maximum(variance, 0.0)),
        ]
        order = {column: index for index, column in enumerate([*norms, *means, *spreads])}
        layers = tf.gather(tf.concat(values, axis=0), [order[column] for column in series])
        return tf.cast(tf.concat([global_norm[None], layers], axis=0), tf.float32)

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
    moves = [new - old for old, new in zip(before, after, strict=True)]
    squares = totals([_squares(w) for w in [*before, *after, *moves]])
    old, new, moved = tf.unstack(tf.sqrt(tf.reshape(squares, [3, len(before)])))
    pairs = tf.stack([new, tf.math.divide_no_nan(moved, old)], axis=1)
    return tf.cast(tf.reshape(pairs, [-1]), tf.float32)


def saturated(values: Any, bounds: tuple[float, float]) -> Any:
    """Where activations lie in the flat ends of their range, as booleans."""
    low, high = bounds
    return abs(values - (low + high) / 2) > SATURATION * (high - low) / 2


def _rows(parts: Sequence[tf.Tensor]) -> tf.Tensor:
    """The outputs of a layer's calls side by side, [batch, numbers of a row]."""
    flat = [tf.reshape(part, [tf.shape(part)[0], _size(part.shape[1:])]) for part in parts]
    return flat[0] if len(flat) == 1 else tf.concat(flat, axis=1)


def _squares(tensor: Any) -> tf.Tensor:
    """Squares of a tensor of any shape, summed up to a short vector, float64 [n]."""
    return _fold(tf.square(tf.cast(tensor, tf.float64)))


def _size(shape: tf.TensorShape) -> int:
    """Numbers in a tensor of known shape."""
    return int(shape.num_elements() or 0)


def _fold(values: tf.Tensor) -> tf.Tensor:
    """Sum a tensor up to a vector of partial sums, 32 times shorter where its size allows.

    XLA sums up to 32 long rows in vector registers; many rows, or one long row, it adds up one number
    after the other, 10 times slower (measured: tests/bench/reductions.py).
    """
    if values.shape.num_elements() is None:
        rows = tf.reshape(values, [tf.shape(values)[0], _size(values.shape[1:])])
        values = tf.reduce_sum(rows, axis=0)
    size = _size(values.shape)
    rows = max(divisor for divisor in range(1, ROWS + 1) if size % divisor == 0)
    if size <= FEW or rows == 1:
        return tf.reshape(values, [size])
    return tf.reduce_sum(tf.reshape(values, [rows, size // rows]), axis=0)


def _count(flags: tf.Tensor, rows: tf.Tensor) -> tf.Tensor:
    """True flags of trained rows, [batch, n] -> float64 [n]."""
    return _fold(tf.cast(flags, tf.float64) * rows)
