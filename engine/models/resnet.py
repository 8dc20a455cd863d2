"""The family `resnet`: stem, basic blocks, output layer."""

from __future__ import annotations

from typing import Any

import keras

from ..data.dataset import Dataset
from ..errors import PresetError
from ..preset.schema import ResnetSettings
from .activations import activation_layer
from .head import add_head
from .objects import make


def build_resnet(settings: ResnetSettings, dataset: Dataset) -> keras.Model:
    """Build the residual network of He et al. 2016 with basic blocks (two 3x3 convolutions each).

    A block whose filters differ from the block before halves the picture (strides 2), and its
    shortcut is then a 1x1 convolution with the same strides. Pictures without a channel axis get one.
    Convolutions have a bias only without normalization, which has an offset of its own.

    Raises:
        PresetError: the data are not pictures, or a setting that Keras cannot take.
    """
    shape = dataset.input_shape
    if len(shape) not in (2, 3):
        raise PresetError(
            f'model.family = "resnet" needs pictures [height, width] or [height, width, channels]; '
            f'a row of {dataset.name} has the shape {shape}. Use family = "mlp" for tables.'
        )
    if not settings.filters:
        raise PresetError("model.filters: give the filters of at least one block.")
    inputs = keras.Input(shape, name="input")
    x = inputs if len(shape) == 3 else keras.layers.Reshape((*shape, 1), name="channels")(inputs)
    stem = settings.filters[0], settings.stem_kernel, settings.stem_strides
    x = _unit(x, *stem, settings, "stem", "stem_activation")
    if settings.pool:
        x = keras.layers.MaxPooling2D(3, strides=2, padding="same", name="stem_pool")(x)
    previous = settings.filters[0]
    for number, filters in enumerate(settings.filters, 1):
        strides = 1 if filters == previous else 2
        x = _block(x, filters, strides, settings, f"block_{number}")
        previous = filters
    if settings.average_pool:
        x = keras.layers.GlobalAveragePooling2D(name="average_pool")(x)
    else:
        x = keras.layers.Flatten(name="flatten")(x)
    return keras.Model(inputs, add_head(x, settings, dataset), name="resnet")


def _block(x: Any, filters: int, strides: int, settings: ResnetSettings, name: str) -> Any:
    """Two convolutions and a shortcut; with normalization after activations, one more of these."""
    after = settings.normalization == "after"
    y = _unit(x, filters, 3, strides, settings, f"{name}_conv_1", f"{name}_activation_1")
    if after:
        y = _unit(y, filters, 3, 1, settings, f"{name}_conv_2", f"{name}_activation_2")
    else:
        y = _convolution(y, filters, 3, 1, settings, f"{name}_conv_2")
    if settings.residual:
        if strides > 1 or x.shape[-1] != filters:
            x = _convolution(x, filters, 1, strides, settings, f"{name}_projection")
        y = keras.layers.Add(name=f"{name}_add")([x, y])
    last = f"{name}_activation_{3 if after else 2}"
    return activation_layer(settings.activation, "model.activation", last)(y)


def _unit(
    x: Any,
    filters: int,
    kernel: int,
    strides: int,
    settings: ResnetSettings,
    name: str,
    activation: str,
) -> Any:
    """A convolution and its activation, with the normalization where it belongs."""
    x = _convolution(x, filters, kernel, strides, settings, name)
    x = activation_layer(settings.activation, "model.activation", activation)(x)
    if settings.normalization == "after":
        x = keras.layers.BatchNormalization(name=f"{name}_normalization")(x)
    return x


def _convolution(
    x: Any, filters: int, kernel: int, strides: int, settings: ResnetSettings, name: str
) -> Any:
    normalized = settings.normalization == "before"
    x = keras.layers.Conv2D(
        filters,
        kernel,
        strides=strides,
        padding="same",
        use_bias=not normalized,
        kernel_initializer=make("initializer", settings.initializer, "model.initializer"),
        name=name,
    )(x)
    if normalized:
        x = keras.layers.BatchNormalization(name=f"{name}_normalization")(x)
    return x
