"""The loss of a forward pass, by row and in the mean, from logits where the plan says so."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from .capture import Calls, splits_activation
from .losses import LossPlan


def forward_loss(
    plan: LossPlan, model: keras.Model, y: Any, outputs: Any, calls: Calls, mask: tf.Tensor
) -> tf.Tensor:
    """Mean loss over the rows with mask 1, plus the model's penalties (as `fit` reports it)."""
    per_row = row_losses(plan, y, outputs, calls)
    # where, not a product: a padding row may hold a NaN of its own.
    kept = tf.where(mask > 0, per_row, tf.zeros_like(per_row))
    total = tf.reduce_sum(kept) / tf.reduce_sum(mask)
    return tf.add_n([total, *model.losses]) if model.losses else total


def row_losses(plan: LossPlan, y: Any, outputs: Any, calls: Calls) -> tf.Tensor:
    """The loss of each row, [batch]; from logits where the plan says so."""
    if plan.logits_layer is not None:
        call = calls.of(plan.logits_layer)[-1]
        outputs = call.linear if splits_activation(call.layer) else call.inputs
    per_sample = plan.loss.call(y, outputs)
    return tf.reduce_mean(tf.reshape(per_sample, [tf.shape(outputs)[0], -1]), axis=1)
