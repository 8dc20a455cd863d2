"""The loop: repeatable to the bit, resumable to the bit, and equal to Keras where Keras is exact."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from functools import cache
from threading import Event as Flag
from typing import Any

import keras
import numpy as np
import pytest
from tensorflow.python.framework.func_graph import FuncGraph

from gradlab.engine.preset.schema import Preset
from gradlab.engine.stream.events import Epoch, Finished, Steps
from gradlab.engine.stream.history import History
from gradlab.engine.training.steps import choose_jit
from gradlab.engine.training.trainer import Trainer

KINDS = ["circles", "recurrent", "normalized", "dense", "conv", "noisy"]
LATER = [pytest.param(kind, marks=pytest.mark.slow) for kind in KINDS[3:]]


def told(made: Trainer) -> History:
    """What a training says to its end."""
    history = History()
    for event in made.run():
        history.add(event)
    return history


def anew(made: Trainer, seed: int = 0, **arguments: Any) -> Trainer:
    """The same training from its beginning, on the parts that are compiled already."""
    made.parts.renew(made.parts.preset.model_copy(update={"seed": seed}))
    return Trainer(made.parts, **arguments)


@pytest.fixture(scope="module")
def made(small: Any, trainer: Any) -> Any:
    """A trainer of a kind of net that stops early, and is compiled but once."""
    return cache(
        lambda kind: trainer(small(kind, train={"epochs": 3, "early_stopping": {"patience": 2}}))
    )


def losses(history: History) -> np.ndarray:
    return history.steps.series("", "loss")


@pytest.mark.parametrize("kind", [*KINDS[:3], *LATER])
def test_same_losses_whatever_the_block_length(kind: str, made: Any) -> None:
    one = told(anew(made(kind), block_length=1))
    many = told(anew(made(kind), block_length=5))
    np.testing.assert_array_equal(losses(one), losses(many))
    np.testing.assert_array_equal(one.weights.steps, many.weights.steps)
    np.testing.assert_array_equal(one.weights.values, many.weights.values)
    for a, b in zip(one.epochs, many.epochs, strict=True):
        assert a.logs == b.logs


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_same_losses_whether_recorded_or_not(kind: str, made: Any, trained: Any) -> None:
    """In code that is compiled as users' is: in haste, XLA rounds as it merges."""
    preset = made(kind).parts.preset
    quiet = preset.probe.model_copy(update={"enabled": False})
    plain = trained(preset.model_copy(update={"probe": quiet}))
    np.testing.assert_array_equal(losses(told(anew(made(kind)))), losses(plain))


def test_recording_changes_no_bit_of_optimized_code() -> None:
    """The smallest of the slow cases above, compiled as users' trainings are."""
    optimized = {name: v for name, v in os.environ.items() if name != "XLA_FLAGS"}
    case = f"{__file__}::{test_same_losses_whether_recorded_or_not.__name__}[circles]"
    pytest_of_its_own = [sys.executable, "-m", "pytest", "-q", "-m", "slow", "-n0", case]
    done = subprocess.run(pytest_of_its_own, env=optimized, capture_output=True, text=True)
    assert done.returncode == 0 and "1 passed" in done.stdout, done.stdout


@pytest.mark.parametrize("kind", ["noisy", "normalized", "recurrent"])
def test_resume_continues_to_the_bit(kind: str, made: Any) -> None:
    whole = told(anew(made(kind), block_length=3))

    parts, stop, first = History(), Flag(), anew(made(kind), block_length=2)
    for event in first.run(stop):
        parts.add(event)
        if isinstance(event, Steps) and first.step >= first.parts.batches.steps + 3:
            stop.set()
    assert parts.finished is not None and parts.finished.status == "stopped"
    kept, cursor = first.checkpoint()
    kept = {name: array.copy() for name, array in kept.items()}
    second = anew(made(kind), block_length=4)
    second.restore(kept, cursor)
    for event in second.run():
        parts.add(event)
    np.testing.assert_array_equal(losses(whole), losses(parts))
    assert [e.logs for e in whole.epochs] == [e.logs for e in parts.epochs]


def test_a_training_resumed_anywhere_ends_the_same(small: Any, trainer: Any) -> None:
    """Also behind the epoch in which a callback ends it, and when nothing but its end is to be told."""
    watching = {
        "early_stopping": {"patience": 3, "min_delta": 0.02, "restore_best_weights": True},
        "reduce_lr_on_plateau": {"patience": 1, "factor": 0.5, "min_delta": 0.02},
    }
    made = trainer(small("circles", train={"epochs": 40, **watching}), block_length=3)
    whole, kept = History(), []
    for event in made.run():
        whole.add(event)
        arrays, cursor = made.checkpoint()
        kept.append(({name: array.copy() for name, array in arrays.items()}, cursor))
    assert whole.finished and whole.finished.reason.startswith("stopped early by a callback")
    ends = [array.copy() for array in made.parts.model.get_weights()]
    for arrays, cursor in [*kept[::9], *kept[-3:]]:
        again, told = Trainer(made.parts, block_length=2), History()
        again.restore(arrays, cursor)
        for event in again.run():
            told.add(event)
        assert told.finished
        assert (told.finished.step, told.finished.epochs) == (whole.step, len(whole.epochs))
        assert (told.finished.test, told.finished.reason) == (
            whole.finished.test, whole.finished.reason
        )  # fmt: skip
        assert [e.logs for e in told.epochs] == [e.logs for e in whole.epochs[cursor["epoch"] :]]
        for one, other in zip(made.parts.model.get_weights(), ends, strict=True):
            np.testing.assert_array_equal(one, other)


def test_a_training_that_is_stopped_keeps_its_own_weights(small: Any, trainer: Any) -> None:
    """EarlyStopping puts back the best weights at the end of training; a stop is none."""
    stopping = {"patience": 50, "restore_best_weights": True}
    rising = {"name": "sgd", "learning_rate": 0.9}
    preset = small("circles", optimizer=rising, train={"epochs": 50, "early_stopping": stopping})
    made, stop, weights = trainer(preset, block_length=1), Flag(), []
    for event in made.run(stop):
        if isinstance(event, Steps):
            weights = [array.copy() for array in made.parts.model.get_weights()]
            if event.steps[-1] == 5 * made.parts.batches.steps + 2:
                stop.set()
    for one, other in zip(made.parts.model.get_weights(), weights, strict=True):
        np.testing.assert_array_equal(one, other)


def test_agrees_with_keras_fit(small: Any, trainer: Any) -> None:
    """Same order, same optimizer: the same loss curve as `model.fit`, partial batch included."""
    preset = small("circles", train={"epochs": 3, "shuffle": False})
    made = trainer(preset)
    twin = keras.models.clone_model(made.parts.model)
    twin.set_weights(made.parts.model.get_weights())
    twin.compile(
        keras.optimizers.SGD(0.01, momentum=0.9), "binary_crossentropy", metrics=["accuracy"]
    )
    held_out = made.parts.dataset.validation
    theirs = twin.fit(
        made.parts.dataset.train.x, made.parts.dataset.train.y, epochs=3, batch_size=32, shuffle=False,
        verbose=0, validation_data=(held_out.x, held_out.y),
    ).history  # fmt: skip
    ours = [event.logs for event in made.run() if isinstance(event, Epoch)]
    for key in ("loss", "accuracy", "val_loss", "val_accuracy"):
        np.testing.assert_allclose([logs[key] for logs in ours], theirs[key], rtol=2e-5)


def test_both_clips_in_one_step(small: Any, trained: Any) -> None:
    clips = {"global_clipnorm": 0.05, "clipvalue": 0.001}
    history = trained(small("dense", optimizer={"name": "sgd", "learning_rate": 0.1, **clips}))
    before = history.matrix("grad_norm")
    after = history.matrix("grad_norm_clipped")
    assert (after <= before * 1.0001).all()
    assert after.max() <= 0.05
    assert (history.steps.series("", "grad_norm") > 0.05).any()
    whole = history.steps.series("", "grad_norm_clipped")
    assert (whole <= 0.05 * 1.0001).all() and (whole >= after.max(axis=1)).all()


def test_non_finite_losses_end_a_run_as_diverged(trainer: Any) -> None:
    preset = Preset.model_validate(
        {
            "data": {"name": "regression", "options": {"n_samples": 400, "random_state": 1}},
            "model": {"family": "mlp", "depth": 1, "width": 25, "initializer": "he_uniform"},
            "optimizer": {"name": "sgd", "learning_rate": 0.01, "momentum": 0.9},
            "train": {"epochs": 100},
        }
    )
    made = trainer(preset, block_length=1)
    runs = [told(made), told(anew(made, block_length=7))]
    for history in runs:
        assert history.finished is not None
        assert history.finished.status == "diverged"
        assert not np.isfinite(losses(history)[-100:]).any()
    assert len(losses(runs[0])) == len(losses(runs[1])) < 200


def test_early_stopping_and_batch_callbacks(small: Any, trained: Any) -> None:
    preset = small(
        "circles",
        optimizer={"name": "sgd", "learning_rate": 1e-9},
        train={"epochs": 50, "early_stopping": {"patience": 1, "min_delta": 0.1}},
    )
    history = trained(preset)
    assert len(history.epochs) == 2
    assert history.finished is not None and "callback" in history.finished.reason


def test_a_restarted_trainer_equals_a_fresh_one(made: Any, trained: Any) -> None:
    told(anew(made("noisy")))
    again = told(anew(made("noisy"), seed=5))
    fresh = trained(made("noisy").parts.preset.model_copy(update={"seed": 5}))
    np.testing.assert_array_equal(losses(again), losses(fresh))


def test_stop_keeps_what_was_trained(made: Any) -> None:
    stop, events = Flag(), []
    for event in anew(made("dense"), block_length=2).run(stop):
        events.append(event)
        if isinstance(event, Steps):
            stop.set()
    assert isinstance(events[-1], Finished)
    assert (events[-1].status, events[-1].step) == ("stopped", 2)


def test_weight_and_gradient_noise(made: Any, small: Any, trainer: Any) -> None:
    quiet = told(anew(made("circles")))
    noisy = trainer(small("circles", train={"weight_noise": 0.05, "gradient_noise": 0.01}))
    shaken = told(noisy)
    assert losses(quiet)[0] != losses(shaken)[0]
    again = told(anew(noisy))
    np.testing.assert_array_equal(losses(shaken), losses(again))


def test_a_last_batch_of_one_row_is_trained_with_batch_normalization(trained: Any) -> None:
    document = {
        "data": {"name": "circles", "validation": 0.0, "options": {"n_samples": 33}},
        "model": {"family": "mlp", "width": 4, "normalization": "before"},
        "train": {"epochs": 2, "batch_size": 16, "jit": "on"},
    }
    history = trained(Preset.model_validate(document))
    assert history.finished.status == "finished"
    assert len(losses(history)) == 6


@pytest.mark.parametrize(
    ("layers", "compiled"),
    [
        ([keras.layers.Dropout(0.4), keras.layers.Dense(10)], True),
        ([keras.layers.Dropout(0.4), keras.layers.Dense(1)], False),
        ([keras.layers.Dropout(0.4), keras.layers.BatchNormalization()], False),
        ([keras.layers.Dense(1)], True),
        ([keras.layers.Conv2D(4, 3), keras.layers.Dense(10)], False),
    ],
)
def test_xla_is_chosen_by_what_it_does_well(layers: list[Any], compiled: bool) -> None:
    preset = Preset.model_validate({"data": {"name": "circles"}})
    assert choose_jit(preset, layers) is compiled


def test_a_penalty_on_activations_leaves_the_padding_out(small: Any, trained: Any) -> None:
    penalty = {"activity_regularizer": {"name": "l2", "l2": 0.1}, "activation": "relu"}
    train = {"epochs": 1, "batch_size": 150}  # 50 rows and 100 of padding in the last batch
    compiled, plain = (
        losses(trained(small("circles", model=penalty, train=train | {"jit": jit})))
        for jit in ("on", "off")
    )
    np.testing.assert_allclose(compiled, plain, rtol=1e-4)


def test_what_was_compiled_goes_with_its_training(small: Any, trained: Any) -> None:
    def graphs() -> int:
        gc.collect()
        return sum(isinstance(one, FuncGraph) for one in gc.get_objects())

    preset = small("circles", train={"epochs": 1, "jit": "off"})
    before = graphs()
    trained(preset)
    assert graphs() <= before
