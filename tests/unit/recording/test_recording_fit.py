"""`GradientRecorder` on real trainings: what it records is true, and the training is as without it."""

from __future__ import annotations

import os
import pickle
import resource
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers, optimizers

from gradlab.engine.recording.callback import GradientRecorder
from gradlab.engine.recording.layers import find_recorded, told_apart
from gradlab.engine.runs.control import request_stop
from gradlab.engine.runs.followed import open_run
from gradlab.engine.stream.history import History

X = np.random.default_rng(0).normal(size=(96, 6)).astype("float32")
Y = np.random.default_rng(1).integers(0, 3, 96)
STEPS = 12
"""Two epochs of six batches."""

Model = Callable[[], keras.Model]


def dense() -> keras.Model:
    return keras.Sequential(
        [
            keras.Input((6,)),
            layers.Dense(5, "tanh"),
            layers.Dense(4, "tanh"),
            layers.Dense(3, "softmax"),
        ]
    )


def compiled(build: Model = dense, optimizer: Any = None, **options: Any) -> keras.Model:
    keras.utils.set_random_seed(3)
    model = build()
    loss = options.pop("loss", "sparse_categorical_crossentropy")
    model.compile(optimizer() if optimizer else optimizers.Adam(0.01), loss, **options)
    return model


def fit(model: keras.Model, *callbacks: keras.callbacks.Callback, epochs: int = 2, **options: Any):
    return model.fit(
        X,
        Y,
        batch_size=16,
        epochs=epochs,
        shuffle=False,
        verbose=0,
        callbacks=list(callbacks),
        **options,
    )


def recorded(folder: Path, model: keras.Model, **options: Any) -> History:
    recorder = GradientRecorder(folder / "runs", name="mine")
    fit(model, recorder, **options)
    assert recorder.run is not None
    run = open_run(recorder.run)
    assert not run.damage
    return run.history


def assert_untouched(model: keras.Model) -> None:
    for optimizer in (
        model.optimizer,
        getattr(model.optimizer, "inner_optimizer", model.optimizer),
    ):
        assert not {"apply", "_clip_gradients"} & set(vars(optimizer))
    assert "compute_loss" not in vars(model)
    pickle.loads(pickle.dumps(model))


@keras.saving.register_keras_serializable("gradlab")
class Own(optimizers.Optimizer):
    """An optimizer of the user's own."""

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        self.assign_sub(variable, gradient * learning_rate)


OPTIONS: dict[str, dict[str, Any]] = {
    "plain": {},
    "jit": {"jit_compile": True},
    "several steps a call": {"steps_per_execution": 4},
    "both": {"jit_compile": True, "steps_per_execution": 4},
    "eager": {"run_eagerly": True},
    "clipnorm": {"optimizer": lambda: optimizers.SGD(0.1, clipnorm=0.05)},
    "global_clipnorm": {"optimizer": lambda: optimizers.SGD(0.1, global_clipnorm=0.05)},
    "clipvalue": {"optimizer": lambda: optimizers.SGD(0.1, clipvalue=0.001)},
    "ema": {"optimizer": lambda: optimizers.Adam(0.01, use_ema=True, ema_overwrite_frequency=5)},
    "loss scale": {"optimizer": lambda: optimizers.Adam(0.01, loss_scale_factor=1024.0)},
    "decay": {"optimizer": lambda: optimizers.AdamW(0.01, weight_decay=0.1)},
    "own": {"optimizer": lambda: Own(0.1)},
}


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
def test_a_recorded_training_is_bit_identical_and_measured_truly(
    options: dict[str, Any], tmp_path: Path
) -> None:
    plain, watched = compiled(**options), compiled(**options)
    without = fit(plain)
    history = recorded(tmp_path, watched)
    assert watched.history.history == without.history
    for a, b in zip(plain.variables, watched.variables, strict=True):
        np.testing.assert_array_equal(a.numpy(), b.numpy())
    assert_untouched(watched)
    assert history.status.status == "finished"
    assert history.steps.steps.tolist() == list(range(STEPS))
    assert [epoch.logs["loss"] for epoch in history.epochs] == pytest.approx(
        without.history["loss"]
    )
    _assert_first_step_is_true(compiled(**options), history)
    if not watched.optimizer.use_ema:  # whose averages take the weights' place at the end
        for place, info in enumerate(history.layers):
            last = np.linalg.norm(watched.trainable_variables[2 * place])
            assert history.weights.series(info.name, "weight_norm")[-1] == pytest.approx(last)


def _assert_first_step_is_true(model: keras.Model, history: History) -> None:
    """Compare the first record with the same step taken by hand."""
    with tf.GradientTape() as tape:
        loss = model.compute_loss(X[:16], Y[:16], model(X[:16], training=True), None, training=True)
    variables = model.trainable_variables
    gradients = tape.gradient(loss, variables)
    clipped = model.optimizer._clip_gradients(gradients)
    before = [v.numpy() for v in variables]
    scale = model.optimizer.loss_scale_factor or 1.0
    model.optimizer.apply([g * scale for g in gradients], variables)

    def first(layer: str, statistic: str) -> float:
        return float(history.steps.series(layer, statistic)[0])

    norm = np.linalg.norm
    assert first("", "loss") == pytest.approx(float(loss), rel=1e-5)
    total = np.sqrt(sum(norm(g) ** 2 for g in gradients))
    assert first("", "grad_norm") == pytest.approx(total, rel=1e-5)
    assert history.started is not None
    for place, info in enumerate(history.started.layers):
        at = 2 * place
        assert first(info.name, "grad_norm") == pytest.approx(norm(gradients[at]), rel=1e-5)
        moved = norm(variables[at].numpy() - before[at])
        assert first(info.name, "update_norm") == pytest.approx(moved, rel=1e-3)
        step = history.weights.steps[0]
        update = history.steps.series(info.name, "update_norm")[step]
        weight = history.weights.series(info.name, "weight_norm")[0]
        ratio = history.weights.series(info.name, "update_ratio")[0]
        assert ratio == pytest.approx(update / weight, rel=1e-5)
        if history.steps.has(info.name, "grad_norm_clipped"):
            assert first(info.name, "grad_norm_clipped") == pytest.approx(
                norm(clipped[at]), rel=1e-5
            )
            assert norm(clipped[at]) < norm(gradients[at])


def sinking() -> keras.Model:
    hidden = [layers.Dense(8, "sigmoid") for _ in range(9)]
    return keras.Sequential([keras.Input((6,)), *hidden, layers.Dense(3, "softmax")])


def test_deltas_and_activations_are_true_and_told_from_and_change_nothing(tmp_path: Path) -> None:
    plain, watched, fresh = compiled(sinking), compiled(sinking), compiled(sinking)
    fit(plain, epochs=8)
    recorder = GradientRecorder(tmp_path, activity=True)
    fit(watched, recorder, epochs=8)
    for a, b in zip(plain.variables, watched.variables, strict=True):
        np.testing.assert_array_equal(a.numpy(), b.numpy())
    assert not any("call" in vars(layer) for layer in watched.layers)
    assert recorder.run is not None
    history = open_run(recorder.run).history
    assert "vanishing_gradient" in [found.finding.problem for found in history.findings]
    sums, outputs = [], tf.constant(X[:16])
    with tf.GradientTape() as tape:
        for layer in fresh.layers:
            tape.watch(linear := tf.matmul(outputs, layer.kernel) + layer.bias)
            sums.append(linear)
            outputs = layer.activation(linear)
        loss = tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(Y[:16], outputs))
    for info, delta, linear in zip(history.layers, tape.gradient(loss, sums), sums, strict=True):
        series = {c.statistic for c in history.started.columns if c.layer == info.name}
        assert ("saturated_share" in series) == (info.activation == "sigmoid")
        first = {name: history.steps.series(info.name, name)[0] for name in series}
        assert first["delta_norm"] == pytest.approx(np.linalg.norm(delta), rel=1e-4)
        if not info.output:
            values = tf.sigmoid(linear).numpy()
            assert first["activation_mean"] == pytest.approx(values.mean(), rel=1e-4)
            assert first["activation_std"] == pytest.approx(values.std(), rel=1e-3)


def test_accumulated_micro_batches_are_told_from_updates(tmp_path: Path) -> None:
    model = compiled(
        optimizer=lambda: optimizers.SGD(0.1, gradient_accumulation_steps=4, clipnorm=1e-4)
    )
    history = recorded(tmp_path, model)
    updated = history.steps.series("", "updated")
    assert updated.tolist() == [0, 0, 0, 1] * 3
    for layer in history.layers:
        moves = history.steps.series(layer.name, "update_norm")
        clipped = history.steps.series(layer.name, "grad_norm_clipped")
        assert ((moves > 0) == (updated == 1)).all()
        assert clipped[updated == 1] == pytest.approx(1e-4, rel=1e-4)


def test_mixed_precision_has_unscaled_norms_and_counts_the_steps_that_are_skipped(
    tmp_path: Path,
) -> None:
    loss_weights = [16.0]

    def scaling() -> optimizers.Optimizer:
        return optimizers.LossScaleOptimizer(optimizers.SGD(1e-9), initial_scale=2.0**127)

    scaled = compiled(optimizer=scaling, loss_weights=loss_weights)
    history = recorded(tmp_path, scaled)
    steps, skipped = history.steps.steps, history.steps.series("", "skipped_steps")
    assert skipped[0] == steps[0] > 0
    assert steps[-1] == STEPS - 1 and len(steps) == STEPS - skipped[-1]
    plain = compiled(optimizer=lambda: optimizers.SGD(1e-9), loss_weights=loss_weights)
    same = recorded(tmp_path, plain)
    # With a rate of next to nothing, the skipped steps would have moved nothing either.
    true = same.steps.series("", "grad_norm")[steps]
    assert history.steps.series("", "grad_norm") == pytest.approx(true, rel=1e-4)
    assert_untouched(scaled)


class Block(layers.Layer):
    """A layer with layers of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.attention = layers.MultiHeadAttention(2, 3)
        self.norm = layers.LayerNormalization()

    def call(self, x: Any) -> Any:
        return self.norm(x + self.attention(x, x))


class Subclassed(keras.Model):
    """A model that only its `call` describes, with a step of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.block, self.cell = Block(), layers.LSTM(4)
        self.head = layers.Dense(3, "softmax")

    def call(self, x: Any) -> Any:
        return self.head(self.cell(self.block(x[:, :, None])))

    def train_step(self, data: Any) -> dict[str, Any]:
        x, y = data
        with tf.GradientTape() as tape:
            loss = self.compute_loss(x, y, self(x, training=True))
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply(gradients, self.trainable_variables)
        return {"loss": loss}


def nested() -> keras.Model:
    """A frozen layer, one that is used twice, and a model within the model."""
    inner = keras.Sequential(
        [keras.Input((6,)), layers.Dense(6, "relu", name="inner")], name="part"
    )
    shared, frozen = layers.Dense(6, name="shared"), layers.Dense(6, name="frozen", trainable=False)
    start = keras.Input((6,))
    end = layers.Dense(3, "softmax", name="end")(shared(frozen(shared(inner(start)))))
    return keras.Model(start, end)


def test_layers_are_found_in_any_model(tmp_path: Path) -> None:
    history = recorded(tmp_path, compiled(nested))
    assert [(i.name, i.kind) for i in history.layers] == [
        ("inner", "Dense"), ("shared", "Dense"), ("end", "Dense"),
    ]  # fmt: skip
    history = recorded(tmp_path, compiled(Subclassed))
    names = [info.name for info in history.layers]
    assert [n for n in names if n.endswith(("query", "key", "value", "attention_output"))] == names[
        :4
    ]
    assert [i.kind for i in history.layers][-2:] == ["LSTMCell", "Dense"]
    assert np.isfinite(history.steps.values).all()


class Pair(keras.Model):
    """Two parts with an optimizer each, as a GAN has."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = (
            layers.Dense(6, name="first"),
            layers.Dense(3, "softmax", name="second"),
        )
        self.other = optimizers.SGD(0.1)

    def call(self, x: Any) -> Any:
        return self.second(self.first(x))

    def train_step(self, data: Any) -> dict[str, Any]:
        x, y = data
        with tf.GradientTape(persistent=True) as tape:
            loss = tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(y, self(x)))
        for optimizer, part in ((self.optimizer, self.first), (self.other, self.second)):
            weights = part.trainable_variables
            optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights, strict=True))
        return {"g_loss": loss}


class Critic(Pair):
    """A pair whose first part steps three times before the second does."""

    def train_step(self, data: Any) -> dict[str, Any]:
        x, y = data
        for _ in range(2):
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(y, self(x)))
            weights = self.first.trainable_variables
            self.optimizer.apply(tape.gradient(loss, weights), weights)
        return super().train_step(data)


def test_the_layers_of_several_parts_carry_the_name_of_theirs() -> None:
    parts = [
        keras.Sequential(
            [keras.Input((4,)), layers.Dense(3, name="low"), layers.Dense(4)], name=part
        )
        for part in ("generator", "critic")
    ]
    groups = [find_recorded(None, part.trainable_variables) for part in parts]
    names = [info.name for info in told_apart(groups)]
    assert names[0] == "generator.low" and names[2] == "critic.low"
    assert told_apart(groups[:1])[0].name == "low"
    assert [info.output for info in told_apart(groups)] == [False, False, False, True]


@pytest.mark.parametrize(("model", "rate"), [(Pair, 1), (Critic, 3)])
def test_two_optimizers_are_one_run(tmp_path: Path, model: Model, rate: int) -> None:
    history = recorded(tmp_path, compiled(model))
    assert [info.name for info in history.layers] == ["first", "second"]
    assert history.steps.steps.tolist() == list(range(STEPS * rate))
    changes = np.diff(history.steps.series("second", "grad_norm")) != 0
    own = list(range(2 * rate - 2, STEPS * rate - 1, rate))
    assert np.flatnonzero(changes).tolist() == own


def test_each_fit_is_a_run_and_the_model_goes_on(tmp_path: Path) -> None:
    model, recorder = compiled(), GradientRecorder(tmp_path / "runs")
    fit(model)
    for _ in range(2):
        fit(model, recorder)
    runs = sorted((tmp_path / "runs").iterdir())
    assert [len(open_run(run).history.steps) for run in runs] == [STEPS, STEPS]
    other = compiled()
    for _ in range(3):
        fit(other)
    for a, b in zip(model.variables, other.variables, strict=True):
        np.testing.assert_array_equal(a.numpy(), b.numpy())


class Raising(keras.callbacks.Callback):
    """Ends a training with an error."""

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        if batch == 3:
            raise ZeroDivisionError


def test_a_training_that_an_error_ends_leaves_no_hook_and_a_sealed_run(tmp_path: Path) -> None:
    model, recorder = compiled(), GradientRecorder(tmp_path)
    with pytest.raises(ZeroDivisionError):
        fit(model, recorder, Raising())
    assert_untouched(model)
    assert recorder.run is not None
    assert open_run(recorder.run).history.status.status == "failed"
    history = recorded(tmp_path, model)
    assert len(history.steps) == STEPS


def test_a_fault_of_the_recording_is_told_once_and_ends_no_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    with pytest.warns(UserWarning, match="not recorded.*the training goes on") as told:
        fit(compiled(), GradientRecorder(tmp_path / "file"))
    assert len(told) == 1

    def broken(*_: Any) -> None:
        raise ValueError("no such layer")

    monkeypatch.setattr("gradlab.engine.recording.hook.find_recorded", broken)
    model, recorder = compiled(), GradientRecorder(tmp_path / "runs")
    with pytest.warns(UserWarning, match="no such layer") as told:
        fit(model, recorder)
    assert len(told) == 1
    assert_untouched(model)
    plain = compiled()
    fit(plain)
    for a, b in zip(plain.variables, model.variables, strict=True):
        np.testing.assert_array_equal(a.numpy(), b.numpy())


def test_distribution_strategies_are_refused_in_one_sentence(tmp_path: Path) -> None:
    with tf.distribute.MirroredStrategy(["CPU:0"]).scope():
        model = compiled()
    with pytest.warns(UserWarning, match="MirroredStrategy each replica has gradients of its own"):
        fit(model, GradientRecorder(tmp_path))
    assert not list(tmp_path.iterdir())


class Filling(keras.callbacks.Callback):
    """Leaves no room in files after the first epoch."""

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        if epoch == 0:
            resource.setrlimit(resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))


def test_what_could_not_be_kept_is_told_at_the_end(tmp_path: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        with pytest.warns(UserWarning, match=r"gradlab: .*File too large") as told:
            fit(compiled(), GradientRecorder(tmp_path), Filling())
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert len(told) == 1


class Forking(keras.callbacks.Callback):
    """Forks a process off that lets go of the training."""

    def __init__(self, recorder: GradientRecorder) -> None:
        super().__init__()
        self.recorder = recorder

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        if epoch == 0:
            child = os.fork()
            if not child:
                self.recorder.on_train_end()
                os._exit(0)
            os.waitpid(child, 0)


def test_what_is_forked_off_a_training_does_not_end_its_run(tmp_path: Path) -> None:
    recorder = GradientRecorder(tmp_path)
    fit(compiled(), recorder, Forking(recorder))
    assert recorder.run is not None
    history = open_run(recorder.run).history
    assert history.status.status == "finished"
    assert len(history.steps) == STEPS


def test_a_fault_is_told_also_where_warnings_are_errors(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        fit(compiled(), GradientRecorder(tmp_path / "file"))
    assert capsys.readouterr().err.count("the training goes on") == 1


class Asking(keras.callbacks.Callback):
    """Asks for a stop as `gradlab runs stop` does."""

    def __init__(self, recorder: GradientRecorder) -> None:
        super().__init__()
        self.recorder = recorder

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        if epoch == 0:
            assert self.recorder.run is not None
            request_stop(self.recorder.run)


def test_a_recorded_training_can_be_asked_to_stop(tmp_path: Path) -> None:
    recorder = GradientRecorder(tmp_path)
    fit(compiled(), recorder, Asking(recorder), epochs=10_000)
    assert recorder.run is not None
    assert open_run(recorder.run).history.status.status == "stopped"
