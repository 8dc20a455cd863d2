"""What theory expects of a preset on its data: the profile of delta, and the loss before step one."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ..models.losses import LossPlan
from ..models.size import indexed
from ..preset.schema import MlpSettings, Preset
from ..theory import NoFormula, Prediction, expected_initial_loss, predict

_CLASSES = ("sparse", "one_hot")


def expect(preset: Preset, x: np.ndarray, output_units: int) -> Prediction | None:
    """The mean-field prediction for a preset's model; None for a family that it does not cover.

    Args:
        preset: the experiment.
        x: rows that its moments are taken from, [rows, *input_shape].
        output_units: units that the targets ask for.
    """
    if not isinstance(preset.model, MlpSettings):
        return None
    table = x.reshape(len(x), -1).astype(np.float64)
    return predict(
        preset.model,
        input_units=table.shape[1],
        input_second_moment=float(np.mean(table**2)),
        output_units=output_units,
        input_mean=float(table.mean()),
        input_variance=float(table.var(axis=0).mean()),
    )


def layer_names(prediction: Prediction) -> list[str]:
    """Keras' names of the layers that a prediction is about, in its order."""
    return [*(indexed("dense", k) for k in range(len(prediction.units) - 1)), "output"]


@dataclass(frozen=True)
class InitialLoss:
    """The loss before the first step, penalties left out.

    Attributes:
        name: the loss.
        measured: mean over the rows.
        expected: by mean field, for outputs of the predicted variance; None without a formula.
        uninformed: of a net that puts out nothing: ln C for C classes, E[y^2] for a squared error.
    """

    name: str
    measured: float
    expected: float | None
    uninformed: float | None


def initial_loss(
    plan: LossPlan, activation: str, targets: np.ndarray, measured: float, variance: float | None
) -> InitialLoss:
    """Put a measured initial loss beside what theory expects.

    Args:
        plan: the loss.
        activation: the model's output activation.
        targets: of the rows that were measured, as the loss compares with them.
        measured: the mean loss.
        variance: predicted variance of the output before its activation; None if unknown.
    """
    fits = plan.from_logits or (plan.encoding == "values" and activation == "linear")

    def formula(output_variance: float | None) -> float | None:
        if not fits or output_variance is None or not math.isfinite(output_variance):
            return None
        spec: dict[str, object] = {"name": plan.name}
        if plan.name == "huber":
            spec["delta"] = plan.loss.get_config()["delta"]
        try:
            return expected_initial_loss(
                spec,
                logit_variance=output_variance,
                classes=plan.units if plan.encoding in _CLASSES else None,
                targets=targets,
            )
        except NoFormula:
            return None

    return InitialLoss(plan.name, measured, formula(variance), formula(0.0))
