"""Faults in pairs: what a preset's settings and data tell beside the fault that shows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ..findings.finding import Finding, Remedy
from . import cures
from .context import Context
from .edits import (
    changes_something,
    has_activation,
    hidden_activation,
    initial_rate,
    is_narrow,
    normalizes_inputs,
    output_activation,
    scale_free,
)
from .pace import momentum_factor
from .problems.exploding_gradient import DEPTH_TOTAL
from .problems.learning_rate_high import BEYOND_REASON
from .problems.output_mismatch import mismatch
from .problems.regularized_too_much import usual_value
from .problems.unscaled_inputs import HUGE_INPUTS
from .problems.unscaled_targets import LARGE_TARGETS
from .problems.vanishing_gradient import TOTAL
from .usual import unusual
from .weights import recurrent_gain_is_sound

MOST = 3
"""Steps of a plan."""

TIGHT_CLIP = 0.01
"""A clip by norm below this cuts the gradients of nearly every net at every step (Pascanu et al. 2013:
half to ten times the average norm)."""

FITTING = ("overfitting", "high_bias_and_variance")
"""Findings of nets that fit, whose other settings are therefore let be."""

Suspect = tuple[str, Iterable[Remedy]]
"""A problem that the settings make certain or likely, and what cures it."""


@dataclass(frozen=True)
class Step:
    """One step of a plan.

    Attributes:
        problem: the fault.
        remedy: against it.
    """

    problem: str
    remedy: Remedy


def plan(finding: Finding, first: Remedy, context: Context) -> tuple[Step, ...]:
    """What to change together: a finding's first remedy, and what else would keep the net from learning.

    Args:
        finding: the fault that shows.
        first: its remedy.
        context: the preset and its data.

    Returns:
        One step if nothing else is far from the usual, at most `MOST`; no two of them set the same key.
    """
    steps, taken = [Step(finding.problem, first)], set(first.set)
    preset = context.preset
    if preset is None or finding.problem in FITTING:
        return tuple(steps)
    for problem, remedies in suspects(context):
        fitting = (
            r for r in remedies if not taken & set(r.set) and changes_something(preset, r.set)
        )
        remedy = next(fitting, None)
        if remedy is not None and problem not in (step.problem for step in steps):
            steps.append(Step(problem, remedy))
            taken |= set(remedy.set)
    return tuple(steps[:MOST])


def together(steps: tuple[Step, ...]) -> Remedy:
    """The whole plan as one remedy, to be tried by one fork."""
    told = ", ".join(
        f"{number} {step.remedy.name} against {step.problem}"
        for number, step in enumerate(steps, start=1)
    )
    return Remedy(
        name="+".join(step.remedy.name for step in steps),
        set={key: value for step in steps for key, value in step.remedy.set.items()},
        why=f"One fault hides another, and a cure of one alone leaves the other: {told}.",
        source="; ".join(dict.fromkeys(step.remedy.source for step in steps)),
    )


def suspects(context: Context) -> Iterator[Suspect]:
    """Faults that settings and data show without any training, from cause to effect."""
    preset = context.preset
    if preset is None:
        return
    if _output_misfits(context):
        yield "output_mismatch", cures.matching_output(context)
    if context.task == "regression" and (context.size("targets") or 0.0) >= LARGE_TARGETS:
        yield "unscaled_targets", cures.scale_targets(context)
    if (context.size("inputs") or 0.0) >= HUGE_INPUTS and not normalizes_inputs(preset):
        yield "unscaled_inputs", cures.scale_inputs(context)
    relative = initial_rate(context) / context.usual_rate
    if relative * momentum_factor(preset) >= BEYOND_REASON:
        yield "learning_rate_high", cures.lower_rate(context)
    if relative <= 1 / BEYOND_REASON:
        yield "learning_rate_low", cures.higher_rate(context)
    for setting in unusual(preset, "holds back"):
        yield "regularized_too_much", [usual_value(setting)]
    for setting in unusual(preset, "too far", "too short"):
        yield "unusual_optimizer", [usual_value(setting)]
    if not recurrent_gain_is_sound(preset):
        yield "poor_initialization", cures.recurrent_initializer(context)
    yield from _by_depth(context)
    if not scale_free(preset):
        for key in ("clipnorm", "global_clipnorm"):
            if (getattr(preset.optimizer, key) or 1.0) < TIGHT_CLIP:
                yield "clipping_always", cures.looser_clip(key, 1.0)


def _output_misfits(context: Context) -> bool:
    preset, data = context.preset, context.data
    activation = output_activation(preset)
    if preset is None or data is None or not activation:
        return False
    wrong = mismatch(
        activation,
        getattr(preset.model, "output_units", None) or data.output_units,
        context.loss,
        task=context.task,
        targets=context.moments("targets"),
        from_logits=context.from_logits,
    )
    return wrong is not None and wrong[0] != "doubtful"


def _by_depth(context: Context) -> Iterator[Suspect]:
    """What mean field expects of the gradient's way down, where it has a formula."""
    expected, preset = context.prediction, context.preset
    if expected is None or not has_activation(preset):
        return
    gaps = len(expected.width_factor) - 1
    ratio = expected.typical_ratio_per_layer
    total = ratio**gaps if gaps > 0 and ratio == ratio else 1.0
    if total <= TOTAL:
        narrow = is_narrow(preset)
        yield "vanishing_gradient", cures.tanh_sound(context) if narrow else cures.relu_he(context)
    elif total >= DEPTH_TOTAL and hidden_activation(preset) != "exponential":
        yield "exploding_gradient", cures.initializer(context)
