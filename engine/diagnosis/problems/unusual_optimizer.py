"""Arguments of the optimizer that are far from what is usual."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ...findings.finding import Finding, Remedy
from ..context import Context
from ..problem import BROKEN, STUCK, Problem
from ..usual import Effect, Setting, unusual
from ..view import View
from ..wording import rounded
from .regularized_too_much import usual_value

SIGNS: dict[Effect, tuple[str, ...]] = {
    "too short": STUCK,
    "too far": (
        *BROKEN, "learning_rate_high", "oscillating_loss", "dead_units", "saturated_units",
        "no_learning", "underfitting",
    ),
}  # fmt: skip
"""What shows of steps that are too short, or too long."""


def rule(view: View, found: Mapping[str, Finding]) -> Finding | None:
    """An argument is beyond its usual range, and what shows is what it does."""
    preset = view.context.preset
    if preset is None or view.fine:
        return None
    for setting in unusual(preset, *SIGNS):
        signs = [name for name in SIGNS[setting.usual.effect] if name in found]
        if signs:
            return _finding(view, setting, preset.optimizer.name)
    return None


def _finding(view: View, setting: Setting, optimizer: str) -> Finding:
    low, high = setting.usual.low, setting.usual.high
    span = f"from {rounded(low)} to {rounded(high)}" if low else f"up to {rounded(high)}"
    return Finding(
        problem="unusual_optimizer",
        layers=(),
        first_step=0,
        severity="warning" if view.learned else "critical",
        evidence={
            "setting": setting.key,
            "value": setting.value,
            "usual_value": setting.usual.value,
            "progress": view.progress,
        },
        message=f"{setting.key} is {rounded(setting.value)}; with {optimizer}, {span} is usual. "
        f"{setting.usual.how}",
    )


def remedies(finding: Finding, context: Context) -> Iterator[Remedy]:
    for setting in unusual(context.preset, *SIGNS) if context.preset else []:
        yield usual_value(setting)


PROBLEM = Problem(
    name="unusual_optimizer",
    rule=rule,
    remedies=remedies,
    leads_to=(
        *BROKEN,
        "learning_rate_high",
        "oscillating_loss",
        "dead_units",
        "saturated_units",
        *STUCK,
    ),
    formula=(
        "Momentum m adds up to 1 / (1 - m) steps; Adam divides by the square root of the mean of squared "
        "gradients, plus epsilon: where epsilon is the larger, the step is rate * gradient / epsilon."
    ),
    check=(
        "Usually the argument was copied from another optimizer or another library. Train once "
        "with Keras' own value, same seed: the two loss curves part at once if it is the cause."
    ),
)
