"""Remedies as Keras code: every one can be read by Python, and says what the preset says."""

from __future__ import annotations

import ast
from typing import Any

import pytest

from gradlab.engine.diagnosis.context import make_context
from gradlab.engine.diagnosis.keras_code import keras_code
from gradlab.engine.diagnosis.registry import KNOWN
from gradlab.engine.diagnosis.remedies import remedies
from gradlab.engine.findings.finding import Finding, Remedy
from gradlab.engine.preset.schema import Preset

SGD = {"name": "sgd", "learning_rate": 1e-3, "momentum": 0.9, "clipnorm": 1.0}
LAYERS = [
    {"class_name": "Dense", "config": {"units": 16, "activation": "sigmoid"}},
    {"class_name": "Dropout", "config": {"rate": 0.95}},
    {"class_name": "Dense", "config": {"units": 16, "activation": "sigmoid"}},
    {"class_name": "Dense", "config": {"units": 10, "activation": "softmax"}},
]
PRESETS: dict[str, dict[str, Any]] = {
    "mlp": {"data": {"name": "moons"}, "model": {"family": "mlp", "activation": "sigmoid"}, "optimizer": SGD},
    "layers": {"data": {"name": "digits"}, "model": {"family": "layers", "layers": LAYERS}},
    "resnet": {"data": {"name": "digits"}, "model": {"family": "resnet", "residual": False}},
    "rnn": {"data": {"name": "adding"}, "model": {"family": "rnn", "cell": "LSTM"}},
    "penalty": {"data": {"name": "regression"},
                "model": {"family": "mlp", "kernel_regularizer": {"name": "l2", "l2": 0.5}}},
}  # fmt: skip


def code(preset: str, **changes: Any) -> list[str]:
    changes = {key.replace("__", "."): value for key, value in changes.items()}
    context = make_context(Preset.model_validate(PRESETS[preset]))
    return keras_code(changes, context).splitlines()


@pytest.mark.parametrize("name", PRESETS)
def test_every_remedy_is_python(name: str) -> None:
    context = make_context(Preset.model_validate(PRESETS[name]))
    offered = [
        remedy
        for problem in KNOWN
        for remedy in remedies(Finding(problem, (), 0, "critical", {}, ""), context)
    ]
    assert offered
    for remedy in offered:
        assert remedy.code, remedy.name
        ast.parse(remedy.code)
        assert Remedy.from_document(remedy.document()) == remedy


def test_an_optimizer_is_written_whole() -> None:
    (line,) = code("mlp", optimizer__learning_rate=0.01)
    assert (
        line == "optimizer = keras.optimizers.SGD(learning_rate=0.01, clipnorm=1.0, momentum=0.9)"
    )


def test_hidden_layers_and_single_ones() -> None:
    (line,) = code("mlp", model__activation="relu", model__initializer="he_normal")
    assert line.startswith(
        'keras.layers.Dense(units, activation="relu", kernel_initializer="he_normal")'
    )
    (line,) = code("layers", model__layers__1__config__rate=0.2)
    assert line == "keras.layers.Dropout(..., rate=0.2)  # layer 2"
    weaker = {"class_name": "L2", "config": {"l2": 1e-4}}
    (line,) = code("penalty", model__kernel_regularizer=weaker)
    assert "kernel_regularizer=keras.regularizers.L2(l2=0.0001)" in line
