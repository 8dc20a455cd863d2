"""Sums of squares inside steps, compiled by XLA or not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from ..measuring.sums import sums_of_squares

FLOAT32_SAFE = (1e-30, 1e30)
"""Sums of squares of float32 outside of this may have lost numbers that left float32's range."""


def squares(tensors: Sequence[Any], *, jit: bool) -> tf.Tensor:
    """Sum of the squares of each tensor, float64 [tensors].

    XLA melts the cast into the sums; without it they are taken in float32 where that loses nothing.

    Args:
        tensors: dense or in slices.
        jit: whether XLA compiles the step.
    """
    dense = [tf.convert_to_tensor(tensor) for tensor in tensors]
    if jit:
        return sums_of_squares(dense)
    halves = tf.stack([tf.nn.l2_loss(tf.cast(tensor, tf.float32)) for tensor in dense])
    low, high = FLOAT32_SAFE
    safe = tf.reduce_all((halves > low) & (halves < high))
    return tf.cond(safe, lambda: 2.0 * tf.cast(halves, tf.float64), lambda: sums_of_squares(dense))
