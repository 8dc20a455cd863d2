"""Compiled evaluation of a whole split: one call, whatever its size."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf

from ..models.capture import capture
from ..models.losses import LossPlan
from ..models.row_losses import row_losses

ROWS = 512
"""Rows that are evaluated at a time; bounds the memory of activations."""


def compile_evaluation(
    model: keras.Model, loss: LossPlan, metrics: Sequence[keras.metrics.Metric]
) -> Any:
    """The evaluation function: (x, y) -> float32 [1 + metrics], the loss and then the metrics.

    The loss is the mean over rows plus the model's penalties. Layers run in inference mode.
    """

    def evaluate(x: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
        for metric in metrics:
            metric.reset_state()
        total_rows = tf.shape(x)[0]

        def chunk(start: tf.Tensor, total: tf.Tensor, _: tf.Tensor) -> Any:
            x_part, y_part = x[start : start + ROWS], y[start : start + ROWS]
            with capture(model) as calls:
                outputs = model(x_part, training=False)
            for metric in metrics:
                metric.update_state(y_part, outputs)
            penalties = tf.add_n(list(model.losses)) if model.losses else tf.constant(0.0)
            losses = tf.reduce_sum(row_losses(loss, y_part, outputs, calls))
            return start + ROWS, total + losses, penalties

        _, total, penalties = tf.while_loop(
            lambda start, *_: start < total_rows,
            chunk,
            [tf.constant(0), tf.constant(0.0), tf.constant(0.0)],
        )
        mean = total / tf.cast(total_rows, tf.float32) + penalties
        return tf.stack([mean, *(tf.cast(metric.result(), tf.float32) for metric in metrics)])

    return tf.function(evaluate, autograph=False, reduce_retracing=True)


def epoch_results(
    metrics: Sequence[keras.metrics.Metric], optimizer: keras.optimizers.Optimizer
) -> Any:
    """A compiled function () -> float32 [metrics + 1]: their results, after which they start afresh,
    and the learning rate."""

    def results() -> tf.Tensor:
        values = [tf.cast(metric.result(), tf.float32) for metric in metrics]
        with tf.control_dependencies(values):
            for metric in metrics:
                metric.reset_state()
        rate = tf.cast(tf.convert_to_tensor(optimizer.learning_rate), tf.float32)
        return tf.stack([*values, rate])

    return tf.function(results, autograph=False)
