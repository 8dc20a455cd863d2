"""Measures the gradients where an optimizer receives them, inside the compiled step.

An instance's `apply` and `_clip_gradients` are wrapped, so what is traced after that measures too: no second
backward pass, and the step computes what it did. The numbers go into a ring of TensorFlow variables, from
which they are read when there is time.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from .activity import STATISTICS, Activity, LayerWatch
from .layers import Recorded, find_recorded
from .moves import Move, value_of
from .ring import Clock, Ring
from .squares import squares

SCALARS = ("loss", "learning_rate", "grad_norm", "updated", "loss_scale")
LAYER = ("grad_norm", "grad_norm_clipped", "update_norm")
"""What a row of the ring holds: these of the whole model, then each of these of every layer."""


class Hook:
    """Measures what goes through one optimizer until `remove` is called.

    Args:
        model: the model that is trained.
        optimizer: as the model was compiled with it.
        loss: what the step being trained has as its loss.
        clock: counts the steps, of all optimizers of the model together.
        capacity: rows of the ring.
        fault: told what went wrong while the step was traced; the training goes on unmeasured.
        activity: measures layers beside, if it is wanted.
    """

    def __init__(
        self,
        model: keras.Model,
        optimizer: Any,
        loss: tf.Variable,
        clock: Clock,
        capacity: int,
        fault: Callable[[Exception], None],
        activity: LayerWatch | None,
    ) -> None:
        self._model = model
        self._activity = activity
        self._outer = optimizer
        self._inner = getattr(optimizer, "inner_optimizer", optimizer)
        self._capacity = capacity
        self._fault = fault
        self.layers: list[Recorded] = []
        """The layers that are measured; known once the step has been traced."""
        self.watched: list[Activity | None] = []
        """What measures the activity of each of them, if anything does."""
        self._loss = loss
        self._clock = clock
        self._ring: Ring | None = None
        self._clipped: tf.Variable | None = None
        self._filtered: list[Any] = []
        self._moves: list[Move] = []
        self._wrapped: list[tuple[Any, str]] = []
        if self._outer is not self._inner:
            self._wrap(self._outer, "apply", self._count)
        self._wrap(self._inner, "apply", self._apply)
        self._wrap(self._inner, "_clip_gradients", self._clip)

    @property
    def clips(self) -> bool:
        """Whether gradients are clipped."""
        names = ("clipnorm", "global_clipnorm", "clipvalue")
        return any(getattr(self._inner, name, None) for name in names)

    @property
    def accumulates(self) -> bool:
        """Whether several calls make one update."""
        return bool(getattr(self._inner, "gradient_accumulation_steps", None))

    @property
    def scales(self) -> bool:
        """Whether the loss is scaled, so that steps may be skipped."""
        return self._outer is not self._inner

    @property
    def width(self) -> int:
        """Numbers of a row: `SCALARS`, `LAYER` of each layer, `STATISTICS` of each watched one."""
        watched = sum(activity is not None for activity in self.watched)
        return len(SCALARS) + len(LAYER) * len(self.layers) + len(STATISTICS) * watched

    def take(self) -> tuple[np.ndarray, np.ndarray]:
        """Rows since the last call: steps, int64 [rows], and values, float32 [rows, columns]."""
        if self._ring is None:
            return np.zeros(0, np.int64), np.zeros((0, self.width), np.float32)
        return self._ring.take()

    def weight_norms(self) -> np.ndarray:
        """The norm of each layer's kernel as it is now, float64 [layers]."""
        kernels = [value_of(layer.kernel) for layer in self.layers]
        return np.sqrt(squares(kernels, jit=False).numpy())

    def remove(self) -> None:
        """Give the optimizer back as it was."""
        for holder, name in self._wrapped:
            holder.__dict__.pop(name, None)
        self._wrapped = []

    def _wrap(self, holder: Any, name: str, wrapper: Callable[..., Any]) -> None:
        original = getattr(holder, name)
        # Past Keras' tracking of attributes: the optimizer must not be seen to have changed.
        holder.__dict__[name] = functools.wraps(original)(functools.partial(wrapper, original))
        self._wrapped.append((holder, name))

    def _try(self, measure: Callable[[], Any]) -> Any:
        try:
            return measure()
        except Exception as error:
            self._fault(error)
            return None

    def _count(
        self, original: Callable[..., Any], grads: Any, trainable_variables: Any = None
    ) -> Any:
        self._try(lambda: self._clock.tick(self))
        return original(grads, trainable_variables)

    def _apply(
        self, original: Callable[..., Any], grads: Any, trainable_variables: Any = None
    ) -> Any:
        grads = list(grads)
        variables = trainable_variables and list(trainable_variables)
        before = self._try(lambda: self._before(grads, variables))
        try:
            return original(grads, variables)
        finally:
            if before is not None:
                self._try(lambda: self._after(*before))
            for move in self._moves:
                move.release()

    def _before(self, grads: list[Any], variables: list[Any] | None) -> tuple[Any, ...]:
        known = variables or list(self._inner._trainable_variables)
        given = {id(v): g for g, v in zip(grads, known, strict=True) if g is not None}
        if self._ring is None:
            with tf.init_scope():
                self._make([v for v in known if id(v) in given])
        self._filtered = [v for v in known if id(v) in given]
        if not self.scales:
            self._clock.tick(self)
        scale = getattr(self._inner, "loss_scale_factor", None)
        sums = self._squares([given[id(v)] for v in self._filtered])
        if scale is not None:
            sums = sums / float(scale) ** 2
        squares = self._by_layer(sums)
        assert self._clipped is not None
        self._clipped.assign(squares)
        self._moves = []
        for layer in self.layers:
            self._moves.append(Move(layer.kernel))
        return squares, tf.reduce_sum(sums)

    def _after(self, squares: Any, total: Any) -> None:
        assert self._ring is not None and self._clipped is not None
        updates = self._squares([move.made() for move in self._moves])
        every = self._inner.gradient_accumulation_steps or 1
        # `iterations` counts updates, `_iterations` calls.
        updated = tf.equal(tf.math.floormod(self._inner._iterations, every), 0)
        scale = self._outer.dynamic_scale if self.scales else 1.0
        factor = float(getattr(self._inner, "loss_scale_factor", None) or 1.0)
        activity = [a.read(scale * factor) for a in self.watched if a is not None]
        rate = getattr(self._inner, "learning_rate", float("nan"))
        scalars = [self._loss.read_value(), rate, tf.sqrt(total), updated, scale]
        layers = tf.stack([squares, self._clipped, updates], axis=1)
        row = tf.concat(
            [
                tf.stack([tf.cast(tf.convert_to_tensor(s), tf.float32) for s in scalars]),
                tf.cast(tf.reshape(tf.sqrt(layers), [-1]), tf.float32),
                *activity,
            ],
            axis=0,
        )
        self._ring.write(self._clock.step, row)

    def _clip(self, original: Callable[..., Any], grads: Any) -> Any:
        clipped = original(grads)
        if self.clips and len(grads) == len(self._filtered):
            self._try(lambda: self._keep_clipped(list(grads), list(clipped)))
        return clipped

    def _keep_clipped(self, grads: list[Any], clipped: list[Any]) -> None:
        """Keep the squares after clipping.

        Clips by norm scale, so theirs follow from the norms before: a scaled gradient that somebody else
        reads too is rounded by TensorFlow in another way than one that only the optimizer reads.
        """
        assert self._clipped is not None
        if limit := self._inner.clipnorm:
            squares = tf.minimum(self._squares(grads), float(limit) ** 2)
        elif limit := self._inner.global_clipnorm:
            squares = self._squares(grads)
            squares *= tf.minimum(
                tf.cast(1.0, tf.float64), float(limit) ** 2 / tf.reduce_sum(squares)
            )
        else:
            squares = self._squares(clipped)
        self._clipped.assign(self._by_layer(squares))

    def _make(self, variables: Sequence[Any]) -> None:
        """Make the ring; the variables are known only when the first step is traced."""
        self.layers = find_recorded(self._model, variables)
        beside = self._activity
        self.watched = [beside.of(layer.kernel) if beside else None for layer in self.layers]
        self._ring = Ring(self._capacity, self.width)
        self._clipped = tf.Variable(tf.zeros([len(self.layers)], tf.float64), trainable=False)

    def _by_layer(self, squares: tf.Tensor) -> tf.Tensor:
        """The squares of the kernels of all layers, 0 where no gradient was given, float64 [layers]."""
        places = {id(variable): place for place, variable in enumerate(self._filtered)}
        missing = len(self._filtered)
        order = [places.get(id(layer.kernel), missing) for layer in self.layers]
        padded = tf.concat([squares, tf.zeros([1], tf.float64)], axis=0)
        return tf.gather(padded, order)

    def _squares(self, tensors: Sequence[Any]) -> tf.Tensor:
        return squares(tensors, jit=bool(self._model.jit_compile))
