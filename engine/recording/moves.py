"""How far an optimizer moves a variable, from what it hands to it: no second look at the weights."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

WAYS = ("assign", "assign_add", "assign_sub", "scatter_add", "scatter_sub", "scatter_update")
"""The methods of variables by which optimizers move them."""


class Move:
    """Watches one variable from when it is made until `release` is called.

    Args:
        variable: of Keras' or TensorFlow's own kind.
    """

    def __init__(self, variable: Any) -> None:
        self._variable = variable.value if isinstance(variable, keras.Variable) else variable
        self._graph = _graph()
        # Never computed where nobody asks for it: a copy of all weights is what this is to save.
        self._before = tf.identity(tf.convert_to_tensor(self._variable))
        self._steps: list[tuple[str, tf.Tensor]] = []
        self._all_seen = True
        for name in WAYS:
            original = getattr(self._variable, name)
            wrapper = functools.partial(self._assign, name, original)
            self._variable.__dict__[name] = functools.wraps(original)(wrapper)

    def made(self) -> tf.Tensor:
        """What was added to the variable, or taken from it."""
        if self._all_seen and len(self._steps) == 1:
            return self._steps[0][1]
        if self._all_seen and self._steps:
            return tf.add_n([-step if way == "assign_sub" else step for way, step in self._steps])
        return tf.convert_to_tensor(self._variable) - self._before

    def release(self) -> None:
        """Give the variable back as it was."""
        for name in WAYS:
            self._variable.__dict__.pop(name, None)

    def _assign(
        self, name: str, original: Callable[..., Any], value: Any, *rest: Any, **options: Any
    ) -> Any:
        # What a branch is given cannot be read outside of it; rows may be named twice.
        self._all_seen &= _graph() is self._graph and not name.startswith("scatter")
        try:
            if self._all_seen:
                step = tf.convert_to_tensor(value, self._variable.dtype)
                if name == "assign":
                    step -= tf.convert_to_tensor(self._variable)
                self._steps.append((name, step))
        except (TypeError, ValueError):  # the variable itself tells what is wrong with the value
            self._all_seen = False
        return original(value, *rest, **options)


def value_of(variable: Any) -> tf.Tensor:
    """What a variable of Keras' or TensorFlow's holds."""
    own = isinstance(variable, keras.Variable)
    return tf.convert_to_tensor(variable.value if own else variable)


def _graph() -> Any:
    return None if tf.executing_eagerly() else tf.compat.v1.get_default_graph()
