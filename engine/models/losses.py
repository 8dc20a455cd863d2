"""The loss, from logits where Keras has it, with targets and metrics in the form that fits it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import keras
import numpy as np

from ..data.dataset import Dataset, Task
from ..errors import PresetError
from ..preset.catalogue import CLASS_METRICS
from ..preset.schema import KerasObject, Preset
from .capture import splits_activation
from .objects import first_line, instantiate, lookup
from .rounded_accuracy import RoundedAccuracy

Encoding = Literal["binary", "sparse", "one_hot", "values"]
"""Targets as float [rows, 1] of 0 and 1, class numbers, one column for each class, or numbers."""

FINAL_ACTIVATION = {
    keras.losses.BinaryCrossentropy: keras.activations.sigmoid,
    keras.losses.BinaryFocalCrossentropy: keras.activations.sigmoid,
    keras.losses.CategoricalCrossentropy: keras.activations.softmax,
    keras.losses.CategoricalFocalCrossentropy: keras.activations.softmax,
    keras.losses.SparseCategoricalCrossentropy: keras.activations.softmax,
}
"""The final activation that each cross-entropy can take into itself."""

SPARSE_LOSSES = (
    keras.losses.SparseCategoricalCrossentropy,
    keras.losses.CategoricalGeneralizedCrossEntropy,
)
"""Losses that compare with class numbers."""

SPARSE_METRICS = (
    keras.metrics.SparseCategoricalAccuracy,
    keras.metrics.SparseCategoricalCrossentropy,
    keras.metrics.SparseTopKCategoricalAccuracy,
)
"""Metrics that compare with class numbers."""

MARGIN_LOSSES = (keras.losses.Hinge, keras.losses.SquaredHinge)
"""Losses that take the labels 0 and 1 for -1 and 1."""

ACCURACIES: dict[Encoding, type[keras.metrics.Metric]] = {
    "binary": keras.metrics.BinaryAccuracy,
    "sparse": keras.metrics.SparseCategoricalAccuracy,
    "one_hot": keras.metrics.CategoricalAccuracy,
}
"""What `accuracy` means for each encoding."""

ENCODINGS: dict[Encoding, str] = {
    "binary": "0 or 1 in one column",
    "sparse": "class numbers",
    "one_hot": "one column for each class",
    "values": "numbers",
}
"""Each encoding in words, for messages."""


@dataclass(frozen=True)
class LossPlan:
    """How a loss is taken.

    Attributes:
        name: Keras' name of the loss.
        loss: its `call(targets, predictions)` gives one value per row (and time step).
        encoding: the form of the targets that it compares with.
        units: columns of the model's output.
        task: what the targets are.
        logits_layer: the layer whose final activation the loss takes into itself: an Activation or
            Softmax layer, whose *input* is the logits, or a layer with an `activation` of its own,
            whose pre-activation is. None: the loss takes the model's output.
    """

    name: str
    loss: keras.losses.Loss
    encoding: Encoding
    units: int
    task: Task
    logits_layer: keras.layers.Layer | None

    @property
    def from_logits(self) -> bool:
        """Whether the loss takes what enters the final activation, not what leaves it."""
        return self.logits_layer is not None

    def encode(self, y: np.ndarray) -> np.ndarray:
        """Targets as the loss compares with them.

        Args:
            y: targets of a `Split`.

        Returns:
            binary: float32 [rows, 1]; sparse: int32 [rows] or [rows, steps]; one_hot: float32 with
            an axis of `units` classes behind; values: float32 [rows, targets].
        """
        if self.encoding in ("binary", "values"):
            return y.astype("float32").reshape(len(y), -1)
        numbers = y.astype("int32")
        if self.task == "binary":  # [rows, 1]
            numbers = numbers[:, 0]
        if self.encoding == "sparse":
            return numbers
        return np.eye(self.units, dtype="float32")[numbers]


def make_loss(preset: Preset, dataset: Dataset, model: keras.Model) -> LossPlan:
    """The preset's loss for a model, from logits where the final activation matches it.

    `auto` is binary or sparse categorical cross-entropy for classes, mean squared error otherwise.
    A final activation that does not match (softmax under binary cross-entropy, none at all) is left
    to Keras, so that the mistake trains as it does in `fit`: on TensorFlow, Keras takes the logits of
    that softmax for those of a sigmoid.

    Args:
        preset: the experiment.
        dataset: its data.
        model: the model that was built from both.

    Raises:
        PresetError: no such loss, or one that cannot compare this output with these targets.
    """
    key = "train.loss"
    spec = model.compute_output_spec(keras.KerasTensor((None, *dataset.input_shape)))
    shape = tuple(spec.shape)  # pyright: ignore[reportAttributeAccessIssue]
    units = shape[-1]
    value = _automatic_loss(dataset, units) if preset.train.loss == "auto" else preset.train.loss
    entry, arguments = lookup("loss", value, key)
    cls = getattr(keras.losses, entry.class_name)
    if arguments.get("reduction", "mean") not in ("sum_over_batch_size", "mean"):
        raise PresetError(f"{key}: reduction is fixed; gradlab takes the mean over the rows.")
    logits_layer = _logits_layer(model, FINAL_ACTIVATION.get(cls))
    if logits_layer is not None:
        arguments["from_logits"] = True
    chosen = instantiate(cls, arguments, key)
    plan = LossPlan(
        name=entry.name,
        loss=chosen,
        encoding=_encoding(chosen, dataset, units, key),
        units=units,
        task=dataset.task,
        logits_layer=logits_layer,
    )
    _try_loss(plan, dataset, shape, key)
    return plan


def make_metrics(
    preset: Preset, dataset: Dataset, loss_plan: LossPlan
) -> list[keras.metrics.Metric]:
    """The preset's metrics, to be given encoded targets and the model's *outputs* (probabilities).

    `auto` and `accuracy` mean the accuracy that fits the encoding; a metric given by name keeps that
    name in the logs, as in Keras.

    Raises:
        PresetError: no such metric, or one that cannot compare these outputs with these targets.
    """
    wanted = preset.train.metrics
    if wanted == "auto":
        wanted = [] if dataset.task == "regression" else ["accuracy"]
    metrics = []
    for index, value in enumerate(wanted):
        made = _metric(value, f"train.metrics.{index}", loss_plan, dataset)
        if made.name in [other.name for other in metrics]:
            raise PresetError(f"train.metrics.{index}: {made.name} is listed twice.")
        metrics.append(made)
    return metrics


def _automatic_loss(dataset: Dataset, units: int) -> str:
    if dataset.task == "regression":
        return "mean_squared_error"
    if dataset.task == "binary" and units == 1:
        return "binary_crossentropy"
    return "sparse_categorical_crossentropy"


def _encoding(chosen: keras.losses.Loss, dataset: Dataset, units: int, key: str) -> Encoding:
    sparse = isinstance(chosen, SPARSE_LOSSES)
    if sparse and (dataset.task == "regression" or units == 1):
        raise PresetError(
            f"{key}: {chosen.name} needs classes and an output unit for each; {dataset.name} has "
            f"{dataset.task} targets and the model {units} output unit{'s' if units > 1 else ''}."
        )
    if dataset.task == "regression":
        return "values"
    if units == 1:
        return "binary"
    return "sparse" if sparse else "one_hot"


def _logits_layer(model: keras.Model, activation: Any) -> keras.layers.Layer | None:
    """The layer that applies `activation` last, if the model ends in one."""
    # Only functional and Sequential models know their outputs, and which layer made them.
    outputs = getattr(model, "outputs", None)
    layer = outputs[0]._keras_history.operation if outputs else None
    if activation is None or layer is None:
        return None
    if isinstance(layer, keras.layers.Softmax):
        last_axis = layer.axis == -1 and activation is keras.activations.softmax
        return layer if last_axis else None
    applies = isinstance(layer, keras.layers.Activation) or splits_activation(layer)
    return layer if applies and layer.activation is activation else None


def _example(plan: LossPlan, dataset: Dataset) -> np.ndarray:
    """Encoded targets of two rows."""
    return plan.encode(np.repeat(dataset.train.y[:1], 2, axis=0))


def _try_loss(plan: LossPlan, dataset: Dataset, shape: tuple[int, ...], key: str) -> None:
    predictions = keras.ops.full((2, *shape[1:]), 0.5)
    try:
        values = plan.loss.call(_example(plan, dataset), predictions)
    except Exception as error:  # a backend's own errors among them
        raise PresetError(
            f"{key}: {plan.name} cannot compare outputs {shape[1:]} with {dataset.task} targets: "
            f"{first_line(error)}"
        ) from error
    if len(values.shape) == 0 or values.shape[0] != 2:
        raise PresetError(
            f"{key}: {plan.name} gives one value for a whole batch, and gradlab needs one per row; "
            "if it has an argument axis, exclude the rows' axis 0 by it."
        )


def _metric(value: KerasObject, key: str, plan: LossPlan, dataset: Dataset) -> keras.metrics.Metric:
    entry, arguments = lookup("metric", value, key)
    rounded = entry.class_name == RoundedAccuracy.__name__
    cls = RoundedAccuracy if rounded else getattr(keras.metrics, entry.class_name)
    if entry.name in CLASS_METRICS and plan.encoding == "values":
        raise PresetError(
            f"{key}: {entry.name} is for classes; take mean_absolute_error or r2_score."
        )
    if entry.name == "accuracy":
        cls = ACCURACIES[plan.encoding]
    elif issubclass(cls, SPARSE_METRICS) != (plan.encoding == "sparse"):
        raise PresetError(
            f"{key}: {entry.name} cannot be taken where the targets are {ENCODINGS[plan.encoding]}, "
            f'as train.loss = "{plan.name}" asks. Take accuracy, or another metric or loss.'
        )
    if rounded and plan.encoding != "binary":
        raise PresetError(f"{key}: {entry.name} needs two classes and one output unit.")
    if rounded:
        arguments = {"margin": isinstance(plan.loss, MARGIN_LOSSES)}
    if cls is keras.metrics.BinaryAccuracy and plan.encoding == "binary":
        arguments = {"threshold": _threshold(plan), **arguments}
    made = instantiate(cls, {**arguments, "name": _log_name(value, entry.name)}, key)
    targets = _example(plan, dataset)
    shape = (*targets.shape, plan.units) if plan.encoding == "sparse" else targets.shape
    try:
        made.update_state(targets, keras.ops.full(shape, 0.5))
        result = made.result()
    except Exception as error:  # a backend's own errors among them
        raise PresetError(
            f"{key}: {entry.name} does not fit the targets: {first_line(error)}"
        ) from error
    if np.shape(result) != ():
        raise PresetError(
            f"{key}: {entry.name} gives a value for each class, and gradlab logs one number; take an "
            f'average, as in {{name = "{entry.name}", average = "micro"}}, or another metric.'
        )
    made.reset_state()
    return made


def _log_name(value: KerasObject, canonical: str) -> str:
    """What the logs call a metric: the name it was given by, as in Keras; `acc` stays `acc`."""
    if isinstance(value, str):
        return value
    return value.get("config", {}).get("name") or value.get("name") or canonical


def _threshold(plan: LossPlan) -> float:
    """The output that separates two classes: 0.5 of a probability, 0 of a margin or a raw logit."""
    raw_logits = plan.loss.get_config().get("from_logits") and not plan.from_logits
    return 0.0 if raw_logits or isinstance(plan.loss, MARGIN_LOSSES) else 0.5
