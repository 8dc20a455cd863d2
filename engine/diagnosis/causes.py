"""One cause, one finding: which problem follows from which."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ..findings.finding import Finding
from ..findings.order import rank
from ..findings.problems import PROBLEMS
from .vanishing import TOTAL

_STUCK = ("no_learning", "slow_learning", "underfitting", "learning_rate_low")

FOLLOWS: dict[str, tuple[str, ...]] = {
    "unscaled_targets": (
        "exploding_gradient", "non_finite", "learning_rate_high", "clipping_always", "dead_units",
        "saturated_units", "vanishing_gradient", "oscillating_loss", "poor_initialization", *_STUCK,
    ),
    "unscaled_inputs": (
        "exploding_gradient", "non_finite", "learning_rate_high", "clipping_always", "dead_units",
        "saturated_units", "vanishing_gradient", "oscillating_loss", *_STUCK,
    ),
    "poor_initialization": (
        "exploding_gradient", "non_finite", "learning_rate_high", "dead_units", "saturated_units",
        "vanishing_gradient", "oscillating_loss", *_STUCK,
    ),
    "learning_rate_high": (
        "exploding_gradient", "non_finite", "dead_units", "saturated_units", "vanishing_gradient",
        "oscillating_loss", "no_learning", "slow_learning", "underfitting",
    ),
    "exploding_gradient": (
        "non_finite", "dead_units", "saturated_units", "oscillating_loss", "clipping_always", *_STUCK,
    ),
    "dead_units": ("vanishing_gradient", *_STUCK),
    "saturated_units": ("vanishing_gradient", *_STUCK),
    "vanishing_gradient": ("saturated_units", *_STUCK),
    "clipping_always": _STUCK,
    "non_finite": ("oscillating_loss", "dead_units", "vanishing_gradient", *_STUCK),
    "learning_rate_low": ("slow_learning", "no_learning", "underfitting"),
    "oscillating_loss": ("slow_learning", "underfitting"),
    "no_learning": ("slow_learning", "underfitting"),
    "slow_learning": ("underfitting",),
    "split_mismatch": ("overfitting",),
}  # fmt: skip
"""What each problem brings about; causes before their effects. Saturation and vanishing may be either:
flat ends stop the gradient, and where it dies by itself, the top layers, which alone are trained, drift
to their flat ends."""

_FATAL_OUTPUT = (
    "non_finite", "exploding_gradient", "vanishing_gradient", "oscillating_loss", "dead_units", *_STUCK,
)  # fmt: skip

BEYOND_REASON = 30.0
"""A learning rate this many times the usual one breaks a net whatever its initial weights are."""


def settle(found: Mapping[str, Finding]) -> list[Finding]:
    """Findings of one moment with every effect folded into its cause, the gravest cause first.

    Args:
        found: findings by problem.

    Returns:
        The causes; each one's `consequences` names the effects that were seen.
    """
    left = dict(found)
    causes: list[Finding] = []
    for problem in _places(found):
        finding = left.pop(problem, None)
        if finding is None:
            continue
        effects = [effect for effect in _effects(finding) if effect in left]
        gravest = any(left[effect].severity == "critical" for effect in effects)
        severity = "critical" if gravest else finding.severity
        causes.append(replace(finding, severity=severity, consequences=tuple(effects)))
        for effect in effects:
            del left[effect]
    return sorted(causes, key=rank)


def _places(found: Mapping[str, Finding]) -> list[str]:
    """Problems from cause to effect.

    An output that may work explains only what nothing else does; a rate beyond reason is not explained by
    the initial weights; saturated layers do not explain a gradient that vanishes in the others as well.
    """
    places: list[str] = list(PROBLEMS)
    rate = found.get("learning_rate_high")
    if rate and not rate.evidence.get("rate_over_usual", 0.0) >= BEYOND_REASON:
        places.remove("learning_rate_high")
        places.insert(places.index("poor_initialization") + 1, "learning_rate_high")
    saturated = found.get("saturated_units")
    if saturated and saturated.evidence.get("delta_lowest_over_highest_elsewhere", 1.0) <= TOTAL:
        places.remove("saturated_units")
        places.insert(places.index("vanishing_gradient") + 1, "saturated_units")
    output = found.get("output_mismatch")
    if output and output.severity != "critical":
        places.remove("output_mismatch")
        places.append("output_mismatch")
    return places


def _effects(finding: Finding) -> tuple[str, ...]:
    if finding.problem == "output_mismatch":
        # An output that may work is blamed for slowness only; what breaks the run has other causes.
        return _FATAL_OUTPUT if finding.evidence.get("fatal") else _STUCK
    return FOLLOWS.get(finding.problem, ())
