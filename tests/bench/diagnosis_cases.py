"""Sick and healthy experiments for the benchmark of the diagnosis (facts/diagnosis.md, 1 and 4)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

HE = {"name": "variance_scaling", "scale": 2.0, "mode": "fan_in", "distribution": "uniform"}
NORMAL = {"name": "random_normal", "stddev": 1.0}
CIRCLE = {
    "name": "circles",
    "validation": 300,
    "options": {"n_samples": 1000, "noise": 0.1, "random_state": 1},
}
BLOB = {
    "name": "blobs",
    "validation": 300,
    "options": {
        "n_samples": 1000, "centers": 3, "n_features": 2, "cluster_std": 2.0, "random_state": 2,
    },
}  # fmt: skip
DIGITS = {"name": "digits", "scale": "unit", "split": "random"}
REGRESSION = {
    "name": "regression",
    "validation": 500,
    "options": {"n_samples": 1000, "n_features": 20, "noise": 0.1, "random_state": 1},
}
ADAM = {"name": "adam", "learning_rate": 0.001}
SGD = {"name": "sgd", "learning_rate": 0.01, "momentum": 0.9}


@dataclass(frozen=True)
class Case:
    """One experiment.

    Attributes:
        name: what to call it.
        document: the preset.
        truth: problems that may stand first; empty for a healthy net.
        source: where it comes from.
        cure: whether its remedies are tried.
        seeds_differ: whether some seeds are known to train well, which are then not counted.
        both: of faults in a pair, the names that each may have.
    """

    name: str
    document: dict[str, Any]
    truth: tuple[str, ...] = ()
    source: str = ""
    cure: bool = True
    seeds_differ: bool = False
    both: tuple[tuple[str, ...], ...] = ()


def _case(
    name: str,
    truth: str,
    data: dict[str, Any],
    model: dict[str, Any],
    optimizer: dict[str, Any],
    train: dict[str, Any],
    *,
    source: str = "",
    cure: bool = True,
) -> Case:
    document = {
        "data": data,
        "model": {"family": "mlp"} | model,
        "optimizer": optimizer,
        "train": {"metrics": "auto"} | train,
    }
    return Case(name, document, tuple(truth.split()), source, cure)


def _mlp(
    depth: int, width: int, activation: str, initializer: Any = HE, **more: Any
) -> dict[str, Any]:
    return {
        "depth": depth, "width": width, "activation": activation, "initializer": initializer, **more
    }  # fmt: skip


def sick(folder: Path) -> list[Case]:
    """Development cases; those that need a file of their own write it to `folder`."""
    circle = {"epochs": 100, "batch_size": 128}
    blob = {"epochs": 100, "batch_size": 256}
    gone = "vanishing_gradient"
    burst = "exploding_gradient non_finite"
    cases = [
        _case("circle-8-sigmoid", gone, CIRCLE, _mlp(8, 5, "sigmoid"), ADAM, circle, source="AT 1"),
        _case("circle-11-sigmoid", gone, CIRCLE, _mlp(11, 5, "sigmoid"), ADAM, circle, source="AT 4"),
        _case(
            "blob-11-sigmoid", gone, BLOB, _mlp(11, 5, "sigmoid", output_activation="sigmoid"), ADAM,
            blob | {"loss": "categorical_crossentropy"}, source="AT 7",
        ),
        _case(
            "blob-relu-output", "output_mismatch", BLOB,
            _mlp(4, 50, "relu", output_activation="relu"), ADAM | {"learning_rate": 1e-4},
            blob | {"loss": "categorical_crossentropy"}, source="AT 2",
        ),
        _case(
            "blob-batch-1", "oscillating_loss learning_rate_high", BLOB, _mlp(1, 50, "relu"), SGD,
            {"epochs": 12, "batch_size": 1}, source="AT 3",
        ),
        _case("circle-8-exponential", burst, CIRCLE, _mlp(8, 5, "exponential"), ADAM, circle, source="AT 9"),
        _case("blob-8-exponential", burst, BLOB, _mlp(8, 5, "exponential"), ADAM, blob, source="AT 13"),
        _case(
            "circle-tiny-weights", f"{gone} poor_initialization", CIRCLE,
            _mlp(8, 5, "relu", "random_uniform"), ADAM, circle, source="AT 16",
        ),
        _case(
            "circle-15-relu", f"dead_units {gone}", CIRCLE, _mlp(15, 5, "relu"), ADAM, circle,
            source="AT 19",
        ),
        _case(
            "digits-34-relu", f"{gone} dead_units", DIGITS, _mlp(34, 128, "relu", "glorot_uniform"), ADAM,
            {"epochs": 8}, source="AT 23, digits twin",
        ),
        _case(
            "digits-rate-3", "learning_rate_high output_mismatch non_finite", DIGITS,
            _mlp(1, 30, "linear", NORMAL, bias_initializer=NORMAL, output_initializer=NORMAL,
                 output_activation="linear"),
            {"name": "sgd", "learning_rate": 3.0},
            {"epochs": 5, "batch_size": 10, "loss": "mean_squared_error"}, source="SO 48385830, digits",
        ),
        _case(
            "quartic", "unscaled_targets unscaled_inputs",
            {"name": "npz", "path": str(_quartic(folder)), "split": "random"},
            _mlp(2, 50, "elu", "glorot_uniform"), ADAM,
            {"epochs": 300, "batch_size": 320}, source="SO 52800582",
        ),
        _case(
            "one-softmax", "output_mismatch", {"name": "npz", "path": str(_bits(folder)), "validation": 0},
            _mlp(2, 50, "relu", "glorot_uniform", dropout=0.2, output_units=1,
                 output_activation="softmax"),
            {"name": "rmsprop", "learning_rate": 0.001},
            {"epochs": 3, "batch_size": 1, "loss": "binary_crossentropy"}, source="SO 31880720",
        ),
        _case(
            "xor", "no_learning output_mismatch slow_learning learning_rate_low",
            {"name": "npz", "path": str(_xor(folder)), "validation": 0, "task": "classification"},
            _mlp(1, 4, "sigmoid", "glorot_uniform"),
            {"name": "sgd", "learning_rate": 0.05, "momentum": 0.11},
            {"epochs": 1000, "batch_size": 4, "loss": "mean_absolute_error"}, source="SO 31556268",
        ),
        _case(
            "digits-raw", "unscaled_inputs output_mismatch learning_rate_low",
            {"name": "npz", "path": str(_digits_255(folder)), "split": "random"},
            _mlp(2, [256, 50], "relu", "glorot_uniform", output_activation="sigmoid"),
            {"name": "sgd", "learning_rate": 1e-4},
            {"epochs": 8, "loss": "categorical_crossentropy"}, source="SO 55328966, digits",
        ),
        _case(
            "regression-unscaled", "unscaled_targets", REGRESSION, _mlp(1, 25, "relu", "he_uniform"), SGD,
            {"epochs": 5}, source="MLM E1",
        ),
        _case(
            "circle-u01", "poor_initialization saturated_units vanishing_gradient",
            CIRCLE | {"scale": "symmetric"},
            _mlp(5, 5, "tanh", {"name": "random_uniform", "minval": 0.0, "maxval": 1.0}), SGD,
            {"epochs": 100}, source="MLM V2",
        ),
        _case(
            "blob-rate-1e-6", "learning_rate_low", BLOB, _mlp(1, 50, "relu", "he_uniform"),
            {"name": "sgd", "learning_rate": 1e-6}, {"epochs": 60}, source="MLM learning rates",
        ),
        _case(
            "linear-21-rate", "learning_rate_high exploding_gradient", DIGITS,
            _mlp(21, 256, "linear", "glorot_uniform"), ADAM | {"learning_rate": 0.01}, {"epochs": 6},
            source="AV D4",
        ),
        _case(
            "moons-overfit", "overfitting",
            {"name": "moons", "validation": 70,
             "options": {"n_samples": 100, "noise": 0.2, "random_state": 1}},
            _mlp(1, 500, "relu", "glorot_uniform"), ADAM, {"epochs": 3000}, source="MLM R0",
        ),
        _case(
            "digits-test-unscaled", "split_mismatch",
            DIGITS | {"test": 0.2, "test_scale": "none"}, _mlp(2, 64, "relu", "he_normal"), ADAM,
            {"epochs": 6}, source="CityU A2", cure=False,
        ),
        _case(
            "iris-sigmoid", "output_mismatch poor_initialization slow_learning dead_units",
            {"name": "npz", "path": str(_iris(folder)), "split": "random"},
            _mlp(1, 4, "relu", NORMAL, output_activation="sigmoid"), ADAM,
            {"epochs": 50, "batch_size": 5, "loss": "categorical_crossentropy"},
            source="SO 51930566",
        ),
        _case(
            "multilabel-softmax", "output_mismatch",
            {"name": "npz", "path": str(_labels(folder)), "split": "random"},
            _mlp(2, 20, "relu", "glorot_uniform", dropout=0.5, output_activation="softmax"),
            {"name": "sgd", "learning_rate": 0.01},
            {"epochs": 20, "loss": "mean_squared_error"}, source="SO 38648195",
        ),
        _lenet("lenet-sigmoid", gone, "sigmoid", "he_normal", source="AT 26, digits"),
        _lenet(
            "lenet-tiny-weights", f"{gone} poor_initialization", "relu",
            {"class_name": "RandomNormal", "config": {"stddev": 0.002}}, source="AT 25, digits",
        ),
        _case(
            "clip-too-tight", "clipping_always", DIGITS, _mlp(2, 64, "relu", "he_normal"),
            {"name": "sgd", "learning_rate": 0.01, "global_clipnorm": 1e-4}, {"epochs": 20},
            source="a clip that became the step size",
        ),
    ]  # fmt: skip
    differ = ("circle-15-relu", "digits-34-relu")
    return [replace(case, seeds_differ=case.name in differ) for case in cases]


def healthy(folder: Path) -> list[Case]:
    """Nets with nothing wrong, none of which may be flagged; files of their own go to `folder`."""
    circle = {"epochs": 300, "batch_size": 128}
    blob = {"epochs": 300, "batch_size": 256}
    cases = []
    for depth in (5, 11, 17):
        cases.append(
            _case(f"circle-{depth}-tanh", "", CIRCLE, _mlp(depth, 5, "tanh"), ADAM, circle)
        )
        cases.append(
            _case(
                f"blob-{depth}-tanh", "", BLOB, _mlp(depth, 5, "tanh", output_activation="sigmoid"),
                ADAM, blob | {"loss": "categorical_crossentropy"},
            )
        )  # fmt: skip
    adding = {"name": "adding", "options": {"n_samples": 1000, "T": 20, "random_state": 1}}
    rnn = {"family": "rnn", "cell": "LSTM", "width": 32}
    short = {"epochs": 10}
    cases += [
        _case("sparse-relu", "", DIGITS, _mlp(3, 256, "relu", "he_normal"), ADAM, short),
        _case("z-scored", "", DIGITS | {"scale": "standard"}, _mlp(2, 64, "relu", "he_normal"), ADAM, short),
        _case(
            "clipped", "", DIGITS, _mlp(2, 64, "relu", "he_normal"), SGD | {"global_clipnorm": 1.0}, short
        ),
        _case(
            "clipped-regression", "", REGRESSION, _mlp(1, 25, "relu", "he_uniform"),
            SGD | {"global_clipnorm": 1.0}, {"epochs": 100},
        ),
        _case(
            "batch-norm", "", DIGITS, {"width": [128, 64], "activation": "relu",
            "initializer": "he_normal", "normalization": "after"}, SGD | {"momentum": 0.0}, short,
        ),
        _case("residual", "", DIGITS, _mlp(8, 64, "relu", "he_normal", residual=True), ADAM, short),
        _case("selu", "", DIGITS, _mlp(8, 64, "selu", "lecun_normal"), ADAM, short),
        Case(
            "lstm",
            {"data": adding, "model": rnn, "optimizer": ADAM | {"learning_rate": 0.005},
             "train": {"epochs": 30}},
        ),
        _case("five-relu-circles", "", CIRCLE | {"scale": "symmetric"}, _mlp(2, 50, "relu"), SGD,
              {"epochs": 100}),
        _lenet("lenet-relu", "", "relu", "he_normal"),
        _case(
            "iris", "", {"name": "npz", "path": str(_iris(folder)), "split": "random", "scale": "standard"},
            _mlp(1, 16, "relu", "he_normal"), ADAM | {"learning_rate": 0.01}, {"epochs": 40, "batch_size": 8},
        ),
        _case(
            "multilabel", "", {"name": "npz", "path": str(_labels(folder)), "split": "random"},
            _mlp(2, 64, "relu", "he_normal", output_activation="sigmoid"), ADAM,
            {"epochs": 20, "loss": "binary_crossentropy", "metrics": ["r2_score"]},
        ),
    ]  # fmt: skip
    return cases


def _lenet(name: str, truth: str, activation: str, initializer: Any, *, source: str = "") -> Case:
    """LeNet-5's layers on the 8 x 8 digits."""

    def layer(kind: str, **config: Any) -> dict[str, Any]:
        return {"class_name": kind, "config": config}

    hidden = {"activation": activation, "kernel_initializer": initializer}
    layers = [
        layer("Reshape", target_shape=[8, 8, 1]),
        layer("Conv2D", filters=6, kernel_size=3, padding="same", **hidden),
        layer("AveragePooling2D", pool_size=2),
        layer("Conv2D", filters=16, kernel_size=3, padding="same", **hidden),
        layer("AveragePooling2D", pool_size=2),
        layer("Flatten"),
        layer("Dense", units=120, **hidden),
        layer("Dense", units=84, **hidden),
        layer("Dense", units=10, activation="softmax"),
    ]
    return _case(
        name,
        truth,
        DIGITS,
        {"family": "layers", "layers": layers},
        ADAM,
        {"epochs": 10},
        source=source,
    )


def _save(folder: Path, name: str, x: np.ndarray, y: np.ndarray) -> Path:
    path = folder / f"{name}.npz"
    np.savez(path, x=x.astype(np.float32), y=y)
    return path


def _quartic(folder: Path) -> Path:
    x = np.arange(-100, 100, 0.5)[:, None]
    return _save(folder, "quartic", x, (x**4).astype(np.float32))


def _bits(folder: Path) -> Path:
    x = (np.arange(128) % 2)[:, None]
    return _save(folder, "bits", x, x[:, 0].astype(np.int64))


def _xor(folder: Path) -> Path:
    x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    return _save(folder, "xor", x, np.array([0, 1, 1, 0]))


def _iris(folder: Path) -> Path:
    from sklearn.datasets import load_iris

    flowers: Any = load_iris()
    return _save(folder, "iris", flowers.data, flowers.target)


def _labels(folder: Path) -> Path:
    from sklearn.datasets import make_multilabel_classification

    rows: Any = make_multilabel_classification(2000, n_features=20, n_classes=3, random_state=0)
    x = rows[0]
    return _save(folder, "labels", (x - x.mean(axis=0)) / x.std(axis=0), rows[1].astype(np.float32))


def _digits_255(folder: Path) -> Path:
    from sklearn.datasets import load_digits

    digits: Any = load_digits()
    return _save(folder, "digits", digits.data * 255 / 16, digits.target)
