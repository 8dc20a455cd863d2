"""The output layer that mlp, resnet and rnn share, and the check that an output fits the targets."""

from __future__ import annotations

from typing import Any

import keras

from ..data.dataset import Dataset
from ..errors import PresetError
from ..preset.schema import HeadSettings
from .activations import activation_function
from .objects import make, make_optional


def add_head(x: Any, settings: HeadSettings, dataset: Dataset) -> Any:
    """Add the output: a linear Dense layer `output`, then its activation `prediction`, if it has one.

    The activation is a layer of its own so that losses can be taken from the logits.

    Args:
        x: features [rows, units], or [rows, steps, units] for a sequence.
        settings: the output's settings.
        dataset: what the output has to fit.

    Returns:
        predictions [rows, output units] or [rows, steps, output units].
    """
    units = settings.output_units or dataset.output_units
    x = keras.layers.Dense(
        units,
        kernel_initializer=make(
            "initializer", settings.output_initializer, "model.output_initializer"
        ),
        kernel_regularizer=make_optional(
            "regularizer", settings.output_regularizer, "model.output_regularizer"
        ),
        kernel_constraint=make_optional(
            "constraint", settings.output_constraint, "model.output_constraint"
        ),
        name="output",
    )(x)
    name = settings.output_activation
    if name == "auto":
        name = automatic_activation(dataset, units)
    function = activation_function(name, "model.output_activation")
    if function is keras.activations.linear:
        return x
    return keras.layers.Activation(function, name="prediction")(x)


def automatic_activation(dataset: Dataset, units: int) -> str:
    """The output activation that the targets ask for: linear, sigmoid or softmax."""
    if dataset.task == "regression":
        return "linear"
    return "sigmoid" if dataset.task == "binary" and units == 1 else "softmax"


def check_output(shape: Any, dataset: Dataset, key: str) -> None:
    """Refuse a model whose output cannot be compared with the targets.

    Args:
        shape: the model's output shape, the rows first; anything but a tuple: several outputs.
        dataset: the targets.
        key: the setting that made the output, for the message.

    Raises:
        PresetError: says what the targets need.
    """
    got = shape[1:] if isinstance(shape, tuple) else None
    units = dataset.output_units
    needs = f"{units} unit{'s' if units > 1 else ''}, one for each target"
    if dataset.task == "binary":
        fits = got in ((1,), (2,))
        needs = "1 unit with sigmoid (or 2 with softmax) for its two classes"
    elif dataset.task == "classification":
        fits = got is not None and len(got) == 1 and (got[0] or 0) >= units
        needs = f"{units} units, one for each class"
    elif dataset.task == "sequence":
        steps = dataset.train.y.shape[1]
        fits = got is not None and len(got) == 2 and got[0] == steps and (got[1] or 0) >= units
        needs = f"the shape ({steps}, {units}): {units} classes at each of {steps} time steps"
    else:
        fits = got == (units,)
    if not fits:
        found = (
            f"one row's output has the shape {got}" if got is not None else "has several outputs"
        )
        raise PresetError(f"{key}: {found}, but data.name={dataset.name!r} needs {needs}.")
