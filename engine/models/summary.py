"""A model in one line."""

from __future__ import annotations

import itertools
import math

import keras

from .activations import RReLU
from .description import short_count, sizes

ACTIVATION_LAYERS = (
    keras.layers.Activation, keras.layers.ReLU, keras.layers.LeakyReLU, keras.layers.PReLU,
    keras.layers.ELU, RReLU,
)  # fmt: skip
"""Layers that do nothing but apply an activation."""


def describe(model: keras.Model) -> str:
    """The hidden layers' sizes, their activations, and the number of trainable weights.

    Returns:
        Such as "11x256 sigmoid, 0.74 M", "600-200 relu, 0.59 M", "LSTM 1x64 tanh, 17.0 k"; without
        hidden layers "linear, 11".
    """
    sized = [layer for layer in model.layers if _units(layer)]
    output = model.layers.index(sized[-1]) if sized else 0
    before = model.layers[:output]
    parts = [
        _sized(kind, [_units(layer) for layer in layers])
        for kind, layers in itertools.groupby(
            (layer for layer in sized[:-1] if "projection" not in layer.name),
            key=lambda layer: type(layer).__name__,
        )
    ]
    names = dict.fromkeys(name for name in map(_activation, before) if name and name != "linear")
    shape = " ".join([*[" + ".join(parts)] * bool(parts), "/".join(names) or "linear"])
    return f"{shape}, {short_count(sum(math.prod(v.shape) for v in model.trainable_variables))}"


def _units(layer: keras.layers.Layer) -> int:
    return getattr(layer, "units", 0) or getattr(layer, "filters", 0)


def _activation(layer: keras.layers.Layer) -> str | None:
    if hasattr(layer, "activation"):
        return layer.activation.__name__  # pyright: ignore[reportAttributeAccessIssue]
    return type(layer).__name__ if isinstance(layer, ACTIVATION_LAYERS) else None


def _sized(kind: str, units: list[int]) -> str:
    return sizes(units) if kind == "Dense" else f"{kind} {sizes(units)}"
