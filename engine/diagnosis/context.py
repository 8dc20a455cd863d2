"""What a diagnosis knows beside the recorded statistics: the preset, its data, what theory expects."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from ..preset.schema import Preset
from ..stream.data_facts import DataFacts, Moments, SplitFacts

if TYPE_CHECKING:
    from ..theory import Prediction

USUAL_RATES = {
    "sgd": 0.01, "adadelta": 1.0, "lion": 1e-4, "muon": 0.02, "ftrl": 0.01, "adagrad": 0.01,
}  # fmt: skip
"""Learning rates that work for most nets (Keras' defaults; Adagrad's as in Keras 2); 0.001 elsewhere."""

_CATEGORICAL = ("categoricalcrossentropy", "sparsecategoricalcrossentropy")


@dataclass(frozen=True)
class Context:
    """What the rules may look at beside the history.

    Attributes:
        preset: the resolved preset; None if it is not known.
        data: the data in numbers; None if they are not known.
        prediction: what mean field expects of this initialization; None if it has no formula.
        loss: Keras' name of the loss; "" if it is not known.
    """

    preset: Preset | None = None
    data: DataFacts | None = None
    prediction: Prediction | None = None
    loss: str = ""

    @property
    def task(self) -> str:
        """binary, classification, regression or sequence; "" if it is not known."""
        return self.data.task if self.data else ""

    @property
    def from_logits(self) -> bool:
        """Whether the preset tells its loss to expect logits."""
        loss = self.preset.train.loss if self.preset else ""
        arguments = loss.get("config", loss) if isinstance(loss, dict) else {}
        return bool(arguments.get("from_logits"))

    @property
    def usual_rate(self) -> float:
        """A learning rate that works for most nets with this optimizer."""
        name = self.preset.optimizer.name if self.preset else "adam"
        return USUAL_RATES.get(name, 0.001)

    @cached_property
    def guessing_loss(self) -> float | None:
        """Loss of the best answer that does not look at the inputs; None if it is not known."""
        return constant_loss(self)

    def uniform_loss(self, units: int) -> float:
        """Cross-entropy of an answer that calls all classes equally likely; infinity for other losses.

        Args:
            units: outputs of the net.
        """
        kind = self.loss.replace("_", "").lower()
        classes = 2 if kind == "binarycrossentropy" else units if kind in _CATEGORICAL else 0
        return math.log(classes) if classes > 1 else math.inf

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

    def split(self, name: str) -> SplitFacts | None:
        """What is known of `train`, `validation` or `test`."""
        return self.data.splits.get(name) if self.data else None

    def moments(self, part: str, split: str = "train") -> Moments | None:
        """Of a split's `inputs` or `targets`; None if unknown."""
        rows = self.split(split)
        return getattr(rows, part) if rows else None

    def size(self, part: str, split: str = "train") -> float | None:
        """Root mean square of a split's `inputs` or `targets`; None if unknown."""
        moments = self.moments(part, split)
        return math.hypot(moments.mean, moments.std) if moments else None

    def rows(self, split: str = "train") -> int:
        """Rows of a split; 0 if unknown."""
        facts = self.split(split)
        return facts.rows if facts else 0

    def shares(self, split: str = "train") -> np.ndarray | None:
        """Share of each class in a split, [classes]; None for regression or if unknown."""
        rows = self.split(split)
        if rows is None or not rows.class_counts:
            return None
        counts = np.array(list(rows.class_counts.values()), float)
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
        if loss in ("binarycrossentropy", *_CATEGORICAL):
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
        return targets.std**2
    if loss in ("meanabsoluteerror", "mae"):
        return math.sqrt(2 / math.pi) * targets.std
    return None


def _is_squared(loss: str) -> bool:
    return loss.replace("_", "").lower() in ("meansquarederror", "mse")


def make_context(preset: Preset, data: DataFacts | None = None, loss: str = "") -> Context:
    """A context for a preset.

    Args:
        preset: the resolved preset.
        data: what `describe` says of its data, if they are known.
        loss: Keras' name of the loss; by default the preset's, or what `auto` stands for.
    """
    from ..theory.expectation import expect

    return Context(preset, data, expect(preset, data), loss or _loss_name(preset, data))


def _loss_name(preset: Preset, data: DataFacts | None) -> str:
    loss = preset.train.loss
    if isinstance(loss, dict):
        return str(loss.get("name") or loss.get("class_name", ""))
    if loss != "auto":
        return loss
    task = data.task if data else ""
    names = {
        "regression": "mean_squared_error",
        "binary": "binary_crossentropy",
        "classification": "sparse_categorical_crossentropy",
        "sequence": "sparse_categorical_crossentropy",
    }
    return names.get(task, "")
