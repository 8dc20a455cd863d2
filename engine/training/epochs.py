"""Several whole epochs in one call, for data so small that a call costs more than an epoch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf


class EpochRecords(NamedTuple):
    """What epochs leave behind; every field has the epochs as its first axis.

    Attributes:
        steps: step records, float32 [epochs, steps, columns].
        weights: weight records of the rounds of a block, float32 [epochs, rounds, weight columns].
        results: training metrics and the learning rate, float32 [epochs, metrics + 1].
        held_out: validation loss and metrics, float32 [epochs, 1 + metrics]; [epochs, 0] without
            validation rows.
    """

    steps: Any
    weights: Any
    results: Any
    held_out: Any


def compile_epochs(
    block: Callable[..., Any],
    results: Callable[[], Any],
    evaluate: Callable[..., Any],
    train: tuple[tf.Tensor, tf.Tensor],
    validation: tuple[tf.Tensor, tf.Tensor] | None,
    steps_and_batch: tuple[int, int],
    limits: tuple[np.ndarray, int],
) -> Any:
    """The function (orders, counts) -> EpochRecords.

    It calls the compiled functions that a single epoch is made of, so its numbers are the same to
    the bit.

    Args (of the function returned):
        orders: row numbers of each epoch's steps, int32 [epochs, steps, batch].
        counts: rows of each step that are trained, int32 [steps].

    Args:
        block: what `compile_block` returned.
        results: what `epoch_results` returned.
        evaluate: what `compile_evaluation` returned.
        train: all training rows.
        validation: all validation rows, if there are any.
        steps_and_batch: steps of an epoch and rows of a step.
        limits: what `limits_of` returned for an epoch that is one block.
    """
    steps = steps_and_batch[0]
    rounds = [tf.constant(part) for part in limits]

    def epochs(orders: tf.Tensor, counts: tf.Tensor) -> EpochRecords:
        def one(order: tf.Tensor) -> EpochRecords:
            records, weights = block(*train, order, counts, *rounds)
            summary = results()
            held_out = evaluate(*validation) if validation else tf.zeros([0])
            return EpochRecords(records, weights, summary, held_out)

        dtypes: Any = EpochRecords(*[tf.float32] * len(EpochRecords._fields))
        return tf.map_fn(one, orders, parallel_iterations=1, fn_output_signature=dtypes)

    signature = [
        tf.TensorSpec([None, *steps_and_batch], tf.int32),
        tf.TensorSpec([steps], tf.int32),
    ]
    return tf.function(epochs, autograph=False, input_signature=signature)
