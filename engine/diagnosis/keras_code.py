"""A remedy as Keras code, for people whose script this is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from ..preset.catalogue import Kind
from ..preset.objects import resolve
from ..preset.schema import Preset
from .context import Context
from .edits import edited

MODULES: dict[Kind, str] = {
    "initializer": "initializers", "regularizer": "regularizers", "constraint": "constraints",
    "loss": "losses", "schedule": "optimizers.schedules", "optimizer": "optimizers",
}  # fmt: skip
"""Where Keras keeps each kind of object."""

OUTPUTS = {
    "binary": ('1, activation="sigmoid"', "binary_crossentropy"),
    "classification": ('classes, activation="softmax"', "sparse_categorical_crossentropy"),
    "sequence": ('classes, activation="softmax"', "sparse_categorical_crossentropy"),
    "regression": ("targets", "mean_squared_error"),
}
"""Units and activation of the last layer, and the loss, that `auto` stands for."""

SCALES = {
    "standard": "({x} - {train}.mean(axis=0)) / {train}.std(axis=0)",
    "minmax": "({x} - {train}.min(axis=0)) / ({train}.max(axis=0) - {train}.min(axis=0))",
    "unit": "{x} / 255  # by the largest value that can be",
}

AFTER = {
    "data.split": "x, x_val, y, y_val = sklearn.model_selection.train_test_split(x, y)",
    "data.test_scale": "x_test = (x_test - x_train.mean(axis=0)) / x_train.std(axis=0)",
    "model.output_initializer": 'keras.layers.Dense(..., kernel_initializer="{}")  # the last layer',
    "model.dropout": "keras.layers.Dropout({})  # after each hidden layer",
    "model.input_dropout": "keras.layers.Dropout({})  # on the inputs",
    "model.noise.input": "keras.layers.GaussianNoise({})  # on the inputs",
    "model.noise.before": "keras.layers.GaussianNoise({})  # before each activation",
    "model.noise.after": "keras.layers.GaussianNoise({})  # after each activation",
    "model.residual": "x = keras.layers.add([x, layer(x)])  # around each layer of the same width",
    "model.depth": "for _ in range({}): ...  # as many hidden layers",
    "model.width": "units = {}  # of each hidden layer",
    "train.epochs": "model.fit(..., epochs={})",
    "train.batch_size": "model.fit(..., batch_size={})",
}
"""Settings that are a line of their own."""

HIDDEN = {
    "model.activation": "activation", "model.initializer": "kernel_initializer",
    "model.kernel_regularizer": "kernel_regularizer", "model.kernel_constraint": "kernel_constraint",
    "model.recurrent_initializer": "recurrent_initializer", "model.recurrent_dropout": "recurrent_dropout",
}  # fmt: skip
"""Settings that are arguments of every hidden layer."""

CALLBACKS = {
    "train.early_stopping": "EarlyStopping",
    "train.reduce_lr_on_plateau": "ReduceLROnPlateau",
}


def keras_code(changes: dict[str, Any], context: Context) -> str:
    """Lines of Keras code that do what a remedy does to a preset; "" where its preset is not known."""
    preset = edited(context.preset, changes) if context.preset else None
    return "\n".join(_lines(changes, preset, context)) if preset else ""


def _lines(changes: dict[str, Any], preset: Preset, context: Context) -> Iterator[str]:
    if "data.scale" in changes:
        yield f"x = {SCALES[preset.data.scale].format(x='x', train='x_train')}"
    if "data.target_scale" in changes:
        yield f"y = {SCALES[preset.data.target_scale].format(x='y', train='y_train')}"
    layer = {"rnn": preset.model.__dict__.get("cell"), "resnet": "Conv2D"}.get(preset.model.family)
    arguments = {HIDDEN[key]: value for key, value in changes.items() if key in HIDDEN}
    if arguments:
        yield f"keras.layers.{layer or 'Dense'}(units, {_arguments(arguments)})  # each hidden layer"
    yield from _single_layers(changes, preset)
    if changes.get("model.normalization", "none") != "none":
        yield f"keras.layers.BatchNormalization()  # {preset.model.__dict__['normalization']} each activation"
    if "model.forget_bias" in changes:
        yield f"forget_bias = {changes['model.forget_bias']}  # added to units:2 * units of the LSTM's bias"
    for key, line in AFTER.items():
        if key in changes:
            yield line.format(changes[key])
    if "model.output_activation" in changes or changes.get("train.loss") == "auto":
        units, loss = OUTPUTS.get(context.task, OUTPUTS["regression"])
        yield f"keras.layers.Dense({units})  # the last layer"
        yield f'model.compile(loss="{loss}", ...)'
    elif "train.loss" in changes:
        yield f"model.compile(loss={_value('loss', changes['train.loss'])}, ...)"
    if any(key.startswith("optimizer.") for key in changes):
        entry, _ = resolve("optimizer", preset.optimizer.name)
        given = preset.optimizer.model_dump(exclude_unset=True, exclude_none=True)
        given.pop("name", None)
        yield f"optimizer = keras.optimizers.{entry.class_name}({_arguments(given)})"
    for key, name in CALLBACKS.items():
        if key in changes:
            given = changes[key] | ({} if "monitor" in changes[key] else {"monitor": "val_loss"})
            yield f"model.fit(..., callbacks=[keras.callbacks.{name}({_arguments(given)})])"


def _single_layers(changes: dict[str, Any], preset: Preset) -> Iterator[str]:
    """Edits of single layers, a line for each layer."""
    by_layer: dict[int, dict[str, Any]] = {}
    for key, value in changes.items():
        parts = key.split(".")
        if parts[:2] == ["model", "layers"] and parts[3:4] == ["config"]:
            by_layer.setdefault(int(parts[2]), {})[parts[4]] = value
    for index, arguments in by_layer.items():
        kind = preset.model.__dict__["layers"][index]["class_name"]
        yield f"keras.layers.{kind}(..., {_arguments(arguments)})  # layer {index + 1}"


def _arguments(given: dict[str, Any]) -> str:
    return ", ".join(f"{name}={_value(name, value)}" for name, value in given.items())


def _value(name: str, value: Any) -> str:
    """A value as Python writes it; Keras objects with arguments as calls."""
    if not isinstance(value, dict):
        return json.dumps(value) if isinstance(value, str) else repr(value)
    ending = "schedule" if name == "learning_rate" else name.rpartition("_")[2]
    kind: Kind = next(known for known in MODULES if str(known) == ending)
    entry, arguments = resolve(kind, value)
    return f"keras.{MODULES[kind]}.{entry.class_name}({_arguments(arguments)})"
