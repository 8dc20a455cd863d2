"""Sums over whole tensors, in the shapes that XLA adds up fast."""

# The stubs of TensorFlow have gaps.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

ROWS = 16
"""Most rows that XLA sums at once in vector registers."""

FEW = 512
"""Numbers that are cheap enough to be summed any way."""


def norm(tensor: Any) -> tf.Tensor:
    """Frobenius norm of a tensor of any shape, as float64 scalar."""
    return tf.sqrt(sums_of_squares([tensor])[0])


def sums_of_squares(tensors: Sequence[Any]) -> tf.Tensor:
    """Sum of the squares of each tensor, float64 [tensors].

    Taken in float64, because the square of a float32 leaves float32's range below 1e-19 and above 1e19,
    and a vanished gradient must not read as zero.
    """
    return totals([tf.square(tf.cast(tensor, tf.float64)) for tensor in tensors])


def totals(tensors: Sequence[tf.Tensor]) -> tf.Tensor:
    """Sum of each tensor, float64 [tensors]; all of one type, in which they are added up.

    A product with ones adds up what folding leaves. XLA hands a product of matrices to a library; any
    other sum it would melt into one loop with the sums before it, 8 times slower
    (tests/bench/reductions.py).
    """
    vectors = [_fold(tensor) for tensor in tensors]
    groups: dict[int, list[int]] = {}
    for index, vector in enumerate(vectors):
        groups.setdefault(int(vector.shape[0] or 0), []).append(index)
    sums = [
        tf.matmul(
            tf.stack([vectors[index] for index in members]), tf.ones([length, 8], vectors[0].dtype)
        )[:, 0]
        for length, members in groups.items()
    ]
    order = [index for members in groups.values() for index in members]
    return tf.cast(tf.gather(tf.concat(sums, axis=0), np.argsort(order)), tf.float64)


def size(shape: tf.TensorShape) -> int:
    """Numbers in a tensor of known shape."""
    return int(shape.num_elements() or 0)


def _fold(values: tf.Tensor) -> tf.Tensor:
    """Sum a tensor up to a vector of partial sums, 16 times shorter where its size allows.

    XLA sums up to 16 long rows in vector registers; many rows, or one long row, it adds up one number
    after the other, 10 times slower (measured: tests/bench/reductions.py).
    """
    if values.shape.num_elements() is None:
        rows = tf.reshape(values, [tf.shape(values)[0], size(values.shape[1:])])
        values = tf.reduce_sum(rows, axis=0)
    count = size(values.shape)
    rows = max(divisor for divisor in range(1, ROWS + 1) if count % divisor == 0)
    if count <= FEW or rows == 1:
        return tf.reshape(values, [count])
    return tf.reduce_sum(tf.reshape(values, [rows, count // rows]), axis=0)
