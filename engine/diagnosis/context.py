"""What a diagnosis knows beside the recorded statistics: the preset, its data, what theory expects."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from ..preset.schema import Preset

if TYPE_CHECKING:
    from ..data.dataset import Dataset
    from ..theory import Prediction

KNN_ROWS = 1000
"""Training rows that the attainable error is estimated on."""

KNN_LEAST = 100
"""Fewer rows than this say nothing about the attainable error."""

NEIGHBOURS = (1, 5, 15)
"""Neighbours that vote; the best of them counts."""

USUAL_RATES = {
    "sgd": 0.01, "adadelta": 1.0, "lion": 1e-4, "muon": 0.02, "ftrl": 0.01, "adagrad": 0.01,
}  # fmt: skip
"""Learning rates that work for most nets (Keras' defaults; Adagrad's as in Keras 2); 0.001 elsewhere."""


@dataclass(frozen=True)
class Context:
    """What the rules may look at beside the history.

    Attributes:
        preset: the resolved preset; None if it is not known.
        data: the data in numbers, as `describe` gives them; None if they are not known.
        prediction: what mean field expects of this initialization; None if it has no formula.
        loss: Keras' name of the loss; "" if it is not known.
    """

    preset: Preset | None = None
    data: dict[str, Any] | None = None
    prediction: Prediction | None = None
    loss: str = ""

    @property
    def task(self) -> str:
        """binary, classification, regression or sequence; "" if it is not known."""
        return str(self.data["task"]) if self.data else ""

    @property
    def from_logits(self) -> bool:
        """Whether the preset tells its loss to expect logits."""
        loss = self.preset.train.loss if self.preset else ""
        arguments = loss.get("config", loss) if isinstance(loss, dict) else {}
        return bool(arguments.get("from_logits"))

    @property
    def classifies(self) -> bool:
        """Whether the targets are known to be classes."""
        return self.task in ("binary", "classification", "sequence")

    @property
    def usual_rate(self) -> float:
        """A learning rate that works for most nets with this optimizer."""
        name = self.preset.optimizer.name if self.preset else "adam"
        return USUAL_RATES.get(name, 0.001)

    @cached_property
    def guessing_loss(self) -> float | None:
        """Loss of the best answer that does not look at the inputs; None if it is not known."""
        return constant_loss(self)

    @cached_property
    def fresh_loss(self) -> float | None:
        """Loss of a sound net before its first step; None if it is not known.

        Its outputs are of size 1 and know nothing of the targets, so to guessing, a squared error adds
        1 and an absolute error at most sqrt(2 / pi). With small targets that is far more than guessing.
        """
        if self.guessing_loss is None or self.task != "regression":
            return self.guessing_loss
        return self.guessing_loss + (1.0 if _is_squared(self.loss) else math.sqrt(2 / math.pi))

    @property
    def batch_normalized(self) -> bool:
        """Whether batch normalization follows the layers."""
        model = self.preset.model if self.preset else None
        if (normalization := getattr(model, "normalization", None)) is not None:
            return normalization != "none"
        layers = getattr(model, "layers", [])
        return any(layer.get("class_name") == "BatchNormalization" for layer in layers)

    def moments(self, part: str, split: str = "train") -> dict[str, float] | None:
        """min, max, mean and std of a split's `inputs` or `targets`; None if unknown."""
        rows = self.data["splits"].get(split) if self.data else None
        return rows[part] if rows else None

    def size(self, part: str, split: str = "train") -> float | None:
        """Root mean square of a split's `inputs` or `targets`; None if unknown."""
        moments = self.moments(part, split)
        return math.hypot(moments["mean"], moments["std"]) if moments else None

    def rows(self, split: str = "train") -> int:
        """Rows of a split; 0 if unknown."""
        rows = self.data["splits"].get(split) if self.data else None
        return int(rows["rows"]) if rows else 0

    def shares(self, split: str = "train") -> np.ndarray | None:
        """Share of each class in a split, [classes]; None for regression or if unknown."""
        rows = self.data["splits"].get(split) if self.data else None
        if not rows or not rows["class_counts"]:
            return None
        counts = np.array(list(rows["class_counts"].values()), float)
        return counts / counts.sum()


def constant_loss(context: Context) -> float | None:
    """Loss of the best answer that does not look at the inputs; None if it is not known.

    Cross-entropy: the entropy of the labels. Squared error of numbers: their variance; absolute error:
    sqrt(2 / pi) standard deviations, as for a normal distribution. Squared error of one-hot classes:
    mean of p (1 - p).
    """
    loss, shares = context.loss.replace("_", "").lower(), context.shares()
    squared = _is_squared(loss)
    if shares is not None:
        if loss in (
            "binarycrossentropy",
            "categoricalcrossentropy",
            "sparsecategoricalcrossentropy",
        ):
            positive = shares[shares > 0]
            return float(-(positive * np.log(positive)).sum())
        if squared:
            return float((shares * (1 - shares)).mean())
        if loss in ("meanabsoluteerror", "mae"):
            return float((1 - shares.max()) * (1 if len(shares) == 2 else 2 / len(shares)))
        return None
    targets = context.moments("targets")
    if targets is None:
        return None
    if squared:
        return targets["std"] ** 2
    if loss in ("meanabsoluteerror", "mae"):
        return math.sqrt(2 / math.pi) * targets["std"]
    return None


def _is_squared(loss: str) -> bool:
    return loss.replace("_", "").lower() in ("meansquarederror", "mse")


def make_context(preset: Preset, data: dict[str, Any] | None = None, loss: str = "") -> Context:
    """A context for a preset.

    Args:
        preset: the resolved preset.
        data: what `describe` says of its data, if they are known.
        loss: Keras' name of the loss; by default the preset's, or what `auto` stands for.
    """
    from ..theory.expectation import expect

    return Context(preset, data, expect(preset, data), loss or _loss_name(preset, data))


def describe(dataset: Dataset) -> dict[str, Any]:
    """The data in numbers, as `summarise` gives them, and what the diagnosis needs beyond.

    Returns:
        `data.summary.summarise`'s document and

        - attainable_error: share of errors that the data themselves leave, or None: leave-one-out
          error of the nearest neighbours. One neighbour errs at most twice as often as the best
          possible rule (Cover and Hart 1967, Nearest neighbor pattern classification).
        - shift: for validation and test, the root mean square over features of the difference of
          means from the training rows, in standard deviations of the training rows.
        - largest_column: {index, rms, others}: the input column of the largest root mean square, and
          that of all others together; None where inputs are no columns.
    """
    from ..data.summary import summarise

    splits = {"validation": dataset.validation, "test": dataset.test}
    shift = {
        name: _shift(dataset.train.x, split.x)
        for name, split in splits.items()
        if split is not None
    }
    return summarise(dataset) | {
        "attainable_error": _attainable_error(dataset),
        "shift": shift,
        "largest_column": _largest_column(dataset.train.x),
    }


def _largest_column(x: np.ndarray) -> dict[str, float] | None:
    """The column of the largest root mean square, and that of all others; None without columns."""
    if x.ndim != 2 or x.shape[1] < 2:
        return None
    squares = np.square(x.astype(np.float64)).mean(axis=0)
    index = int(np.argmax(squares))
    others = float(np.sqrt(np.delete(squares, index).mean()))
    return {"index": index, "rms": float(np.sqrt(squares[index])), "others": others}


def _shift(train: np.ndarray, other: np.ndarray) -> float:
    first = train[:10_000].reshape(min(len(train), 10_000), -1)
    second = other[:10_000].reshape(min(len(other), 10_000), -1)
    deviation = first.std(axis=0)
    varied = deviation > 0
    if not varied.any():
        return 0.0
    moved = (second.mean(axis=0) - first.mean(axis=0))[varied] / deviation[varied]
    return float(np.sqrt(np.mean(np.minimum(moved**2, 1e6))))


def _attainable_error(dataset: Dataset) -> float | None:
    if dataset.task not in ("binary", "classification") or len(dataset.train) < KNN_LEAST:
        return None
    chosen = np.random.default_rng(0).permutation(len(dataset.train))[:KNN_ROWS]
    x = dataset.train.x[chosen].reshape(len(chosen), -1).astype(np.float64)
    y = dataset.train.y[chosen].reshape(-1).astype(np.int64)
    squares = (x**2).sum(axis=1)
    distance = squares[:, None] + squares - 2 * x @ x.T
    np.fill_diagonal(distance, np.inf)
    near = y[np.argsort(distance, axis=1)[:, : max(NEIGHBOURS)]]
    votes = np.eye(dataset.classes)[near]
    errors = [(votes[:, :k].sum(axis=1).argmax(axis=1) != y).mean() for k in NEIGHBOURS]
    return float(min(errors))


def _loss_name(preset: Preset, data: dict[str, Any] | None) -> str:
    loss = preset.train.loss
    if isinstance(loss, dict):
        return str(loss.get("name") or loss.get("class_name", ""))
    if loss != "auto":
        return loss
    task = data["task"] if data else ""
    names = {
        "regression": "mean_squared_error",
        "binary": "binary_crossentropy",
        "classification": "sparse_categorical_crossentropy",
        "sequence": "sparse_categorical_crossentropy",
    }
    return names.get(task, "")
