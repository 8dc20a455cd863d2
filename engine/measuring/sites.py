"""Where a model is measured: each layer with a kernel, and the activation behind it."""

# Keras declares no types, and the stubs of TensorFlow have gaps.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from ..models.capture import Call, Calls, capture, splits_activation
from ..stream.events import LayerInfo

BOUNDS = {
    "tanh": (-1.0, 1.0),
    "sigmoid": (0.0, 1.0),
    "hard_sigmoid": (0.0, 1.0),
    "hard_tanh": (-1.0, 1.0),
    "softsign": (-1.0, 1.0),
}
"""Range of each bounded activation."""

EXACT_ZERO = (
    "relu",
    "relu6",
    "hard_shrink",
    "soft_shrink",
    "threshold",
    "hard_silu",
    "sparse_plus",
)
"""Activations that are exactly zero on a whole interval."""


@dataclass(frozen=True)
class Site:
    """A measured layer.

    Attributes:
        info: what readers see of it.
        layer: the Keras layer that holds the kernel.
        kernel: its kernel (of a recurrent layer: the input kernel).
        recurrent: the recurrent kernel, which is what vanishes and explodes over time, if it has one.
        bias: its bias, if it has one.
        activation_layer: the layer whose output is the activation; the layer itself if none follows.
    """

    info: LayerInfo
    layer: keras.layers.Layer
    kernel: keras.Variable
    recurrent: keras.Variable | None
    bias: keras.Variable | None
    activation_layer: keras.layers.Layer

    @property
    def bounds(self) -> tuple[float, float] | None:
        """Range of the activation, if it is bounded."""
        return BOUNDS.get(self.info.activation)

    @property
    def can_be_zero(self) -> bool:
        """Whether the activation is exactly zero on an interval."""
        return self.info.activation in EXACT_ZERO

    def activations(self, calls: Calls) -> list[Any]:
        """The activation tensors of one forward pass."""
        return [call.outputs for call in calls.of(self.activation_layer)]


def find_sites(model: keras.Model, row: np.ndarray) -> tuple[Site, ...]:
    """The measured layers of a model, in the order in which they are called.

    Args:
        model: a built model.
        row: one input row, [*input_shape].
    """
    with capture(model) as calls:
        model(tf.convert_to_tensor(row[None]), training=False)
    ordered: list[Call] = []
    for call in calls.calls:
        if kernel_of(call.layer) is not None and all(c.layer is not call.layer for c in ordered):
            ordered.append(call)
    sites: list[Site] = []
    for index, call in enumerate(ordered):
        activation_layer = _activation_after(call, calls.calls)
        sites.append(
            Site(
                info=_info(call.layer, activation_layer, index, index == len(ordered) - 1),
                layer=call.layer,
                kernel=_required_kernel(call.layer),
                recurrent=_trainable(call.layer, ("recurrent_kernel",)),
                bias=_trainable(call.layer, ("bias",)),
                activation_layer=activation_layer,
            )
        )
    return tuple(sites)


def kernel_of(layer: keras.layers.Layer) -> keras.Variable | None:
    """The trainable kernel of a layer: a matrix or more that multiplies its input."""
    return _trainable(layer, ("kernel", "depthwise_kernel", "embeddings"))


def _trainable(layer: keras.layers.Layer, names: tuple[str, ...]) -> keras.Variable | None:
    """The first trainable variable of these names, of a layer or its cell."""
    for holder in (layer, getattr(layer, "cell", None)):
        for name in names:
            variable = getattr(holder, name, None)
            if isinstance(variable, keras.Variable) and variable.trainable:
                return variable
    return None


def is_activation(layer: keras.layers.Layer) -> bool:
    """Whether a layer is nothing but an activation function."""
    return activation_name(layer) is not None and kernel_of(layer) is None


def activation_name(layer: keras.layers.Layer) -> str | None:
    """Keras' name of the function an activation layer applies; None for other layers."""
    if isinstance(layer, keras.layers.Activation):
        return str(getattr(layer.activation, "__name__", layer.activation))
    names = {
        "ReLU": "relu", "LeakyReLU": "leaky_relu", "PReLU": "prelu", "ELU": "elu",
        "RReLU": "rrelu", "Softmax": "softmax",
    }  # fmt: skip
    return names.get(type(layer).__name__)


def _required_kernel(layer: keras.layers.Layer) -> keras.Variable:
    kernel = kernel_of(layer)
    assert kernel is not None
    return kernel


def _activation_after(start: Call, calls: list[Call]) -> keras.layers.Layer:
    """Follow a layer's output to the first activation before the next kernel."""
    own = getattr(start.layer, "activation", None)
    if splits_activation(start.layer) or (isinstance(start.layer, keras.layers.RNN) and own):
        return start.layer
    reached = {id(start.outputs)}
    for call in calls[calls.index(start) + 1 :]:
        inputs = call.inputs if isinstance(call.inputs, list | tuple) else [call.inputs]
        if not any(id(tensor) in reached for tensor in inputs):
            continue
        if is_activation(call.layer):
            return call.layer
        if kernel_of(call.layer) is None:
            reached.add(id(call.outputs))
    return start.layer


def _info(
    layer: keras.layers.Layer, activation_layer: keras.layers.Layer, index: int, output: bool
) -> LayerInfo:
    kernel = _required_kernel(layer)
    own = getattr(layer, "activation", None)
    activation = activation_name(activation_layer)
    if activation is None:
        activation = str(getattr(own, "__name__", own)) if own else "linear"
    holder = layer if hasattr(layer, "kernel_initializer") else getattr(layer, "cell", layer)
    initializer = getattr(holder, "kernel_initializer", None)
    return LayerInfo(
        name=layer.name,
        kind=type(layer).__name__,
        index=index,
        units=int(getattr(layer, "units", kernel.shape[-1])),
        fan_in=int(np.prod(kernel.shape[:-1])),
        parameters=sum(int(np.prod(w.shape)) for w in layer.trainable_weights),
        activation=activation,
        initializer=type(initializer).__name__ if initializer is not None else "",
        output=output,
    )
