"""One cause, one finding: every effect is folded into its cause."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ..findings.finding import Finding
from ..findings.order import rank
from .registry import KNOWN


def settle(found: Mapping[str, Finding]) -> list[Finding]:
    """Findings of one moment with every effect folded into its cause, the gravest cause first.

    Args:
        found: findings by problem.

    Returns:
        The causes; each one's `consequences` names the effects that were seen.
    """
    left = dict(found)
    causes: list[Finding] = []
    for problem in _turns(found):
        finding = left.pop(problem, None)
        if finding is None:
            continue
        effects = [effect for effect in KNOWN[problem].effects(finding) if effect in left]
        gravest = any(left[effect].severity == "critical" for effect in effects)
        severity = "critical" if gravest else finding.severity
        causes.append(replace(finding, severity=severity, consequences=tuple(effects)))
        for effect in effects:
            del left[effect]
    return sorted(causes, key=rank)


def _turns(found: Mapping[str, Finding]) -> list[str]:
    """Problems in the order in which they may claim their effects."""
    turns = list(KNOWN)
    for problem, finding in found.items():
        if before := KNOWN[problem].yields_to(finding):
            turns.remove(problem)
            turns.insert(turns.index(before) + 1, problem)
    return turns
