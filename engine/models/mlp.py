"""The family `mlp`: a stack of Dense layers, every operation around them a layer of its own."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras

from ..data.dataset import Dataset
from ..errors import PresetError
from ..preset.schema import MlpSettings
from .activations import activation_layer
from .head import add_head
from .objects import make, make_optional, weight_rules
from .size import indexed, widths

OPERATIONS = 10
"""Keras layers around one hidden layer, and some to spare."""


def build_mlp(settings: MlpSettings, dataset: Dataset) -> keras.Model:
    """Build Input, Flatten, the input's dropout, noise and normalization, hidden layers, output.

    A hidden layer is Dense (linear), normalization or noise before, activation, normalization or
    noise after, dropout; with `residual` each one after the first is added to its own input, through
    a Dense projection without bias where the width changes. The k-th layer's parts are named
    `dense_k`, `activation_k`, ... and the first one's `dense`, `activation`, ...

    Raises:
        PresetError: names the setting that Keras cannot take.
    """
    inputs = keras.Input(dataset.input_shape, name="input")
    x = inputs
    if len(dataset.input_shape) > 1:
        x = keras.layers.Flatten(name="flatten")(x)
    if settings.input_dropout:
        x = keras.layers.Dropout(settings.input_dropout, name="input_dropout")(x)
    if settings.noise.input:
        x = keras.layers.GaussianNoise(settings.noise.input, name="input_noise")(x)
    if settings.input_normalization:
        x = keras.layers.BatchNormalization(name="input_normalization")(x)
    hidden = hidden_widths(settings)
    for index, units in enumerate(hidden):
        y = _hidden(x, units, settings, index)
        x = _shortcut(x, y, settings, index) if settings.residual and index else y
    outputs = add_head(x, settings, dataset)
    with _room_for(len(hidden)):
        return keras.Model(inputs, outputs, name="mlp")


@contextmanager
def _room_for(depth: int) -> Iterator[None]:
    """Let Keras, which follows a model's graph by recursion, get to the bottom of a deep one."""
    usual = sys.getrecursionlimit()
    sys.setrecursionlimit(usual + OPERATIONS * depth)
    try:
        yield
    finally:
        sys.setrecursionlimit(usual)


def hidden_widths(settings: MlpSettings) -> list[int]:
    """Units of each hidden layer.

    Raises:
        PresetError: depth and the number of widths disagree.
    """
    units = widths(settings)
    if units is None:
        raise PresetError(
            f"model.width: {settings.width} does not fit model.depth = {settings.depth}; "
            "give one number for all layers, one for each, or leave out depth."
        )
    return units


def _hidden(x: Any, units: int, settings: MlpSettings, index: int) -> Any:
    x = keras.layers.Dense(
        units,
        use_bias=settings.use_bias,
        kernel_initializer=make("initializer", settings.initializer, "model.initializer"),
        bias_initializer=make("initializer", settings.bias_initializer, "model.bias_initializer"),
        **weight_rules(settings),
        name=indexed("dense", index),
    )(x)
    if settings.normalization == "before":
        x = keras.layers.BatchNormalization(name=indexed("batch_normalization", index))(x)
    if settings.noise.before:
        x = keras.layers.GaussianNoise(settings.noise.before, name=indexed("noise_before", index))(
            x
        )
    x = activation_layer(
        settings.activation,
        "model.activation",
        indexed("activation", index),
        make_optional("regularizer", settings.activity_regularizer, "model.activity_regularizer"),
    )(x)
    if settings.normalization == "after":
        x = keras.layers.BatchNormalization(name=indexed("batch_normalization", index))(x)
    if settings.noise.after:
        x = keras.layers.GaussianNoise(settings.noise.after, name=indexed("noise_after", index))(x)
    if settings.dropout:
        x = keras.layers.Dropout(settings.dropout, name=indexed("dropout", index))(x)
    return x


def _shortcut(x: Any, y: Any, settings: MlpSettings, index: int) -> Any:
    if x.shape[-1] != y.shape[-1]:
        x = keras.layers.Dense(
            y.shape[-1],
            use_bias=False,
            kernel_initializer=make("initializer", settings.initializer, "model.initializer"),
            name=indexed("projection", index),
        )(x)
    return keras.layers.Add(name=indexed("add", index))([x, y])
