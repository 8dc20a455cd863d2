"""A net that does far better on the rows it was trained on than on others."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import numpy as np

from ...findings.finding import Finding, Remedy
from .. import cures
from ..context import Context
from ..fit import EPOCHS, TIMES, bias_and_variance, errors
from ..problem import Problem
from ..view import View
from ..wording import percent, rounded

WIDE_GAP = 0.12
"""Gap that counts whatever the validation loss does; a smaller one counts if that has risen."""

LOSS_RISE = 1.5
"""Validation loss of the last three epochs over the best one that has risen for good."""


def rule(view: View, found: Mapping[str, Finding]) -> Finding | None:
    """The net does far better on the rows it was trained on than on others.

    Classes: the errors' gap, beyond twice its standard error. Numbers: the validation loss is twice the
    training loss and a fifth above its own best.
    """
    if len(view.epochs) < EPOCHS or not view.learned or not view.settled:
        return None
    rates = errors(view)
    if rates is None:
        return _regression(view)
    training, held_out = rates
    rows = view.context.rows("validation")
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
        f"{percent(held_out)} of the others: it has learned the rows rather than the rule."
        f"{_end(view, held_out, chance)}",
    )


def _end(view: View, held_out: float, chance: float) -> str:
    """What it means if the net does no better than guessing on other rows."""
    shares = view.context.shares()
    if shares is None or held_out < 1 - float(shares.max()) - chance:
        return ""
    return (
        " On the others it does no better than guessing, so the inputs may not tell the labels: look "
        "whether rows and labels belong together."
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
        message=f"The validation loss is {rounded(held_out)}, {rounded(held_out / training)} times the "
        f"training loss, and has risen from its best of {rounded(view.best_validation_loss)}: the net "
        "learns the rows rather than the rule.",
    )


def _risen(view: View) -> bool:
    """Whether the validation loss has left its best behind for three epochs."""
    newest = [epoch.logs.get("val_loss", math.nan) for epoch in view.epochs[-3:]]
    return bool(min(newest) >= LOSS_RISE * view.best_validation_loss)


def _parted(view: View) -> int:
    """The step at which the validation loss was best among the newest epochs."""
    losses = np.array([epoch.logs.get("val_loss", math.inf) for epoch in view.epochs])
    return view.epochs[int(np.argmin(losses))].step


def remedies(finding: Finding, context: Context) -> Iterator[Remedy]:
    yield from cures.regularized(context)
    yield from cures.early_stopping(context)


PROBLEM = Problem(
    name="overfitting",
    rule=rule,
    remedies=remedies,
    formula=(
        "The validation loss rises from its best epoch while the training loss goes on falling."
    ),
    check=(
        "Usually few rows for the size of the net. Train on half of the rows: if the gap grows, "
        "more rows would close it."
    ),
)
