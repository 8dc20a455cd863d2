"""Steps per second against the fastest `fit`, and Keras' own ways of looking at gradients.

    python tests/bench/steps.py [dense] [resnet] [rnn] [lstm] [circles] [command] [--rounds N] [--peers]

Each round times every contestant once, in turn; the figures are medians over the rounds, the ratios
medians of the rounds' own. `fit` runs with each of its compile arguments that make it faster.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from gradlab.engine.data.dataset import Dataset, Split
from gradlab.engine.data.load import load_data
from gradlab.engine.models.build import build
from gradlab.engine.preset.schema import Preset
from gradlab.engine.stream.events import Steps
from gradlab.engine.training.parts import Parts
from gradlab.engine.training.trainer import Trainer

CASES: dict[str, dict[str, Any]] = {
    "dense": {
        "data": {"name": "digits"},
        "model": {"family": "mlp", "depth": 12, "width": 256, "activation": "relu"},
        "optimizer": {"name": "adam"},
    },
    "resnet": {
        "data": {"name": "digits"},
        "model": {"family": "resnet"},
        "optimizer": {"name": "adam"},
    },
    "rnn": {
        "data": {"name": "adding", "options": {"n_samples": 32 * 60, "T": 100}},
        "model": {"family": "rnn", "cell": "SimpleRNN", "width": 64},
        "optimizer": {"name": "adam"},
    },
    "lstm": {
        "data": {"name": "adding", "options": {"n_samples": 32 * 60, "T": 100}},
        "model": {"family": "rnn", "cell": "LSTM", "width": 64},
        "optimizer": {"name": "adam"},
    },
}
IMAGES = {"dense": 32 * 300, "resnet": 32 * 60}
"""How many random images stand in for the data of a case."""

FITS: dict[str, dict[str, Any]] = {
    "fit, plain": {"jit_compile": False},
    "fit, jit": {"jit_compile": True},
    "fit, 50 steps a call": {"jit_compile": False, "steps_per_execution": 50},
    "fit, jit and 50 steps a call": {"jit_compile": True, "steps_per_execution": 50},
}
"""The compile arguments that `fit` gets faster by."""

OURS, QUIET = "gradlab, all recorded", "gradlab, nothing recorded"


CIRCLES: dict[str, Any] = {
    "data": {
        "name": "circles",
        "validation": 500,
        "scale": "symmetric",
        "options": {"n_samples": 1000, "noise": 0.1, "random_state": 1},
    },
    "model": {"family": "mlp", "depth": 5, "width": 5, "activation": "tanh"},
    "optimizer": {"name": "sgd", "learning_rate": 0.01, "momentum": 0.9},
    "train": {"epochs": 200},
}
SCRIPT = """
import ast, sys
import keras
from sklearn.datasets import make_circles
from sklearn.preprocessing import MinMaxScaler

x, y = make_circles(n_samples=1000, noise=0.1, random_state=1)
x = MinMaxScaler((-1, 1)).fit_transform(x)
layers = [keras.layers.Dense(5, "tanh") for _ in range(5)]
model = keras.Sequential([*layers, keras.layers.Dense(1, "sigmoid")])
optimizer = keras.optimizers.SGD(0.01, momentum=0.9)
model.compile(optimizer, "binary_crossentropy", metrics=["accuracy"], **ast.literal_eval(sys.argv[1]))
model.fit(x[:500], y[:500], epochs=200, verbose=0, validation_data=(x[500:], y[500:]))
"""
"""The case study of two circles as one would write it."""


def pixels(shape: tuple[int, ...], rows: int) -> Dataset:
    """Random images with labels: the work of a step does not depend on what they show."""
    generator = np.random.default_rng(0)
    x = generator.random((rows, *shape), np.float32)
    y = generator.integers(0, 10, rows).astype("int32")
    return Dataset("pixels", "classification", Split(x, y), None, None, 10, tuple("0123456789"), "")


class NormsInTrainStep(keras.Model):
    """The usual do-it-yourself: a train_step that returns the norm of every kernel's gradient."""

    def train_step(self, data: Any) -> dict[str, Any]:
        x, y = data
        with tf.GradientTape() as tape:
            loss = self.compute_loss(y=y, y_pred=self(x, training=True))
        variables = [v.value for v in self.trainable_variables]
        gradients = tape.gradient(loss, variables)
        self.optimizer.apply(gradients, self.trainable_variables)
        norms = {f"norm_{i}": tf.norm(g) for i, g in enumerate(gradients)}
        return {"loss": loss, **norms}


def keras_twin(
    preset: Preset, dataset: Dataset, kind: type = keras.Model, **compiled: Any
) -> keras.Model:
    """The same net, compiled as a Keras user would."""
    model = build(preset, dataset)
    if kind is not keras.Model:
        model = kind(model.inputs, model.outputs)
    loss = {
        "binary": "binary_crossentropy",
        "classification": "sparse_categorical_crossentropy",
        "regression": "mean_squared_error",
    }[dataset.task]
    settings = preset.optimizer
    arguments = {"learning_rate": settings.learning_rate} if settings.learning_rate else {}
    if settings.name == "sgd":
        arguments["momentum"] = 0.9
    optimizer = keras.optimizers.get({"class_name": settings.name, "config": arguments})
    counted = kind is keras.Model and dataset.task != "regression"
    model.compile(optimizer, loss, metrics=["accuracy"] if counted else None, **compiled)
    return model


def fitted(
    preset: Preset,
    dataset: Dataset,
    kind: type = keras.Model,
    callbacks: Sequence[Any] = (),
    **compiled: Any,
) -> Callable[[], float]:
    """Seconds of one epoch of `fit`, after a first one."""
    model = keras_twin(preset, dataset, kind, **compiled)

    def epoch() -> float:
        began = time.perf_counter()
        model.fit(
            dataset.train.x, dataset.train.y, batch_size=32, verbose=0, callbacks=list(callbacks)
        )
        return time.perf_counter() - began

    epoch()
    return epoch


def full_batch_tape(preset: Preset, dataset: Dataset) -> Callable[[], float]:
    """The seed article's way: `fit` an epoch, then a GradientTape over all rows."""
    model = keras_twin(preset, dataset)
    loss = keras.losses.SparseCategoricalCrossentropy()

    def epoch() -> float:
        began = time.perf_counter()
        model.fit(dataset.train.x, dataset.train.y, batch_size=32, verbose=0)
        with tf.GradientTape() as tape:
            value = loss(dataset.train.y, model(dataset.train.x))
        variables = [v.value for v in model.trainable_variables]
        _ = [float(tf.norm(g)) for g in tape.gradient(value, variables)]
        return time.perf_counter() - began

    epoch()
    return epoch


def gradlab(preset: Preset, dataset: Dataset, *, probe: bool) -> Callable[[], float]:
    """Seconds of one epoch of gradlab, after a first one."""
    document = preset.model_dump()
    document["train"]["epochs"] = 1000
    document["probe"]["enabled"] = probe
    preset = Preset.model_validate(document)
    events = Trainer(Parts(preset, dataset, build(preset, dataset))).run()
    trainer_steps = -(-len(dataset.train) // 32)

    def epoch() -> float:
        began, steps = time.perf_counter(), 0
        for event in events:
            if isinstance(event, Steps):
                steps += len(event.steps)
                if steps >= trainer_steps:
                    break
        return time.perf_counter() - began

    epoch()
    return epoch


def steps_case(name: str, rounds: int, peers: bool) -> None:
    """Compare everybody on the steps per second of one case."""
    preset = Preset.model_validate(CASES[name])
    rows = IMAGES.get(name)
    dataset = pixels((28, 28), rows) if rows else load_data(preset.data)
    contestants = {fit: fitted(preset, dataset, **compiled) for fit, compiled in FITS.items()}
    contestants[OURS] = gradlab(preset, dataset, probe=True)
    contestants[QUIET] = gradlab(preset, dataset, probe=False)
    if peers:
        board = keras.callbacks.TensorBoard(tempfile.mkdtemp(), histogram_freq=1)
        contestants["fit, norms in train_step"] = fitted(preset, dataset, NormsInTrainStep)
        contestants["fit, TensorBoard histograms"] = fitted(preset, dataset, callbacks=[board])
        contestants["fit, full-batch tape"] = full_batch_tape(preset, dataset)
    seconds = rounds_of(contestants, rounds)
    steps = -(-len(dataset.train) // 32)
    print(f"\n{name}: {steps} steps a round, {rounds} rounds")
    fastest = min(FITS, key=lambda fit: statistics.median(seconds[fit]))
    for contestant, values in seconds.items():
        print(
            f"  {contestant:30} {steps / statistics.median(values):10,.0f} steps/s"
            f"   {ratio(seconds[fastest], values):6.2f} x the fastest fit"
        )
    print(f"  the fastest: {fastest}; recording takes {ratio(seconds[OURS], seconds[QUIET]):.2f} x")


def rounds_of(contestants: dict[str, Callable[[], float]], rounds: int) -> dict[str, list[float]]:
    """The seconds of each contestant in each round."""
    seconds: dict[str, list[float]] = {contestant: [] for contestant in contestants}
    for _ in range(rounds):
        for contestant, timed in contestants.items():
            seconds[contestant].append(timed())
    return seconds


def ratio(these: list[float], those: list[float]) -> float:
    """How many times as long the first takes, the median of the rounds."""
    return statistics.median(one / other for one, other in zip(these, those, strict=True))


def circles_case(rounds: int) -> None:
    """200 epochs of two circles with validation, from the built model to the end."""
    preset = Preset.model_validate(CIRCLES)
    dataset = load_data(preset.data)
    assert dataset.validation
    held_out = (dataset.validation.x, dataset.validation.y)

    def fit(compiled: dict[str, Any]) -> float:
        model = keras_twin(preset, dataset, **compiled)
        began = time.perf_counter()
        model.fit(
            dataset.train.x, dataset.train.y, batch_size=32, epochs=200, verbose=0,
            validation_data=held_out,
        )  # fmt: skip
        return time.perf_counter() - began

    kept = Parts(preset, dataset, build(preset, dataset))

    def trained(parts: Parts) -> float:
        began = time.perf_counter()
        for _ in Trainer(parts).run():
            pass
        return time.perf_counter() - began

    def again() -> float:
        kept.renew(preset.model_copy(update={"seed": 1}))
        return trained(kept)

    trained(kept)
    contestants = {name: partial(fit, compiled) for name, compiled in FITS.items()}
    contestants["gradlab, compilation included"] = lambda: trained(
        Parts(preset, dataset, build(preset, dataset))
    )
    contestants["gradlab, compiled before"] = again
    seconds = rounds_of(contestants, rounds)
    fastest = min(FITS, key=lambda name: statistics.median(seconds[name]))
    print(f"\ncircles 5x5 tanh, 200 epochs with validation, {rounds} rounds; all recorded")
    for contestant, values in seconds.items():
        taken = statistics.median(values)
        against = ratio(seconds[fastest], values)
        print(f"  {contestant:30} {taken:8.2f} s {against:8.2f} x the fastest fit")


def command_case(rounds: int) -> None:
    """`gradlab run` of the circles against a script that fits them, imports and all."""
    folder = Path(tempfile.mkdtemp())
    (folder / "fit.py").write_text(SCRIPT)

    def timed(*arguments: str) -> float:
        began = time.perf_counter()
        subprocess.run([sys.executable, *arguments], cwd=folder, check=True, capture_output=True)
        return time.perf_counter() - began

    contestants = {
        f"a script, {name}": partial(timed, "fit.py", repr(compiled))
        for name, compiled in FITS.items()
    }
    settings = ["circles-tanh-5", "--epochs", "200", "-q"]
    contestants["gradlab run"] = lambda: timed("-m", "gradlab.tui", "run", *settings)
    seconds = rounds_of(contestants, rounds)
    fastest = min(list(seconds)[:-1], key=lambda name: statistics.median(seconds[name]))
    print(f"\ncircles 5x5 tanh, 200 epochs from the shell, imports included, {rounds} rounds")
    for contestant, values in seconds.items():
        taken = statistics.median(values)
        share = ratio(values, seconds[fastest])
        print(f"  {contestant:40} {taken:6.2f} s {share:6.2f} x the time of the fastest fit")


def main() -> None:
    """Run the cases that are named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="*", default=[*CASES, "circles", "command"])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--peers", action="store_true", help="other ways to see gradients, too")
    wanted = parser.parse_args()
    for case in wanted.cases:
        if case in CASES:
            steps_case(case, wanted.rounds, wanted.peers)
        elif case == "circles":
            circles_case(wanted.rounds)
        else:
            command_case(wanted.rounds)


if __name__ == "__main__":
    main()
