"""Bias and variance: errors on the rows a net was trained on, and on others."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from ..findings.finding import Finding
from .view import View
from .wording import number, percent

GAP = 0.05
"""Difference of held-out and training error that is more than chance."""

TIMES = 2.0
"""... if the held-out error is at least this many times the training error."""

BIAS = 0.1
"""Training error above what the data allow that means underfitting."""

WIDE_GAP = 0.12
"""Gap that counts whatever the validation loss does; a smaller one counts if that has risen."""

LOSS_RISE = 1.5
"""Validation loss of the last three epochs over the best one that has risen for good."""

EPOCHS = 5
"""Epochs before which neither is judged; UMLAUT judges after one epoch of rising loss."""


def bias_and_variance(
    training_error: float, held_out_error: float, attainable_error: float = 0.0
) -> tuple[str, ...]:
    """Name what a pair of error rates says: underfitting, overfitting, both or neither.

    Errors of 1 and 16 % are overfitting, 15 and 16 % underfitting, 15 and 30 % both, 0.5 and 1 % neither
    (IMD slides, after A. Ng, Machine Learning Yearning, chapters 20 to 22).

    Args:
        training_error: share of errors on the training rows.
        held_out_error: on rows not trained on.
        attainable_error: that the best possible rule would leave.
    """
    names = []
    if training_error - attainable_error >= BIAS:
        names.append("underfitting")
    gap = held_out_error - training_error
    if gap >= GAP and held_out_error >= TIMES * training_error:
        names.append("overfitting")
    return tuple(names)


def overfitting(view: View, found: Mapping[str, Finding]) -> Finding | None:
    """The net does far better on the rows it was trained on than on others.

    Classes: the errors' gap, beyond twice its standard error. Numbers: the validation loss is twice the
    training loss and a fifth above its own best.
    """
    if len(view.epochs) < EPOCHS or not view.learned:
        return None
    errors = _errors(view)
    if errors is None:
        return _regression(view)
    training, held_out = errors
    rows = _validation_rows(view)
    chance = 2 * math.sqrt(max(held_out * (1 - held_out), 1e-9) / rows) if rows else 0.0
    if held_out - training < chance or "overfitting" not in bias_and_variance(training, held_out):
        return None
    if held_out - training < WIDE_GAP and not _risen(view):
        return None
    return Finding(
        problem="overfitting",
        layers=(),
        first_step=_parted(view),
        severity="warning",
        evidence={"training_error": training, "validation_error": held_out},
        message=f"The net errs on {percent(training)} of the rows it was trained on and on "
        f"{percent(held_out)} of the others: it has learned the rows rather than the rule.",
    )


def _regression(view: View) -> Finding | None:
    training, held_out = view.log("loss"), view.log("loss", "val_")
    if training is None or held_out is None:
        return None
    if not held_out >= TIMES * training or not _risen(view):
        return None
    # Noise around a loss of nearly nothing is no harm.
    if view.baseline and (view.baseline - held_out) / abs(view.baseline) >= 0.95:
        return None
    return Finding(
        problem="overfitting",
        layers=(),
        first_step=_parted(view),
        severity="warning",
        evidence={
            "training_loss": training,
            "validation_loss": held_out,
            "best_validation_loss": view.best_validation_loss,
        },
        message=f"The validation loss is {number(held_out)}, {number(held_out / training)} times the "
        f"training loss, and has risen from its best of {number(view.best_validation_loss)}: the net "
        "learns the rows rather than the rule.",
    )


def _risen(view: View) -> bool:
    """Whether the validation loss has left its best behind for three epochs."""
    newest = [epoch.logs.get("val_loss", math.nan) for epoch in view.epochs[-3:]]
    return bool(min(newest) >= LOSS_RISE * view.best_validation_loss)


def underfitting(view: View, found: Mapping[str, Finding]) -> Finding | None:
    """The net has learned something, has stopped improving, and errs far more than its data require."""
    if len(view.epochs) < EPOCHS or not view.learned or not (view.stalled or view.over):
        return None
    errors = _errors(view)
    if errors is None or view.attainable is None:
        return None
    if "underfitting" not in bias_and_variance(*errors, 1 - view.attainable):
        return None
    return Finding(
        problem="underfitting",
        layers=(),
        first_step=view.epochs[-1].step,
        severity="warning",
        evidence={
            "training_error": errors[0],
            "validation_error": errors[1],
            "attainable_error": 1 - view.attainable,
        },
        message=f"The net still errs on {percent(errors[0])} of the rows it was trained on, where their "
        f"nearest neighbours err on {percent(1 - view.attainable)}: it is too small, too constrained or "
        "trained too short.",
    )


def _errors(view: View) -> tuple[float, float] | None:
    training, held_out = view.accuracy, view.log("accuracy", "val_")
    if training is None or held_out is None:
        return None
    return 1 - training, 1 - held_out


def _validation_rows(view: View) -> int:
    data = view.context.data
    rows = data["splits"].get("validation") if data else None
    return int(rows["rows"]) if rows else 0


def _parted(view: View) -> int:
    """The step at which the validation loss was best among the newest epochs."""
    losses = np.array([epoch.logs.get("val_loss", math.inf) for epoch in view.epochs])
    return view.epochs[int(np.argmin(losses))].step
