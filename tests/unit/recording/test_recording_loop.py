"""Loops of one's own, compiled and not: what `GradientRecorder.step` records of them is true."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers, optimizers

from gradlab.engine.recording.callback import GradientRecorder
from gradlab.engine.runs.followed import RecordedRun, open_run

pytestmark = pytest.mark.filterwarnings("error::UserWarning")

X = np.random.default_rng(0).normal(size=(8, 6)).astype("float32")
Y = np.random.default_rng(1).normal(size=(8, 1)).astype("float32")
STEPS = 30


def net() -> keras.Model:
    keras.utils.set_random_seed(5)
    return keras.Sequential(
        [keras.Input((6,)), layers.Dense(5, "tanh", name="low"), layers.Dense(1, name="high")]
    )


def opened(recorder: GradientRecorder) -> RecordedRun:
    assert recorder.run is not None
    run = open_run(recorder.run)
    assert not run.damage
    return run


@pytest.mark.parametrize("way", ["eager", "graph", "jit"])
def test_each_step_of_a_loop_has_its_norms(tmp_path: Path, way: str) -> None:
    model, optimizer = net(), optimizers.Adam(0.05)
    optimizer.build(model.trainable_variables)
    recorder = GradientRecorder(tmp_path, name="loop")
    recorder.set_model(model)
    expected: list[list[float]] = []

    def train() -> tuple[Any, Any]:
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(model(X) - Y))
        variables = model.trainable_variables
        gradients = tape.gradient(loss, variables)
        recorder.step(loss, gradients, variables)
        optimizer.apply(gradients, variables)
        return loss, gradients

    step = train if way == "eager" else tf.function(train, jit_compile=way == "jit")
    kernel = model.get_layer("low").kernel
    with recorder:
        for _ in range(STEPS):
            before = kernel.numpy()
            loss, gradients = step()
            moved = np.linalg.norm(kernel.numpy() - before)
            expected.append([float(loss), float(np.linalg.norm(gradients[0])), float(moved)])
        recorder.on_epoch_end(0, {"loss": float(loss), "val_loss": 0.5})
    run = opened(recorder)
    history = run.history
    assert history.status.status == "finished"
    assert [(i.name, i.kind) for i in history.layers] == [("low", "Dense"), ("high", "Dense")]
    assert history.steps.steps.tolist() == list(range(STEPS))
    series = [("", "loss"), ("low", "grad_norm"), ("low", "update_norm")]
    recorded = np.column_stack([history.steps.series(*one) for one in series])
    np.testing.assert_allclose(recorded, expected, rtol=1e-4)
    assert history.epochs[-1].logs == {"loss": pytest.approx(expected[-1][0]), "val_loss": 0.5}
    plain = net()
    other = optimizers.Adam(0.05)
    for _ in range(STEPS):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(plain(X) - Y))
        other.apply(tape.gradient(loss, plain.trainable_variables), plain.trainable_variables)
    np.testing.assert_allclose(kernel.numpy(), plain.layers[0].kernel.numpy(), rtol=1e-4)


def test_two_parts_that_train_at_different_rates_are_one_run(tmp_path: Path) -> None:
    one, two = (tf.Variable(tf.ones([3, 2]), name=name) for name in ("critic", "maker"))
    with GradientRecorder(tmp_path) as recorder:
        for step in range(STEPS):
            recorder.step(1.0, [tf.fill([3, 2], float(step))], [one])
            one.assign_sub(tf.ones([3, 2]))
            if step % 3 == 2:
                recorder.step(2.0, [tf.fill([3, 2], float(step))], [two])
                two.assign_sub(2.0 * tf.ones([3, 2]))
    history = opened(recorder).history
    assert [i.name for i in history.layers] == ["critic", "maker"]
    assert np.isfinite(history.steps.values).all()
    root = np.sqrt(6)
    np.testing.assert_allclose(
        history.steps.series("critic", "grad_norm"), root * np.arange(STEPS), rtol=1e-5
    )
    own = np.maximum((np.arange(STEPS) + 1) // 3 * 3 - 1, 2)
    np.testing.assert_allclose(history.steps.series("maker", "grad_norm"), root * own, rtol=1e-5)
    np.testing.assert_allclose(history.steps.series("maker", "update_norm"), 2 * root, rtol=1e-5)


def test_an_error_and_a_fault_are_told_apart(tmp_path: Path) -> None:
    kernel = tf.Variable(tf.ones([3, 2]))
    failing = GradientRecorder(tmp_path)
    with pytest.raises(ZeroDivisionError), failing:
        failing.step(1.0, [tf.ones([3, 2])], [kernel])
        raise ZeroDivisionError
    status = opened(failing).history.status
    assert (status.status, "ZeroDivisionError" in status.reason) == ("failed", True)

    (tmp_path / "file").write_text("")
    recorder = GradientRecorder(tmp_path / "file")
    with pytest.warns(UserWarning, match="not recorded.*the training goes on") as told, recorder:
        for _ in range(3):
            recorder.step(1.0, [tf.ones([3, 2])], [kernel])
    assert len(told) == 1
