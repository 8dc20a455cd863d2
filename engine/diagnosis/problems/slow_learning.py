"""A loss that falls too slowly for the steps that are planned."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ...findings.finding import Finding, Remedy
from .. import cures
from ..context import Context
from ..edits import initial_rate
from ..pace import TOO_SLOW, projected
from ..problem import Problem
from ..view import View
from ..wording import percent


def rule(view: View, found: Mapping[str, Finding]) -> Finding | None:
    """The loss falls, but so slowly that the planned end comes first."""
    if view.at < view.patience or view.fine or view.stalled or view.learned:
        return None
    if not view.improvement >= 0 or view.progress >= TOO_SLOW or projected(view) >= TOO_SLOW:
        return None
    return Finding(
        problem="slow_learning",
        layers=(),
        first_step=0,
        severity="warning",
        evidence={
            "progress": view.progress,
            "projected_progress": projected(view),
            "improvement": view.improvement,
        },
        message=f"The loss falls steadily but slowly: after {view.at:,} steps it is "
        f"{percent(max(view.progress, 0.0))} of the way from guessing to no error, and the planned end "
        f"would find it at {percent(max(projected(view), 0.0))}.",
    )


def remedies(finding: Finding, context: Context) -> Iterator[Remedy]:
    if initial_rate(context) < context.usual_rate:
        yield from cures.higher_rate(context)
    yield from cures.nonlinear(context)
    yield from cures.adam(context)
    yield from cures.momentum(context)
    yield from cures.higher_rate(context)
    yield from cures.batch_norm(context)
    yield from cures.more_epochs(context)


PROBLEM = Problem(
    name="slow_learning",
    rule=rule,
    remedies=remedies,
    leads_to=("underfitting",),
    formula=(
        "update ratio = ||weights after - weights before|| / ||weights||, per step. About 1e-3 is "
        "usual; far below it the weights hardly move."
    ),
    check=(
        "Usually a low rate or plain gradient descent. Multiply the rate by three, or train three "
        "times as long."
    ),
)
