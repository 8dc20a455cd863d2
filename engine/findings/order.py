"""Which findings stand, which is told first, and which way a metric is better."""

from __future__ import annotations

from collections.abc import Iterable

from .finding import Finding
from .problems import PROBLEMS

_RISING = ("accuracy", "acc", "auc", "precision", "recall", "f1", "fbeta", "r2", "iou", "cosine")


def rank(finding: Finding) -> tuple[bool, int]:
    """Sort key: critical findings first, then from cause to effect."""
    known = finding.problem in PROBLEMS
    place = PROBLEMS.index(finding.problem) if known else len(PROBLEMS)
    return finding.severity != "critical", place


def standing(told: Iterable[Finding]) -> list[Finding]:
    """The findings that have not cleared, newest form, the gravest cause first.

    Args:
        told: each finding as it began, changed or cleared, in order.
    """
    by_problem: dict[str, Finding] = {}
    for finding in told:
        if finding.cleared_step is None:
            by_problem[finding.problem] = finding
        else:
            by_problem.pop(finding.problem, None)
    return sorted(by_problem.values(), key=rank)


def rises(metric: str) -> bool:
    """Whether more of a metric is better; losses and errors are better when small."""
    return any(word in metric.lower() for word in _RISING)
