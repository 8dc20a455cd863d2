"""What can be seen of a training: its optimizers, and the loss of each step."""

from __future__ import annotations

import functools
from typing import Any

import keras
import tensorflow as tf

from ..errors import GradlabError


def refuse_what_cannot_be_seen(model: keras.Model) -> None:
    """Raise GradlabError if the norms would not be true."""
    if keras.backend.backend() != "tensorflow":
        raise GradlabError(
            f"gradients are recorded with Keras' TensorFlow backend, not {keras.backend.backend()}"
        )
    strategy = model.distribute_strategy
    if (
        strategy is not None and strategy is not tf.distribute.get_strategy()
    ) or tf.distribute.has_strategy():
        raise GradlabError(
            f"under {type(strategy).__name__} each replica has gradients of its own, which are "
            "summed after they can be measured; train without a distribution strategy to record"
        )


def optimizers_of(model: keras.Model) -> list[keras.optimizers.Optimizer]:
    """Every optimizer that a model holds, the one it was compiled with first."""
    found: list[Any] = []
    for held in (model.optimizer, *vars(model).values()):
        if not isinstance(held, keras.optimizers.Optimizer):
            continue
        if isinstance(held, keras.optimizers.MultiOptimizer):
            if model.built:
                held.build(model.trainable_variables)
            parts = held.optimizers
        else:
            parts = [held]
        found += [part for part in parts if all(part is not other for other in found)]
    if not found:
        raise GradlabError("the model holds no Keras optimizer whose gradients could be recorded")
    return found


class LossWatch:
    """Keeps the loss of the step that is being trained in a variable, until `remove` is called.

    Args:
        model: whose `compute_loss` is watched.
    """

    def __init__(self, model: keras.Model) -> None:
        self.value = tf.Variable(tf.constant(float("nan"), tf.float32), trainable=False)
        """The loss with all penalties, before any scaling; NaN if the model never computes it there."""
        self._model = model
        original = model.compute_loss

        @functools.wraps(original)
        def watched(*arguments: Any, **options: Any) -> Any:
            loss = original(*arguments, **options)
            training = options.get("training", arguments[4] if len(arguments) > 4 else True)
            if training is True and loss is not None:
                self.value.assign(tf.cast(tf.stop_gradient(loss), tf.float32))
            return loss

        model.__dict__["compute_loss"] = watched

    def remove(self) -> None:
        """Give the model back as it was."""
        self._model.__dict__.pop("compute_loss", None)
