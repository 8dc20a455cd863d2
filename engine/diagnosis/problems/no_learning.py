"""A net that does no better than guessing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ...findings.finding import Finding, Remedy
from .. import cures
from ..context import Context
from ..edits import LINEAR, initial_rate, is_linear
from ..problem import Problem
from ..view import View
from ..wording import percent, rounded

GUESSING = 0.02
"""Progress below which a net does no better than guessing."""


def rule(view: View, found: Mapping[str, Finding]) -> Finding | None:
    """There was time to learn, the loss falls no more, and the net does no better than guessing."""
    if not view.stalled or not view.progress < GUESSING or view.learned:
        return None
    accuracy = f" (accuracy {percent(view.accuracy)})" if view.accuracy is not None else ""
    return Finding(
        problem="no_learning",
        layers=(),
        first_step=0,
        severity="critical",
        evidence={
            "loss": view.loss,
            "loss_of_guessing": view.baseline,
            "progress": view.progress,
            "improvement": view.improvement,
        },
        message=f"After {view.at:,} steps the loss is {rounded(view.loss)}{accuracy}; always giving the "
        f"same answer costs {rounded(view.baseline)}. Nothing has been learned"
        f"{f': {LINEAR}' if is_linear(view.context.preset) else ''}.",
    )


def remedies(finding: Finding, context: Context) -> Iterator[Remedy]:
    if initial_rate(context) < context.usual_rate:
        yield from cures.higher_rate(context)
    yield from cures.nonlinear(context)
    yield from cures.adam(context)
    yield from cures.momentum(context)
    yield from cures.initializer(context)
    yield from cures.batch_norm(context)
    yield from cures.lower_rate(context)
    yield from cures.wider(context)


PROBLEM = Problem(
    name="no_learning",
    rule=rule,
    remedies=remedies,
    leads_to=("slow_learning", "underfitting"),
    formula=(
        "The loss stays at what a constant answer gets: the entropy of the classes, ln(classes) if "
        "they are balanced; the variance of the targets for a mean squared error."
    ),
    check=(
        "Usually the gradient does not arrive, the rate is far off, or rows and labels do not "
        "belong together. Train on 16 rows alone: a net that cannot learn these by heart has a "
        "fault of its own."
    ),
)
