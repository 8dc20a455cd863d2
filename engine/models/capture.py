"""Sees every layer's input and output while a model is called, in eager mode or while tracing.

Wrapping `call` costs nothing once the graph is traced, and works for functional, Sequential, nested
and subclassed models alike.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import keras


@dataclass
class Call:
    """One call of a layer.

    Attributes:
        layer: the layer.
        inputs: its first positional argument.
        linear: its output before its own activation (dL/d(linear) is the textbook delta); the same
            as `outputs` for a layer without one.
        outputs: what it returned.
    """

    layer: keras.layers.Layer
    inputs: Any
    linear: Any
    outputs: Any


@dataclass
class Calls:
    """The calls of one forward pass, in order."""

    calls: list[Call] = field(default_factory=list)

    def of(self, layer: keras.layers.Layer) -> list[Call]:
        """The calls of one layer: several if it is shared."""
        return [call for call in self.calls if call.layer is layer]


def leaves(layer: keras.layers.Layer) -> Iterator[keras.layers.Layer]:
    """The layers that do the work: recurrent layers whole, containers and wrappers by content."""
    children = [child for child in getattr(layer, "_layers", []) if child is not layer]
    if isinstance(layer, keras.layers.RNN) or not children:
        if not isinstance(layer, keras.layers.InputLayer):
            yield layer
        return
    seen: set[int] = set()
    for child in children:
        for leaf in leaves(child):
            if id(leaf) not in seen:
                seen.add(id(leaf))
                yield leaf


def splits_activation(layer: keras.layers.Layer) -> bool:
    """Whether the layer applies an activation of its own as the last thing it does."""
    own = getattr(layer, "activation", None)
    kinds = (keras.layers.Dense, keras.layers.EinsumDense)
    return (
        own is not None
        and own is not keras.activations.linear
        and (isinstance(layer, kinds) or hasattr(layer, "kernel_size"))
    )


@contextmanager
def capture(model: keras.Model) -> Iterator[Calls]:
    """Record the calls of all leaf layers of a model made inside the context."""
    calls = Calls()
    wrapped = list(leaves(model))
    for layer in wrapped:
        _wrap(layer, calls)
    try:
        yield calls
    finally:
        for layer in wrapped:
            del layer.__dict__["call"]


def _wrap(layer: keras.layers.Layer, calls: Calls) -> None:
    original = layer.call
    activation = layer.activation if splits_activation(layer) else None

    def call(*args: Any, **kwargs: Any) -> Any:
        if activation is None:
            linear = outputs = original(*args, **kwargs)
        else:
            layer.activation = keras.activations.linear
            try:
                linear = original(*args, **kwargs)
            finally:
                layer.activation = activation
            outputs = activation(linear)
        inputs = args[0] if args else next(iter(kwargs.values()))
        calls.calls.append(Call(layer, inputs, linear, outputs))
        return outputs

    object.__setattr__(layer, "call", call)
