"""Activations as a preset writes them, as layers of their own or as functions for a cell."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras

from ..errors import PresetError
from ..preset.catalogue import LAYER_ACTIVATIONS
from ..preset.objects import name_in
from ..preset.schema import KerasObject
from .objects import first_line, instantiate, lookup


@keras.saving.register_keras_serializable("gradlab")
class RReLU(keras.layers.Layer):
    """Randomized leaky ReLU: x above 0, a * x below, with a ~ U(lower, upper).

    In training every element draws its own slope at every step; in inference the slope is the mean,
    (lower + upper) / 2. Xu et al. 2015, "Empirical Evaluation of Rectified Activations", write the
    slope as 1/a with a from U(3, 8), hence the default bounds.

    Args:
        lower: smallest slope.
        upper: largest slope.
        seed: seed of the slopes; by default drawn from the global one.

    Shapes: any; the output has the shape of the input.
    """

    def __init__(
        self, lower: float = 1 / 8, upper: float = 1 / 3, seed: int | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        if not 0 <= lower <= upper:
            raise ValueError(f"needs 0 <= lower <= upper, not lower={lower}, upper={upper}")
        self.lower = lower
        self.upper = upper
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)
        self.supports_masking = True
        self.built = True

    def call(self, inputs: Any, training: bool = False) -> Any:
        """Apply the activation; see the class."""
        slope: Any = (self.lower + self.upper) / 2
        if training:
            slope = keras.random.uniform(
                keras.ops.shape(inputs),
                self.lower,
                self.upper,
                dtype=self.compute_dtype,
                seed=self.seed_generator,
            )
        return keras.ops.where(inputs >= 0, inputs, slope * inputs)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The shape of the input."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """The arguments, as Keras serialises them."""
        return {
            **super().get_config(),
            "lower": self.lower,
            "upper": self.upper,
            "seed": self.seed,
        }


@keras.saving.register_keras_serializable("gradlab")
class ActivationFunction:
    """A Keras activation function with arguments of its own, such as `celu` with `alpha`.

    Args:
        function: Keras' name of the function.
        arguments: what it takes beside its input.
    """

    def __init__(self, function: str, arguments: dict[str, Any]) -> None:
        self.__name__ = function
        self.arguments = arguments

    def __call__(self, x: Any) -> Any:
        """Apply the function."""
        return getattr(keras.activations, self.__name__)(x, **self.arguments)

    def get_config(self) -> dict[str, Any]:
        """The arguments, as Keras serialises them."""
        return {"function": self.__name__, "arguments": self.arguments}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> ActivationFunction:
        """The inverse of `get_config`."""
        return cls(**config)


LAYERS: dict[str, type[keras.layers.Layer]] = {
    "LeakyReLU": keras.layers.LeakyReLU,
    "PReLU": keras.layers.PReLU,
    "RReLU": RReLU,
}
"""Activations that are layers, by class name."""


def activation_layer(
    value: KerasObject,
    key: str,
    name: str,
    activity_regularizer: keras.regularizers.Regularizer | None = None,
) -> keras.layers.Layer:
    """A layer that applies an activation.

    As in Keras, `leaky_relu` is the function with a slope of 0.2 and `LeakyReLU` the layer with 0.3.

    Args:
        value: as in the preset.
        key: dotted name of the setting, for messages.
        name: the layer's name.
        activity_regularizer: penalty on the outputs.

    Raises:
        PresetError: no such activation, or arguments that it refuses.
    """
    entry, arguments = lookup("activation", value, key)
    common = {"name": name, "activity_regularizer": activity_regularizer}
    is_leaky_function = name_in(value) == "leaky_relu"
    if entry.class_name in LAYERS and not is_leaky_function:
        return instantiate(LAYERS[entry.class_name], {**arguments, **common}, key)
    return keras.layers.Activation(activation_function(value, key), **common)


def activation_function(value: KerasObject, key: str) -> Callable[[Any], Any]:
    """An activation as a function, for a cell or an output layer, which take no layers.

    Raises:
        PresetError: no such function, arguments that it refuses, or an activation with weights or
            randomness of its own.
    """
    entry, arguments = lookup("activation", value, key)
    if entry.name in LAYER_ACTIVATIONS:
        raise PresetError(f"{key}: {entry.name} is a layer; take a function, such as leaky_relu.")
    function = entry.name if entry.class_name in LAYERS else entry.class_name
    if not arguments:
        return keras.activations.get(function)
    made = ActivationFunction(function, arguments)
    try:
        made(keras.ops.zeros((1, 2)))
    except (TypeError, ValueError) as error:
        raise PresetError(f"{key}: {function}: {first_line(error)}") from error
    return made
