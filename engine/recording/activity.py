"""What goes through a layer at every step: its activations on the way up, its delta on the way down."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

from ..measuring.sites import BOUNDS, EXACT_ZERO, kernel_of
from ..measuring.step_probe import saturated
from ..models.capture import leaves, splits_activation
from .squares import squares

STATISTICS = ("delta_norm", "activation_mean", "activation_std", "zero_share", "saturated_share")
"""What is measured of a layer: the norm of dL/d(output before its own activation), then of its outputs."""


class Activity:
    """Measures one layer wherever its `call` is traced, until `remove` is called.

    Args:
        layer: what does the work of a layer, and may have a kernel once it is built.
        watch: takes what is found to be inside of the layer once it is built.
        fault: told what went wrong; the layer goes on unmeasured.
    """

    def __init__(
        self,
        layer: keras.layers.Layer,
        watch: Callable[[keras.layers.Layer], None],
        fault: Callable[[Exception], None],
    ) -> None:
        self.layer = layer
        self._watch = watch
        self._fault = fault
        name = str(getattr(getattr(layer, "activation", None), "__name__", ""))
        self._bounds = BOUNDS.get(name)
        self._can_be_zero = name in EXACT_ZERO
        with tf.init_scope():
            self._delta = tf.Variable(tf.zeros([], tf.float64), trainable=False)
            self._outputs = tf.Variable(tf.zeros([len(STATISTICS) - 1]), trainable=False)
        self._original = layer.call
        # Past Keras' tracking of attributes: the layer must not be seen to have changed.
        object.__setattr__(layer, "call", self._call)

    @property
    def statistics(self) -> tuple[str, ...]:
        """Those of `STATISTICS` that the layer can have."""
        has = {"zero_share": self._can_be_zero, "saturated_share": self._bounds is not None}
        return tuple(name for name in STATISTICS if has.get(name, True))

    def read(self, scale: Any) -> tf.Tensor:
        """The `STATISTICS` of the newest step, float32 [statistics], of a loss multiplied by `scale`."""
        delta = tf.sqrt(self._delta.read_value()) / tf.cast(scale, tf.float64)
        return tf.concat([[tf.cast(delta, tf.float32)], self._outputs.read_value()], axis=0)

    def remove(self) -> None:
        """Give the layer back as it was."""
        self.layer.__dict__.pop("call", None)

    def _call(self, *arguments: Any, **options: Any) -> Any:
        layer, activation = self.layer, None
        if kernel_of(layer) is None:
            self._watch(layer)
            return self._original(*arguments, **options)
        if splits_activation(layer):
            activation = layer.activation
            layer.activation = keras.activations.linear
        try:
            linear = self._original(*arguments, **options)
        finally:
            if activation is not None:
                layer.activation = activation
        try:
            watched = self._watch_delta(linear)
        except Exception as error:
            self._fault(error)
            watched = linear
        outputs = activation(watched) if activation is not None else watched
        self._keep(outputs)
        return outputs

    def _watch_delta(self, linear: Any) -> Any:
        if not tf.is_tensor(linear):
            return linear
        self._delta.assign(0.0)

        @tf.custom_gradient
        def watched(values: tf.Tensor) -> Any:
            def gradient(delta: tf.Tensor) -> tf.Tensor:
                self._delta.assign_add(squares([delta], jit=False)[0])
                return delta

            return tf.identity(values), gradient

        return watched(linear)

    def _keep(self, outputs: Any) -> None:
        try:
            if tf.is_tensor(outputs):
                values = tf.cast(tf.stop_gradient(outputs), tf.float32)
                mean = tf.reduce_mean(values)
                numbers = [mean, tf.sqrt(tf.reduce_mean(tf.square(values - mean)))]
                flags = [tf.equal(values, 0.0), saturated(values, self._bounds or (-1.0, 1.0))]
                numbers += [tf.reduce_mean(tf.cast(flag, tf.float32)) for flag in flags]
                self._outputs.assign(tf.stack(numbers))
        except Exception as error:
            self._fault(error)


class LayerWatch:
    """Measures all layers of a model that have a kernel, until `remove` is called.

    Args:
        model: need not be built.
        fault: told what went wrong; the training goes on.
    """

    def __init__(self, model: keras.Model, fault: Callable[[Exception], None]) -> None:
        self._fault = fault
        self._watched: dict[int, Activity] = {}
        self._watch(model)

    def of(self, kernel: Any) -> Activity | None:
        """What measures the layer of a kernel, if anything does."""
        found = (a for a in self._watched.values() if kernel_of(a.layer) is kernel)
        return next(found, None)

    def remove(self) -> None:
        """Give all layers back as they were."""
        for activity in self._watched.values():
            activity.remove()

    def _watch(self, outer: keras.layers.Layer) -> None:
        for layer in leaves(outer):
            if id(layer) not in self._watched:
                self._watched[id(layer)] = Activity(layer, self._watch, self._fault)
