"""Bias and variance: errors on the rows a net was trained on, and on others."""

from __future__ import annotations

from .view import View

GAP = 0.05
"""Difference of held-out and training error that is more than chance."""

TIMES = 2.0
"""... if the held-out error is at least this many times the training error."""

BIAS = 0.1
"""Training error above what the data allow that means underfitting."""

EPOCHS = 5
"""Epochs before which neither is judged; UMLAUT judges after one epoch of rising loss."""


def bias_and_variance(
    training_error: float, held_out_error: float, attainable_error: float = 0.0
) -> tuple[str, ...]:
    """Name what a pair of error rates says: underfitting, overfitting, both or neither.

    Errors of 1 and 16 % are overfitting, 15 and 16 % underfitting, 15 and 30 % both, 0.5 and 1 % neither
    (IMD slides on better deep learning, after A. Ng, Machine Learning Yearning, chapters 20 to 22).

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


def errors(view: View) -> tuple[float, float] | None:
    """Errors on the training and on the validation rows at the newest epoch; None without both."""
    training, held_out = view.accuracy, view.log("accuracy", "val_")
    if training is None or held_out is None:
        return None
    return 1 - training, 1 - held_out
