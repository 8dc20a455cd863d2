"""Epochs taken together: the same to the bit as one by one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gradlab.engine.stream.events import Epoch
from gradlab.engine.stream.history import History
from gradlab.engine.training.trainer import Trainer

CIRCLES = {"name": "circles", "options": {"n_samples": 100, "noise": 0.1, "random_state": 1}}


def run(made: Any) -> tuple[History, list[bool]]:
    history, settled = History(), []
    for event in made.run():
        history.add(event)
        if isinstance(event, Epoch):
            settled.append(made.settled and made.step == event.step)
    return history, settled


@pytest.mark.parametrize(
    "tables",
    [
        pytest.param({}, id="plain", marks=pytest.mark.slow),
        pytest.param(
            {"optimizer": {"learning_rate": 1e30}, "train": {"epochs": 450, "batch_size": 20}},
            id="diverging",
        ),
        pytest.param(
            {"model": {"dropout": 0.4}, "data": CIRCLES | {"validation": 0},
             "optimizer": {"learning_rate": {"name": "exponential_decay", "decay_steps": 10,
                                             "initial_learning_rate": 0.1, "decay_rate": 0.9}}},
            id="random numbers and a schedule",
        ),
    ],
)  # fmt: skip
def test_same_numbers_as_one_by_one(tables: dict[str, Any], small: Any, trainer: Any) -> None:
    settings = {"data": CIRCLES, "train": {"epochs": 450, "batch_size": 40}} | tables
    preset = small("circles", **settings)
    made = trainer(preset)
    many, settled = run(made)
    made.parts.renew(preset)
    one, every = run(Trainer(made.parts, block_length=3))
    assert all(every)
    assert not all(settled), "no epochs were taken together"
    np.testing.assert_array_equal(many.steps.steps, one.steps.steps)
    np.testing.assert_array_equal(many.steps.values, one.steps.values)
    np.testing.assert_array_equal(many.weights.steps, one.weights.steps)
    np.testing.assert_array_equal(many.weights.values, one.weights.values)
    assert [(e.epoch, e.step, str(e.logs)) for e in many.epochs] == [
        (e.epoch, e.step, str(e.logs)) for e in one.epochs
    ]
    assert [(p.epoch, p.step) for p in many.probes] == [(p.epoch, p.step) for p in one.probes]
    assert str(many.probes) == str(one.probes)
    assert many.finished is not None and one.finished is not None
    assert (many.finished.status, many.finished.step) == (one.finished.status, one.finished.step)
    seconds = [e.seconds for e in many.epochs]
    assert seconds == sorted(seconds)


def test_restart_repeats_a_fresh_run(small: Any, trainer: Any) -> None:
    preset = small("circles", data=CIRCLES, train={"epochs": 400, "batch_size": 40})
    made = trainer(preset)
    run(made)
    made.parts.renew(made.parts.preset.model_copy(update={"seed": 7}))
    made = Trainer(made.parts)
    again, _ = run(made)
    fresh, _ = run(trainer(preset.model_copy(update={"seed": 7})))
    np.testing.assert_array_equal(again.steps.values, fresh.steps.values)
    assert [e.logs for e in again.epochs] == [e.logs for e in fresh.epochs]
