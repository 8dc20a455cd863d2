"""A net that errs far more than its data require."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ...findings.finding import Finding, Remedy
from .. import cures
from ..context import Context
from ..edits import LINEAR, is_linear
from ..fit import EPOCHS, bias_and_variance, errors
from ..problem import Problem
from ..view import IMPROVING, View
from ..wording import percent


def rule(view: View, found: Mapping[str, Finding]) -> Finding | None:
    """The net has learned something, has stopped improving, and errs far more than its data require."""
    if len(view.epochs) < EPOCHS or not view.learned or not (view.stalled or view.over):
        return None
    rates = errors(view)
    if rates is None or view.attainable is None:
        return None
    if "underfitting" not in bias_and_variance(*rates, 1 - view.attainable):
        return None
    return Finding(
        problem="underfitting",
        layers=(),
        first_step=view.epochs[-1].step,
        severity="warning",
        evidence={
            "training_error": rates[0],
            "validation_error": rates[1],
            "attainable_error": 1 - view.attainable,
            "improvement": view.improvement,
        },
        message=f"The net still errs on {percent(rates[0])} of the rows it was trained on, where their "
        f"nearest neighbours err on {percent(1 - view.attainable)}: {_why(view)}.",
    )


def _why(view: View) -> str:
    if is_linear(view.context.preset):
        return LINEAR
    return "it is too small, too constrained or trained too short"


def remedies(finding: Finding, context: Context) -> Iterator[Remedy]:
    yield from cures.nonlinear(context)
    yield from cures.wider(context)
    yield from cures.adam(context)
    if finding.evidence.get("improvement", 0.0) >= IMPROVING:
        yield from cures.more_epochs(context)


PROBLEM = Problem(
    name="underfitting",
    rule=rule,
    remedies=remedies,
    formula=(
        "training error - attainable error; the attainable error is that of the nearest neighbours "
        "among the training rows, which is at most twice the best possible one (Cover and Hart 1967)."
    ),
    check=(
        "Usually too few units, no bend between layers, or too few epochs. Double the width: the "
        "training error falls if it was that."
    ),
)
