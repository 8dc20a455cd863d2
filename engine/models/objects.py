"""Keras objects made from what a preset says: a name, `{name, arguments}`, or `{class_name, config}`."""

from __future__ import annotations

import re
from typing import Any

import keras

from ..errors import PresetError
from ..preset.catalogue import Entry, Kind
from ..preset.objects import kind_of, resolve
from ..preset.schema import KerasObject, MlpSettings, RnnSettings

# Where TensorFlow was in its own graph.
_GRAPH_NODE = re.compile(r"\{\{function_node .*?\}\} ?")

MODULES: dict[Kind, Any] = {
    "initializer": keras.initializers,
    "regularizer": keras.regularizers,
    "constraint": keras.constraints,
    "loss": keras.losses,
    "metric": keras.metrics,
    "schedule": keras.optimizers.schedules,
    "optimizer": keras.optimizers,
    "callback": keras.callbacks,
}
"""Where Keras keeps the classes of each kind."""

_WEIGHT_RULES: tuple[Kind, ...] = ("regularizer", "constraint")


def make(kind: Kind, value: KerasObject, key: str) -> Any:
    """A new Keras object.

    An initializer without a `seed` draws one as it is made, so it must be made anew for each layer:
    one instance gives two layers of the same shape the same weights.

    Args:
        kind: what the value has to be.
        value: as in the preset.
        key: dotted name of the setting, for messages.

    Raises:
        PresetError: no such object, or arguments that it refuses.
    """
    entry, arguments = lookup(kind, value, key)
    return instantiate(getattr(MODULES[kind], entry.class_name), arguments, key)


def make_optional(kind: Kind, value: KerasObject | None, key: str) -> Any:
    """Like `make`; None stays None."""
    return None if value is None else make(kind, value, key)


def weight_rules(settings: MlpSettings | RnnSettings) -> dict[str, Any]:
    """Regularizers and constraints of a layer's kernel and bias, as Keras' arguments.

    Raises:
        PresetError: as `make`.
    """
    return {
        f"{weights}_{kind}": make_optional(
            kind, getattr(settings, f"{weights}_{kind}"), f"model.{weights}_{kind}"
        )
        for weights in ("kernel", "bias")
        for kind in _WEIGHT_RULES
    }


def lookup(kind: Kind, value: KerasObject, key: str) -> tuple[Entry, dict[str, Any]]:
    """The catalogue's entry for a value, and its arguments; errors as in `make`."""
    try:
        return resolve(kind, value)
    except ValueError as error:
        raise PresetError(f"{key}: {error}") from error


def instantiate(cls: Any, arguments: dict[str, Any], key: str) -> Any:
    """An object of a Keras class; values that its constructor refuses are a PresetError.

    Initializers, regularizers and constraints among the arguments may be spelt as in a preset.
    """
    made = {
        name: make(kind, value, f"{key}.{name}")
        if isinstance(value, str | dict) and (kind := kind_of(name)) is not None
        else value
        for name, value in arguments.items()
    }
    try:
        return cls(**made)
    except (TypeError, ValueError) as error:
        raise PresetError(f"{key}: {cls.__name__}: {first_line(error)}") from error


def first_line(error: BaseException) -> str:
    """The first line of a Keras error that says what is wrong; the others describe its call."""
    text = _GRAPH_NODE.sub("", str(error)).strip()
    cause = text.partition("Exception encountered: ")[2]
    lines = (cause or text).splitlines()
    return lines[0] if lines else type(error).__name__
