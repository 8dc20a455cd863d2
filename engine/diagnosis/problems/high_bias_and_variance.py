"""A net that errs too often on the rows it was trained on, and far more often on others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ...findings.finding import Finding, Remedy
from .. import cures
from ..context import Context
from ..problem import Problem
from ..view import View
from ..wording import percent


def rule(view: View, found: Mapping[str, Finding]) -> Finding | None:
    """Underfitting and overfitting at once, as errors of 15 and 30 % are."""
    bias, variance = found.get("underfitting"), found.get("overfitting")
    if bias is None or variance is None:
        return None
    training, held_out = (bias.evidence[f"{rows}_error"] for rows in ("training", "validation"))
    attainable = bias.evidence["attainable_error"]
    return Finding(
        problem="high_bias_and_variance",
        layers=(),
        first_step=min(bias.first_step, variance.first_step),
        severity="warning",
        evidence=dict(bias.evidence),
        message=f"The net errs on {percent(training)} of the rows it was trained on, where "
        f"{percent(attainable)} can be reached, and on {percent(held_out)} of the others: it follows "
        "chance in some rows and misses the rule in others.",
    )


def remedies(finding: Finding, context: Context) -> Iterator[Remedy]:
    yield from cures.nonlinear(context)
    yield from cures.wider(context)
    yield from cures.regularized(context)
    yield from cures.early_stopping(context)


PROBLEM = Problem(
    name="high_bias_and_variance",
    rule=rule,
    remedies=remedies,
    leads_to=("overfitting", "underfitting"),
    formula=(
        "bias = training error - attainable error, variance = validation error - training error; both "
        "count here: 15 and 30 % where hardly any error is needed."
    ),
    check=(
        "Usually a small net that was trained long. Make it wider and regularize it: both errors "
        "fall."
    ),
)
