"""The loss before the first step, beside what theory expects of it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ..models.losses import LossPlan
from ..theory import NoFormula, expected_initial_loss

_CLASSES = ("sparse", "one_hot")


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
