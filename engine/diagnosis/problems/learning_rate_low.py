"""Steps that are too short."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from ...findings.finding import Finding, Remedy
from .. import cures
from ..context import Context
from ..edits import initial_rate
from ..pace import SHORTEST, TOO_SLOW, largest_update, learning_rate, projected
from ..problem import Problem
from ..view import View
from ..wording import rounded

SMALL_UPDATE = 1e-4
"""The same that is too small; TheDeepChecker's."""


def rule(view: View, found: Mapping[str, Finding]) -> Finding | None:
    """Every layer's updates are tiny against its weights, and little is learned."""
    if view.at < max(SHORTEST, min(view.steps_per_epoch, 500)) or view.fine:
        return None
    rate = learning_rate(view)
    ratios = view.weights("update_ratio")
    relative = rate / view.context.usual_rate
    largest = largest_update(ratios)
    if relative > 0.1 or not (largest < SMALL_UPDATE or (math.isnan(largest) and relative <= 0.01)):
        return None
    if view.progress >= TOO_SLOW or projected(view) >= TOO_SLOW:
        return None
    ended = rate == 0
    evidence = {"learning_rate": rate, "usual_learning_rate": view.context.usual_rate}
    if not math.isnan(largest):
        evidence["update_ratio"] = largest
    sentence = ""
    if largest > 0:
        sentence = f" An update changes the weights by {rounded(largest)} of their size at most."
    return Finding(
        problem="learning_rate_low",
        layers=(),
        first_step=0,
        severity="warning",
        evidence=evidence | {"progress": view.progress},
        message=f"The learning rate has come down to 0 by step {view.at:,}: from here on no step changes "
        "anything."
        if ended
        else f"A learning rate of {rounded(rate)} is {rounded(relative)} of what this optimizer usually "
        f"takes.{sentence} At this pace the planned steps do not suffice.",
    )


def remedies(finding: Finding, context: Context) -> Iterator[Remedy]:
    if finding.evidence.get("learning_rate", 1.0) < initial_rate(context) / 10:
        yield from cures.constant_rate(context)
    yield from cures.higher_rate(context, finding)
    yield from cures.adam(context)
    yield from cures.momentum(context)


PROBLEM = Problem(
    name="learning_rate_low",
    rule=rule,
    remedies=remedies,
    leads_to=("slow_learning", "no_learning", "underfitting"),
    formula=(
        "update ratio = ||step|| / ||weights||; about 1e-3 is usual, and here it is far below."
    ),
    check=(
        "Usually a rate meant for fine-tuning, or a schedule that ends too soon. Multiply the "
        "rate by ten: the loss falls ten times as fast."
    ),
)
