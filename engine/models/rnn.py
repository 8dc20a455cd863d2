"""The family `rnn`: recurrent layers that put out every time step, then the output layer."""

from __future__ import annotations

from typing import Any

import keras

from ..data.dataset import Dataset
from ..errors import PresetError
from ..preset.schema import RnnSettings
from .activations import activation_function
from .head import add_head
from .objects import make, weight_rules
from .size import indexed

NAMES = {"SimpleRNN": "simple_rnn", "LSTM": "lstm", "GRU": "gru"}
"""Keras' names for the layers of each class."""


@keras.saving.register_keras_serializable("gradlab")
class ForgetGateBias(keras.initializers.Initializer):
    """Bias of an LSTM with a chosen forget gate: Keras orders its gates input, forget, cell, output.

    Jozefowicz et al. 2015 propose 1, which is Keras' default; ln T keeps a cell for about T steps.

    Args:
        value: bias of the forget gate.
        others: initializer of the whole vector, forget gate aside.
    """

    def __init__(self, value: float = 1.0, others: Any = "zeros") -> None:
        self.value = value
        self.others: Any = keras.initializers.get(others)

    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        """The bias vector [4 * units]."""
        units = shape[0] // 4
        bias = self.others(shape, dtype=dtype)
        forget = keras.ops.full((units,), self.value, dtype=dtype)
        return keras.ops.concatenate([bias[:units], forget, bias[2 * units :]])

    def get_config(self) -> dict[str, Any]:
        """The arguments, as Keras serialises them."""
        return {"value": self.value, "others": keras.initializers.serialize(self.others)}


def build_rnn(settings: RnnSettings, dataset: Dataset) -> keras.Model:
    """Build the recurrent layers; unless each step has a target, the last step feeds the output.

    Every layer returns its whole sequence, so that the gradient at each time step can be seen; the
    last step is taken by `last_step` (a cropping) and `flatten`.

    Raises:
        PresetError: data without time steps, or a setting that Keras cannot take.
    """
    shape = dataset.input_shape
    if len(shape) != 2:
        raise PresetError(
            f'model.family = "rnn" needs sequences [steps, features] (a picture is a sequence of its '
            f"rows); a row of {dataset.name} has the shape {shape}."
        )
    if settings.forget_bias is not None and (settings.cell != "LSTM" or not settings.use_bias):
        raise PresetError(
            f"model.forget_bias: only an LSTM with use_bias = true has a forget bias; "
            f"model.cell = {settings.cell!r}, use_bias = {settings.use_bias}."
        )
    x = inputs = keras.Input(shape, name="input")
    if settings.input_dropout:
        x = keras.layers.Dropout(settings.input_dropout, name="input_dropout")(x)
    for index in range(settings.depth):
        x = _recurrent(settings, index)(x)
        if settings.dropout:
            x = keras.layers.Dropout(settings.dropout, name=indexed("dropout", index))(x)
    if dataset.task != "sequence":
        x = keras.layers.Cropping1D((shape[0] - 1, 0), name="last_step")(x)
        x = keras.layers.Flatten(name="flatten")(x)
    return keras.Model(inputs, add_head(x, settings, dataset), name="rnn")


def _recurrent(settings: RnnSettings, index: int) -> keras.layers.Layer:
    bias: Any = make("initializer", settings.bias_initializer, "model.bias_initializer")
    arguments: dict[str, Any] = {}
    if settings.forget_bias is not None:
        bias = ForgetGateBias(settings.forget_bias, bias)
        arguments["unit_forget_bias"] = False
    recurrent_key = "model.recurrent_initializer"
    return getattr(keras.layers, settings.cell)(
        settings.width,
        activation=activation_function(settings.activation, "model.activation"),
        use_bias=settings.use_bias,
        kernel_initializer=make("initializer", settings.initializer, "model.initializer"),
        recurrent_initializer=make("initializer", settings.recurrent_initializer, recurrent_key),
        bias_initializer=bias,
        **weight_rules(settings),
        recurrent_dropout=settings.recurrent_dropout,
        return_sequences=True,
        name=indexed(NAMES[settings.cell], index),
        **arguments,
    )
