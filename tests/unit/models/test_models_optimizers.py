"""Optimizers and schedules."""

import keras
import pytest

from gradlab.engine.errors import PresetError
from gradlab.engine.models.optimizers import make_optimizer
from gradlab.engine.preset.catalogue import OPTIMIZERS
from gradlab.engine.preset.schema import OptimizerSettings


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_of_the_catalogue(name):
    optimizer = make_optimizer(OptimizerSettings(name=name, learning_rate=0.25))
    assert type(optimizer).__name__ == OPTIMIZERS[name].class_name
    assert float(optimizer.learning_rate) == 0.25


def test_keras_own_learning_rate_by_default():
    assert float(make_optimizer(OptimizerSettings(name="sgd")).learning_rate) == pytest.approx(0.01)


def test_arguments_of_the_class():
    settings = OptimizerSettings.model_validate({"name": "sgd", "momentum": 0.9, "nesterov": True})
    optimizer = make_optimizer(settings)
    assert (optimizer.momentum, optimizer.nesterov) == (0.9, True)


def test_clips_are_left_to_the_trainer():
    optimizer = make_optimizer(OptimizerSettings(clipnorm=1.0, clipvalue=0.5))
    assert (optimizer.clipnorm, optimizer.global_clipnorm, optimizer.clipvalue) == (
        None,
        None,
        None,
    )


def test_schedule():
    schedule = {
        "class_name": "ExponentialDecay",
        "config": {"initial_learning_rate": 0.1, "decay_steps": 10, "decay_rate": 0.5},
    }
    optimizer = make_optimizer(OptimizerSettings(name="sgd", learning_rate=schedule))
    assert float(optimizer.learning_rate) == pytest.approx(0.1)
    optimizer.iterations.assign(10)
    assert float(optimizer.learning_rate) == pytest.approx(0.05)
    assert isinstance(optimizer._learning_rate, keras.optimizers.schedules.ExponentialDecay)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"name": "adma"}, r"optimizer: .*did you mean \"(?i:adam)"),
        ({"name": "adam", "momentum": 0.9}, r"optimizer: adam takes no argument \"momentum\""),
        ({"name": "sgd", "momentum": 3.0}, r"optimizer: SGD: .*momentum"),
        (
            {"learning_rate": {"class_name": "CosineDcay"}},
            r"optimizer\.learning_rate: .*did you mean",
        ),
        (
            {"learning_rate": {"class_name": "CosineDecay"}},
            r"learning_rate: .*needs initial_learning",
        ),
    ],
)
def test_errors(settings, message):
    with pytest.raises(PresetError, match=message):
        make_optimizer(OptimizerSettings.model_validate(settings))


def test_a_schedule_that_cannot_compute_is_refused():
    config = {"initial_learning_rate": "fast", "decay_steps": 3, "decay_rate": 0.5}
    rate = {"class_name": "ExponentialDecay", "config": config}
    with pytest.raises(PresetError, match="learning_rate: ExponentialDecay cannot compute a rate"):
        make_optimizer(OptimizerSettings(name="sgd", learning_rate=rate))
