"""The catalogue says what the installed Keras and the engine's own layers take."""

from __future__ import annotations

import inspect

import keras
import pytest

from gradlab.engine.models.activations import RReLU
from gradlab.engine.preset import catalogue

# Bases, wrappers of other objects, and callbacks that only code can make.
LEFT_OUT = {
    "optimizer": {"Optimizer", "LossScaleOptimizer", "MultiOptimizer"},
    "schedule": {"LearningRateSchedule"},
    "initializer": {"Initializer"},
    "regularizer": {"Regularizer"},
    "constraint": {"Constraint"},
    "loss": {"Loss"},
    "metric": {"Metric", "MeanMetricWrapper", "Mean", "Sum"},
    "callback": {
        "Callback", "CallbackList", "History", "LambdaCallback", "LearningRateScheduler",
        "OrbaxCheckpoint", "ProgbarLogger",
    },
}  # fmt: skip
PLACES = {
    "optimizer": (keras.optimizers, keras.optimizers.Optimizer),
    "schedule": (keras.optimizers.schedules, keras.optimizers.schedules.LearningRateSchedule),
    "initializer": (keras.initializers, keras.initializers.Initializer),
    "regularizer": (keras.regularizers, keras.regularizers.Regularizer),
    "constraint": (keras.constraints, keras.constraints.Constraint),
    "loss": (keras.losses, keras.losses.Loss),
    "metric": (keras.metrics, keras.metrics.Metric),
    "callback": (keras.callbacks, keras.callbacks.Callback),
}


def constructor(cls: type) -> tuple[set[str], set[str]]:
    """All arguments of a class, inherited ones included, and those without a default."""
    everything: dict[str, bool] = {}
    for base in cls.__mro__:
        parameters = list(inspect.signature(base.__init__).parameters.values())[1:]
        for p in parameters:
            if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY):
                everything.setdefault(p.name, p.default is p.empty)
        if not any(p.kind == p.VAR_KEYWORD for p in parameters):
            break
    names = set(everything) - {"name", "dtype"}
    return names, {name for name in names if everything[name]}


@pytest.mark.parametrize("kind", PLACES)
def test_a_table_lists_every_class_of_keras_with_its_arguments(kind):
    module, base = PLACES[kind]
    classes = {
        member.__name__: member
        for member in vars(module).values()
        if inspect.isclass(member) and issubclass(member, base)
    }
    entries = {entry.class_name: entry for entry in catalogue.TABLES[kind].values()}
    if kind == "metric":
        assert entries.pop("RoundedAccuracy").arguments == ()  # gradlab's own
    assert set(entries) == set(classes) - LEFT_OUT[kind]
    for name, entry in entries.items():
        arguments, required = constructor(classes[name])
        assert (name, set(entry.arguments)) == (name, arguments)
        assert (name, set(entry.required)) == (name, required)


def test_activations_are_those_of_keras_and_the_layers():
    functions = {
        name: function
        for name, function in vars(keras.activations).items()
        if inspect.isfunction(function) and name not in ("get", "serialize", "deserialize")
    }
    assert set(catalogue.ACTIVATIONS) == set(functions) | {"prelu", "rrelu", "hard_swish", "swish"}
    for name, entry in catalogue.ACTIVATIONS.items():
        if name in ("prelu", "rrelu"):
            continue
        parameters = list(inspect.signature(keras.activations.get(name)).parameters.values())[1:]
        assert list(entry.arguments) == [p.name for p in parameters], name
        assert list(entry.required) == [p.name for p in parameters if p.default is p.empty], name
    for cls in (RReLU, keras.layers.PReLU, keras.layers.LeakyReLU):
        own = list(inspect.signature(cls.__init__).parameters)[1:-1]
        entry = catalogue.find("activation", cls.__name__)
        assert entry is not None and list(entry.arguments) == own


def test_recurrent_layers_are_those_of_keras():
    for entry in catalogue.RECURRENT_LAYERS.values():
        parameters = inspect.signature(getattr(keras.layers, entry.class_name).__init__).parameters
        assert set(entry.arguments) == set(parameters) - {"self", "kwargs"}


@pytest.mark.parametrize("kind", ["initializer", "regularizer", "constraint", "loss", "metric"])
def test_aliases_mean_what_keras_means(kind):
    module = PLACES[kind][0]
    for alias, name in catalogue.ALIASES.get(kind, {}).items():
        if alias in ("acc", "l1_l2"):
            continue
        made = module.get(alias)
        meant = catalogue.TABLES[kind][name]
        assert getattr(made, "__name__", type(made).__name__) in (name, meant.class_name)


def test_find_takes_names_class_names_and_aliases():
    for name in ("he_normal", "HeNormal"):
        assert catalogue.find("initializer", name) is catalogue.INITIALIZERS["he_normal"]
    assert catalogue.find("loss", "MSE") is catalogue.LOSSES["mean_squared_error"]
    assert catalogue.find("optimizer", "SGD") is catalogue.OPTIMIZERS["sgd"]
    assert catalogue.find("activation", "nothing") is None
