"""How much of the gradient reaches each time step of a recurrent layer.

Keras runs a recurrent layer as one operation, whose inner states no tape can be asked about. Here its
cell is run step by step on the same weights, with a zero added to each state: the gradient of the loss
by that zero is dL/dh_t along every path, through the later steps as well (Pascanu et al. 2013, "On the
difficulty of training recurrent neural networks").
"""

# Keras declares no types, and the stubs of TensorFlow have gaps.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from typing import Any

import keras
import tensorflow as tf

CELLS = (keras.layers.SimpleRNN, keras.layers.LSTM, keras.layers.GRU)
"""Layers whose output at a step is the first of their cell's states."""


def measurable(layer: keras.layers.Layer) -> bool:
    """Whether the gradient at each step of the layer can be measured."""
    return isinstance(layer, CELLS) and not layer.stateful


def time_delta_norms(
    layers: Sequence[keras.layers.Layer], loss: Callable[[], tf.Tensor]
) -> list[tf.Tensor]:
    """||dL/dh_t|| of each layer at each time step, float64 [steps], the first step first.

    Args:
        layers: recurrent layers that are `measurable`.
        loss: runs the model that they are part of, and returns its loss.
    """
    with tf.GradientTape() as tape, _step_by_step(layers, tape) as nudges:
        value = loss()
    wanted = [nudges[layer.name] for layer in layers]
    zero = tf.UnconnectedGradients.ZERO
    gradients: Any = tape.gradient(value, wanted, unconnected_gradients=zero)
    squares = [tf.square(tf.cast(gradient, tf.float64)) for gradient in gradients]
    return [tf.sqrt(tf.reduce_sum(square, axis=[1, 2])) for square in squares]


@contextmanager
def _step_by_step(
    layers: Sequence[keras.layers.Layer], tape: tf.GradientTape
) -> Generator[dict[str, tf.Tensor], None, None]:
    """Run the layers by a loop over their cells; gives the zeros that are added to their states."""
    nudges: dict[str, tf.Tensor] = {}
    for layer in layers:
        object.__setattr__(layer, "call", _loop(layer, tape, nudges))
    try:
        yield nudges
    finally:
        for layer in layers:
            # `capture` inside this context has taken it away already.
            layer.__dict__.pop("call", None)


def _loop(layer: Any, tape: tf.GradientTape, nudges: dict[str, tf.Tensor]) -> Callable[..., Any]:
    """A replacement of the layer's `call`; mask and initial state are none, training is off."""

    def call(sequences: tf.Tensor, *_: Any, **__: Any) -> tf.Tensor:
        inputs = tf.transpose(sequences, [1, 0, 2])
        if layer.go_backwards:
            inputs = tf.reverse(inputs, [0])
        steps, rows = inputs.shape[0], tf.shape(inputs)[1]
        nudge = tf.zeros([steps, rows, layer.units])
        tape.watch(nudge)
        nudges[layer.name] = nudge

        def advance(states: list[tf.Tensor], now: tuple[tf.Tensor, tf.Tensor]) -> list[tf.Tensor]:
            _, (hidden, *others) = layer.cell.call(now[0], states, training=False)
            return [hidden + now[1], *others]

        start = [tf.convert_to_tensor(state) for state in layer.get_initial_state(rows)]
        hidden = tf.scan(advance, (inputs, nudge), start)[0]
        return tf.transpose(hidden, [1, 0, 2]) if layer.return_sequences else hidden[-1]

    return call
