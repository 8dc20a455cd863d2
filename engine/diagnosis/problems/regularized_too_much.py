"""Regularization that keeps a net from fitting."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ...findings.finding import Finding, Remedy
from ..context import Context
from ..problem import Problem
from ..usual import Setting, unusual
from ..view import View
from ..wording import rounded

STARVED = ("no_learning", "slow_learning", "underfitting")
"""How a net shows that it is held back."""


def rule(view: View, found: Mapping[str, Finding]) -> Finding | None:
    """Dropout, noise, a penalty or a constraint is far beyond its usual range, and the net falls short.

    Such a setting alone is no fault: a net that fits in spite of it is let be.
    """
    preset = view.context.preset
    if preset is None or view.fine or view.at < view.patience:
        return None
    starved = any(name in found for name in STARVED)
    if not starved and (view.outgrown or not (view.over or view.stalled)):
        return None
    strong = unusual(preset, "holds back")
    if not strong:
        return None
    worst = strong[0]
    return Finding(
        problem="regularized_too_much",
        layers=(),
        first_step=0,
        severity="warning" if view.learned else "critical",
        evidence={
            "setting": worst.key,
            "value": worst.value,
            "usual_up_to": worst.usual.high if worst.value > worst.usual.high else worst.usual.low,
            "progress": view.progress,
        },
        message=_message(worst),
    )


def _message(setting: Setting) -> str:
    above = setting.value > setting.usual.high
    bound = setting.usual.high if above else setting.usual.low
    return (
        f"{setting.key} is {rounded(setting.value)}, where {'at most' if above else 'at least'} "
        f"{rounded(bound)} is usual, and the net does not fit the rows it is trained on. "
        f"{setting.usual.how}"
    )


def remedies(finding: Finding, context: Context) -> Iterator[Remedy]:
    strong = unusual(context.preset, "holds back") if context.preset else []
    for setting in strong:
        yield usual_value(setting)
    if len(strong) > 1:
        edits = {key: value for s in strong for key, value in s.put(s.usual.value).items()}
        why = "Each of them is set to what is usual."
        yield Remedy(name="usual_regularization", set=edits, why=why, source=strong[0].usual.source)


def usual_value(setting: Setting) -> Remedy:
    """The remedy that puts one setting into its usual range."""
    return Remedy(
        name=f"usual_{setting.key.rpartition('.')[2]}",
        set=setting.put(setting.usual.value),
        why=f"{rounded(setting.usual.value)} is usual. {setting.usual.how}",
        source=setting.usual.source,
    )


PROBLEM = Problem(
    name="regularized_too_much",
    rule=rule,
    remedies=remedies,
    leads_to=(
        "vanishing_gradient",
        "dead_units",
        "saturated_units",
        "oscillating_loss",
        "no_learning",
        "slow_learning",
        "underfitting",
    ),
    formula=(
        "Each setting is held against its usual range; dropout by the share of units it leaves, 1 - rate. It "
        "counts only while the net falls short of what its data allow."
    ),
    check=(
        "Usually several kinds of regularization were put in before the net could fit at all. "
        "Switch them off: a net that then fits its training rows was held back by them."
    ),
)
