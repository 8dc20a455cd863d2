"""Experiments as people bring them to forums, labelled before any of them was run.

Rules are not tuned to them. Labels: the problems that may stand first, and of faults in
pairs each of the two.
"""

# ruff: noqa: E501
from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from diagnosis_cases import Case

DIGITS = {"name": "digits", "scale": "unit", "split": "random"}
CIRCLES = {
    "name": "circles",
    "scale": "symmetric",
    "options": {"n_samples": 800, "noise": 0.1, "random_state": 7},
}
MOONS = {"name": "moons", "options": {"n_samples": 800, "noise": 0.15, "random_state": 7}}
BLOBS = {
    "name": "blobs",
    "options": {"n_samples": 800, "centers": 4, "cluster_std": 1.0, "random_state": 7},
}
CROSS = "categorical_crossentropy"


def layer(kind: str, **config: Any) -> dict[str, Any]:
    """A Keras layer as a preset has it."""
    return {"class_name": kind, "config": config}


def convolutions(
    count: int, activation: str, *, normalized: bool = False, **more: Any
) -> dict[str, Any]:
    """A few convolutions on the digits' pictures."""
    layers = [layer("Reshape", target_shape=[8, 8, 1])]
    for _ in range(count):
        layers.append(
            layer("Conv2D", filters=8, kernel_size=3, padding="same", activation=activation, **more)
        )
        layers += [layer("BatchNormalization")] if normalized else []
    return {
        "family": "layers",
        "layers": [*layers, layer("Flatten"), layer("Dense", units=10, activation="softmax")],
    }


def schedule(name: str, **config: Any) -> dict[str, Any]:
    """A Keras schedule as a preset has it."""
    return {"class_name": name, "config": config}


def sgd(rate: Any, **more: Any) -> dict[str, Any]:
    """Plain gradient descent."""
    return {"name": "sgd", "learning_rate": rate} | more


def adam(rate: Any = 0.001, **more: Any) -> dict[str, Any]:
    """Adam."""
    return {"name": "adam", "learning_rate": rate} | more


def mlp(
    width: int | list[int], depth: int | None = None, activation: Any = "relu", **more: Any
) -> dict[str, Any]:
    """Dense layers."""
    shape = {"width": width} | ({"depth": depth} if depth else {})
    return {"family": "mlp", "activation": activation} | shape | more


def _of(
    name: str, truth: str, data: Any, model: Any, optimizer: Any, train: Any, both: str = ""
) -> Case:
    """A case; `both` names the faults of a pair: "a|b c" is a or b, and c."""
    document = {"data": data, "model": model, "optimizer": optimizer, "train": train}
    pair = tuple(tuple(fault.split("|")) for fault in both.split())
    first = tuple(truth.split()) or tuple(name for fault in pair for name in fault)
    return Case(name, document, first, "a question in a forum", both=pair)


def sick(folder: Path) -> list[Case]:
    """Thirty experiments that something is wrong with, ten of them in two ways."""
    files = tables(folder)
    high, low, gone, first = (
        "learning_rate_high", "learning_rate_low", "vanishing_gradient", "poor_initialization",
    )  # fmt: skip
    tight, weights = "regularized_too_much", "weights_to_zero"
    one = [
        _of("always one class", f"{high} dead_units", MOONS, mlp(64, 3), adam(0.5), {"epochs": 40}),
        _of("loss goes down by 0.0001", low, DIGITS, mlp(64, 2), sgd(1e-5), {"epochs": 20}),
        _of("nine sigmoid layers", gone, DIGITS, mlp(64, 9, "sigmoid"), sgd(0.01), {"epochs": 15}),
        _of("wine stuck at 1.09", "unscaled_inputs", files["wine"], mlp(32, 2), sgd(0.01), {"epochs": 60, "batch_size": 8}),
        _of("diabetes loss nan", "unscaled_targets", files["diabetes"], mlp(64, 2), sgd(0.01), {"epochs": 40}),
        _of("cancer at 63 percent", "unscaled_inputs", files["cancer"], mlp(16, 1), sgd(0.01), {"epochs": 40}),
        _of("l2 of one half", f"{tight} {weights}", DIGITS,
            mlp(64, 2, kernel_regularizer={"name": "l2", "l2": 0.5}), adam(), {"epochs": 15}),
        _of("dropout 0.95", tight, DIGITS, mlp(64, 3, dropout=0.95), adam(), {"epochs": 20}),
        _of("batch norm online", "noisy_normalization", BLOBS, mlp(32, 2, normalization="before"), adam(),
            {"epochs": 3, "batch_size": 1}),
        _of("epsilon of one", f"unusual_optimizer {low}", DIGITS, mlp(64, 2), adam(1e-4, epsilon=1.0), {"epochs": 20}),
        _of("momentum 0.999", f"unusual_optimizer {high} oscillating_loss", MOONS, mlp(32, 2),
            sgd(0.02, momentum=0.999), {"epochs": 40}),
        _of("decay every ten steps", low, DIGITS, mlp(64, 2),
            sgd(schedule("ExponentialDecay", initial_learning_rate=0.05, decay_steps=10, decay_rate=0.5)),
            {"epochs": 15}),
        _of("clipvalue 1e-5", "clipping_always", DIGITS, mlp(64, 2), sgd(0.01, clipvalue=1e-5), {"epochs": 15}),
        _of("kernels of zeros", first, DIGITS, mlp(64, 2, "tanh", initializer="zeros"), adam(), {"epochs": 12}),
        _of("normal weights of one", f"{first} saturated_units", DIGITS,
            mlp(128, 4, "tanh", initializer={"name": "random_normal", "stddev": 1.0}), sgd(0.001), {"epochs": 15}),
        _of("no activation", "underfitting no_learning", CIRCLES, mlp(32, 3, "linear"), adam(), {"epochs": 60}),
        _of("labels in another order", "overfitting", files["shuffled"], mlp(256, 2), adam(), {"epochs": 40}),
        _of("eight convolutions", gone, DIGITS, convolutions(8, "sigmoid"), adam(), {"epochs": 8}),
        _of("sorted iris", "split_mismatch", files["sorted"], mlp(16, 2), adam(0.01), {"epochs": 40}),
        _of("scores without softmax", "output_mismatch", BLOBS, mlp(32, 2, output_activation="linear"), adam(),
            {"epochs": 30, "loss": CROSS}),
    ]  # fmt: skip
    two = [
        _of("diabetes through a sigmoid", "", files["diabetes"], mlp(32, 2, output_activation="sigmoid"),
            sgd(0.01), {"epochs": 40}, "output_mismatch unscaled_targets"),
        _of("raw wine at rate 1", "", files["wine"], mlp(32, 2), sgd(1.0), {"epochs": 40, "batch_size": 8},
            f"unscaled_inputs {high}"),
        _of("sigmoids at 1e-5", "", DIGITS, mlp(64, 8, "sigmoid"), sgd(1e-5), {"epochs": 15}, f"{gone} {low}"),
        _of("one softmax at 0.5", "", MOONS, mlp(32, 3, output_units=1, output_activation="softmax"), adam(0.5),
            {"epochs": 40, "loss": "binary_crossentropy"}, f"output_mismatch {high}"),
        _of("dropout at 1e-5", "", DIGITS, mlp(64, 2, dropout=0.9), sgd(1e-5), {"epochs": 20}, f"{tight} {low}"),
        _of("large weights at 0.3", "", DIGITS, mlp(64, 4, "tanh", initializer={"name": "random_normal", "stddev": 1.0}),
            adam(0.3), {"epochs": 12}, f"{first}|saturated_units {high}"),
        _of("nothing scaled", "", files["houses"], mlp(32, 2), adam(), {"epochs": 30},
            "unscaled_inputs unscaled_targets"),
        _of("sorted iris at rate 3", "", files["sorted"], mlp(16, 2), sgd(3.0), {"epochs": 40},
            f"split_mismatch {high}"),
        _of("bright pictures, sigmoids", "", files["bright"], mlp(64, 9, "sigmoid"), adam(), {"epochs": 12},
            f"unscaled_inputs {gone}|saturated_units"),
        _of("clip and l2", "", DIGITS, mlp(64, 2, kernel_regularizer={"name": "l2", "l2": 0.3}),
            sgd(0.01, global_clipnorm=1e-3), {"epochs": 15}, f"clipping_always {tight}|{weights}"),
    ]  # fmt: skip
    return one + two


def healthy(folder: Path) -> list[Case]:
    """Thirty experiments with nothing wrong, settings as tutorials and papers have them."""
    files = tables(folder)
    wine, cancer = (files[name] | {"scale": "standard"} for name in ("wine", "cancer"))
    diabetes = files["diabetes"] | {"scale": "standard", "target_scale": "standard"}
    houses = files["houses"] | {"scale": "standard", "target_scale": "standard"}
    he = {"initializer": "he_normal"}
    cosine = schedule("CosineDecay", initial_learning_rate=0.1, decay_steps=700)
    smooth = schedule("CategoricalCrossentropy", label_smoothing=0.1)
    return [
        _of("moons", "", MOONS, mlp(32, 2), adam(0.01), {"epochs": 50}),
        _of("circles", "", CIRCLES, mlp(32, 2), adam(0.01), {"epochs": 50}),
        _of("blobs", "", BLOBS, mlp(16, 1), sgd(0.05), {"epochs": 40}),
        _of("digits", "", DIGITS, mlp([128, 64]), adam(), {"epochs": 20}),
        _of("dropout of a half", "", DIGITS, mlp(256, 2, dropout=0.5), adam(), {"epochs": 30}),
        _of("batch norm", "", DIGITS, mlp(64, 3, normalization="before"), sgd(0.05, momentum=0.9), {"epochs": 15}),
        _of("convolutions", "", DIGITS, convolutions(2, "relu"), adam(), {"epochs": 12}),
        _of("convolutions, batch norm", "", DIGITS, convolutions(2, "relu", normalized=True), adam(), {"epochs": 12}),
        _of("nesterov", "", DIGITS, mlp(64, 2), sgd(0.05, momentum=0.9, nesterov=True), {"epochs": 15}),
        _of("rmsprop", "", DIGITS, mlp(64, 2), {"name": "rmsprop"}, {"epochs": 15}),
        _of("nadam", "", MOONS, mlp(32, 2), {"name": "nadam", "learning_rate": 0.005}, {"epochs": 50}),
        _of("adamw", "", DIGITS, mlp(64, 2), {"name": "adamw", "learning_rate": 0.001, "weight_decay": 0.05},
            {"epochs": 20}),
        _of("lion", "", DIGITS, mlp(64, 2), {"name": "lion", "learning_rate": 3e-4}, {"epochs": 20}),
        _of("adagrad", "", DIGITS, mlp(64, 2), {"name": "adagrad", "learning_rate": 0.05}, {"epochs": 20}),
        _of("cosine", "", DIGITS, mlp(64, 2), sgd(cosine, momentum=0.9), {"epochs": 15}),
        _of("a little l2", "", MOONS, mlp(64, 2, kernel_regularizer={"name": "l2", "l2": 1e-3}), adam(0.01),
            {"epochs": 60}),
        _of("max norm and dropout", "", DIGITS, mlp(128, 2, dropout=0.2, kernel_constraint={"name": "max_norm", "max_value": 3}),
            sgd(0.1, momentum=0.9), {"epochs": 20}),
        _of("label smoothing", "", DIGITS, mlp(64, 2), adam(), {"epochs": 20, "loss": smooth}),
        _of("wine", "", wine, mlp(16, 1), adam(0.01), {"epochs": 40, "batch_size": 16}),
        _of("cancer", "", cancer, mlp(16, 2), adam(), {"epochs": 40}),
        _of("diabetes", "", diabetes, mlp(16, 1, kernel_regularizer={"name": "l2", "l2": 0.01}), sgd(0.01), {"epochs": 60}),
        _of("houses", "", houses, mlp(64, 2), adam(), {"epochs": 60}),
        _of("adding, gru", "", {"name": "adding", "options": {"n_samples": 1500, "T": 12, "random_state": 7}},
            {"family": "rnn", "cell": "GRU", "width": 32}, adam(0.01), {"epochs": 25}),
        _of("self-normalizing", "", DIGITS, mlp(64, 10, "selu", initializer="lecun_normal"), sgd(0.01, momentum=0.9),
            {"epochs": 20}),
        _of("row by row", "", BLOBS, mlp(16, 1), sgd(0.005), {"epochs": 5, "batch_size": 1}),
        _of("all rows at once", "", MOONS, mlp(64, 2), adam(0.01), {"epochs": 400, "batch_size": 640}),
        _of("one layer of sigmoids", "", DIGITS, mlp(64, 1, "sigmoid"), adam(0.005), {"epochs": 20}),
        _of("beta_1 of a half", "", DIGITS, mlp(64, 2), adam(0.001, beta_1=0.5, beta_2=0.99), {"epochs": 20}),
        _of("a fifth of the labels wrong", "", files["noisy"], mlp(32, 2, kernel_regularizer={"name": "l2", "l2": 1e-3}),
            adam(0.003), {"epochs": 25}),
        _of("residual", "", DIGITS, mlp(64, 12, residual=True, **he), sgd(0.01, momentum=0.9), {"epochs": 15}),
    ]  # fmt: skip


def tables(folder: Path) -> dict[str, dict[str, Any]]:
    """Data sections of the tables that scikit-learn brings along, raw, and of some made from them."""
    from sklearn import datasets

    rng = np.random.default_rng(7)
    digits: Any = datasets.load_digits()
    x, y = digits.data / 16, digits.target
    iris: Any = datasets.load_iris()
    rows = rng.uniform([20, 1, 0, 500], [400, 8, 90, 9000], (600, 4))
    prices = 900 * rows[:, 0] + 12_000 * rows[:, 1] - 700 * rows[:, 2] + 5 * rows[:, 3]
    moons: Any = datasets.make_moons(1200, noise=0.1, random_state=7)
    flipped = rng.random(1200) < 0.2
    arrays = {
        "shuffled": (x, rng.permutation(y)),
        "sorted": (iris.data, iris.target),
        "bright": (x * 255, y),
        "houses": (rows, (prices + rng.normal(0, 5000, 600)).astype(np.float32)),
        "noisy": (moons[0], np.where(flipped, 1 - moons[1], moons[1])),
    }
    for name in ("wine", "diabetes", "cancer"):
        load = getattr(datasets, "load_breast_cancer" if name == "cancer" else f"load_{name}")
        table: Any = load()
        target = table.target.astype(np.float32) if name == "diabetes" else table.target
        arrays[name] = (table.data, target)
    for name, (inputs, targets) in arrays.items():
        np.savez(folder / f"unseen-{name}.npz", x=inputs.astype(np.float32), y=targets)
    return {
        name: {"name": "npz", "path": str(folder / f"unseen-{name}.npz"),
               "split": "tail" if name == "sorted" else "random"}
        for name in arrays
    }  # fmt: skip
