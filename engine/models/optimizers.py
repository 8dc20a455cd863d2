"""The optimizer and its schedule; clipping is the trainer's own, so that all clips can be combined."""

from __future__ import annotations

import keras

from ..errors import PresetError
from ..preset.schema import OptimizerSettings
from .objects import first_line, make


def make_optimizer(settings: OptimizerSettings) -> keras.optimizers.Optimizer:
    """A new Keras optimizer, without `clipnorm`, `global_clipnorm` and `clipvalue`.

    Raises:
        PresetError: no such optimizer or schedule, or arguments that it refuses.
    """
    arguments = dict(settings.model_extra or {})
    rate = settings.learning_rate
    if isinstance(rate, dict):
        rate = make("schedule", rate, "optimizer.learning_rate")
        try:
            rate(0)
        # Keras looks at a schedule's arguments only when it computes with them.
        except Exception as error:
            raise PresetError(
                f"optimizer.learning_rate: {type(rate).__name__} cannot compute a rate from these "
                f"arguments: {first_line(error)}"
            ) from error
    if rate is not None:
        arguments["learning_rate"] = rate
    optimizer = make("optimizer", {"name": settings.name, **arguments}, "optimizer")
    # There is one replica; TensorFlow would keep the graph of every sum over replicas for ever.
    optimizer._all_reduce_sum_gradients = list
    return optimizer
