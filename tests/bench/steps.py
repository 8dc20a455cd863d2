"""Steps per second against Keras' own ways of looking at gradients; ratios from one run.

    python tests/bench/steps.py [dense] [circles] [resnet] [--rounds N]

Each round times every contestant once, in turn; the figures are medians over the rounds.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
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
    "circles": {
        "data": {
            "name": "circles",
            "validation": 500,
            "scale": "symmetric",
            "options": {"n_samples": 1000, "noise": 0.1, "random_state": 1},
        },
        "model": {"family": "mlp", "depth": 5, "width": 5, "activation": "tanh"},
        "optimizer": {"name": "sgd", "learning_rate": 0.01, "momentum": 0.9},
        "train": {"epochs": 200},
    },
    "resnet": {
        "data": {"name": "digits"},
        "model": {"family": "resnet"},
        "optimizer": {"name": "adam"},
    },
}


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


def keras_twin(preset: Preset, dataset: Dataset, kind: type = keras.Model) -> keras.Model:
    """The same net, compiled as a Keras user would."""
    model = build(preset, dataset)
    if kind is not keras.Model:
        model = kind(model.inputs, model.outputs)
    loss = "binary_crossentropy" if dataset.task == "binary" else "sparse_categorical_crossentropy"
    settings = preset.optimizer
    arguments = {"learning_rate": settings.learning_rate} if settings.learning_rate else {}
    if settings.name == "sgd":
        arguments["momentum"] = 0.9
    optimizer = keras.optimizers.get({"class_name": settings.name, "config": arguments})
    model.compile(optimizer, loss, metrics=["accuracy"] if kind is keras.Model else None)
    return model


def fitted(
    preset: Preset, dataset: Dataset, kind: type = keras.Model, callbacks: Any = ()
) -> Callable[[], float]:
    """Seconds of one epoch of `fit`, after a first one."""
    model = keras_twin(preset, dataset, kind)

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


def steps_case(name: str, rows: int, shape: tuple[int, ...], rounds: int) -> None:
    """Compare everybody on the steps per second of one case."""
    preset = Preset.model_validate(CASES[name])
    dataset = pixels(shape, rows)
    folder = tempfile.mkdtemp()
    contestants = {
        "plain fit": fitted(preset, dataset),
        "gradlab": gradlab(preset, dataset, probe=True),
        "gradlab, no statistics": gradlab(preset, dataset, probe=False),
        "fit, norms in train_step": fitted(preset, dataset, NormsInTrainStep),
        "fit, TensorBoard histograms": fitted(
            preset, dataset, callbacks=[keras.callbacks.TensorBoard(folder, histogram_freq=1)]
        ),
        "fit, full-batch tape": full_batch_tape(preset, dataset),
    }
    seconds: dict[str, list[float]] = {contestant: [] for contestant in contestants}
    for _ in range(rounds):
        for contestant, epoch in contestants.items():
            seconds[contestant].append(epoch())
    median = {contestant: statistics.median(values) for contestant, values in seconds.items()}
    steps = -(-rows // 32)
    print(f"\n{name}: {steps} steps a round, {rounds} rounds")
    for contestant, value in median.items():
        print(
            f"  {contestant:30} {steps / value:10,.0f} steps/s"
            f"   {median['plain fit'] / value:6.2f} x plain fit"
        )
    print(
        f"  gradlab takes {median['gradlab'] / median['gradlab, no statistics']:.2f} x the time of "
        "the same loop without statistics"
    )


def circles_case(rounds: int) -> None:
    """200 epochs of two circles with validation, from the built model to the end."""
    preset = Preset.model_validate(CASES["circles"])
    dataset = load_data(preset.data)
    assert dataset.validation
    held_out = (dataset.validation.x, dataset.validation.y)
    ours, later, theirs = [], [], []
    for _ in range(rounds):
        model = build(preset, dataset)
        began = time.perf_counter()
        parts = Parts(preset, dataset, model)
        for _ in Trainer(parts).run():
            pass
        ours.append(time.perf_counter() - began)
        parts.renew(preset.model_copy(update={"seed": 1}))
        began = time.perf_counter()
        for _ in Trainer(parts).run():
            pass
        later.append(time.perf_counter() - began)
        model = keras_twin(preset, dataset)
        began = time.perf_counter()
        model.fit(
            dataset.train.x, dataset.train.y, batch_size=32, epochs=200, verbose=0,
            validation_data=held_out,
        )  # fmt: skip
        theirs.append(time.perf_counter() - began)
    fit, first, again = map(statistics.median, (theirs, ours, later))
    print(f"\ncircles 5x5 tanh, 200 epochs with validation, {rounds} rounds")
    print(f"  plain fit {fit:.2f} s, gradlab {first:.2f} s with compilation, {again:.2f} s without")
    print(f"  {fit / first:.1f} x plain fit with compilation, {fit / again:.1f} x without")


def main() -> None:
    """Run the cases that are named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="*", default=["dense", "circles", "resnet"])
    parser.add_argument("--rounds", type=int, default=3)
    wanted = parser.parse_args()
    for case in wanted.cases:
        if case == "dense":
            steps_case("dense", 32 * 300, (28, 28), wanted.rounds)
        elif case == "circles":
            circles_case(wanted.rounds)
        else:
            steps_case("resnet", 32 * 60, (28, 28), wanted.rounds)


if __name__ == "__main__":
    main()
