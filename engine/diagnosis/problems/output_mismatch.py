"""Last activations and losses that do not fit the targets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Literal

from ...findings.finding import Finding, Remedy, Severity
from ...findings.problems import PROBLEMS
from ...stream.data_facts import Moments
from ...stream.events import LayerInfo
from .. import cures
from ..context import Context
from ..problem import STUCK, Problem
from ..view import View
from ..wording import rounded

BINARY = ("binary_crossentropy", "binary_focal_crossentropy")


CATEGORICAL = (
    "categorical_crossentropy", "categorical_focal_crossentropy", "sparse_categorical_crossentropy",
)  # fmt: skip


DISTANCES = (
    "mean_squared_error", "mean_absolute_error", "mse", "mae", "huber", "log_cosh",
    "mean_absolute_percentage_error", "mean_squared_logarithmic_error",
)  # fmt: skip


RANGES = {
    "sigmoid": (0.0, 1.0), "hard_sigmoid": (0.0, 1.0), "softmax": (0.0, 1.0), "tanh": (-1.0, 1.0),
    "hard_tanh": (-1.0, 1.0), "softsign": (-1.0, 1.0), "relu": (0.0, float("inf")),
    "relu6": (0.0, 6.0), "softplus": (0.0, float("inf")), "exponential": (0.0, float("inf")),
}  # fmt: skip
"""Values that each activation can put out."""

RANGE_SLACK = 0.05
"""Share of the targets' range that may lie outside of what the output can reach."""

EXPLANATIONS = (
    "non_finite", "exploding_gradient", "vanishing_gradient", "dead_units", "saturated_units",
    "learning_rate_high", "unscaled_inputs", "poor_initialization",
)  # fmt: skip
"""Findings that explain why nothing is learned."""


Weight = Literal["fatal", "harmful", "doubtful"]
"""fatal: it cannot work. harmful: it may, so it counts if the net ends short of what its data allow.
doubtful: it mostly works, so it counts if the net does not learn at all."""


def rule(view: View, found: Mapping[str, Finding]) -> Finding | None:
    """The last activation or the loss does not fit the targets, as far as that harms."""
    misfit = _misfit(view)
    if misfit is None:
        return None
    weight, _, _ = misfit
    short = (view.over or view.stalled) and not view.fine
    stuck = (view.stalled or view.over) and not view.learned
    if (weight == "harmful" and not short) or (weight == "doubtful" and not stuck):
        return None
    # What breaks the signal explains a net that learns nothing better than an odd output does.
    broken = any(name in found for name in EXPLANATIONS)
    critical = not view.fine if weight == "fatal" else not (view.learned or broken)
    finding = _finding(view, misfit, "critical" if critical else "warning")
    return replace(finding, evidence=finding.evidence | {"progress": view.progress})


def foresee(view: View, found: Mapping[str, Finding]) -> Finding | None:
    """The last activation or the loss does not fit the targets; whether it harms is to be seen."""
    misfit = _misfit(view)
    if misfit is None:
        return None
    return _finding(view, misfit, "critical" if misfit[0] == "fatal" else "warning")


def _misfit(view: View) -> tuple[Weight, str, LayerInfo] | None:
    """How bad the output is, why, and its layer; None if it fits, or if the targets are unknown."""
    outputs = [layer for layer in view.layers if layer.output]
    if not outputs or not view.context.task:
        return None
    wrong = mismatch(
        outputs[-1].activation,
        outputs[-1].units,
        view.context.loss,
        task=view.context.task,
        targets=view.context.moments("targets"),
        from_logits=view.context.from_logits,
    )
    return None if wrong is None else (*wrong, outputs[-1])


def _finding(view: View, misfit: tuple[Weight, str, LayerInfo], severity: Severity) -> Finding:
    weight, sentence, output = misfit
    return Finding(
        problem="output_mismatch",
        layers=(output.name,),
        first_step=0,
        severity=severity,
        evidence={
            "output_activation": output.activation,
            "output_units": output.units,
            "loss": view.context.loss,
            "fatal": weight == "fatal",
        },
        message=sentence,
    )


def leads_to(finding: Finding) -> tuple[str, ...]:
    """An output that may work is blamed for slowness only; what breaks the run has other causes."""
    if not finding.evidence.get("fatal"):
        return STUCK
    return (
        "non_finite", "exploding_gradient", "vanishing_gradient", "oscillating_loss", "dead_units", *STUCK,
    )  # fmt: skip


def yields_to(finding: Finding) -> str:
    """What cannot work comes first; an output that may work explains only what nothing else does."""
    if finding.severity != "critical":
        return PROBLEMS[-1]
    return "" if finding.evidence.get("fatal") else "unscaled_targets"


def mismatch(
    activation: str,
    units: int,
    loss: str,
    *,
    task: str,
    targets: Moments | None = None,
    from_logits: bool = False,
) -> tuple[Weight, str] | None:
    """Why an output does not fit its loss and targets.

    Args:
        activation: of the last layer.
        units: of the last layer.
        loss: Keras' name.
        task: binary, classification, regression or sequence.
        targets: of regression targets, if known.
        from_logits: whether the loss is told to expect logits.

    Returns:
        How bad it is and a sentence; None if it fits.
    """
    classes = task in ("binary", "classification", "sequence") or _are_labels(loss, targets)
    if activation == "softmax" and units == 1:
        return (
            "fatal",
            "Softmax over a single unit is 1 whatever the input, so nothing can be learned.",
        )
    if not classes:
        return _regression(activation, units, loss, targets)
    if loss in CATEGORICAL or loss in BINARY:
        if from_logits:
            if activation == "linear":
                return None
            return (
                "harmful",
                f"The loss expects logits, and {activation} has already squashed them.",
            )
        if activation == "linear":
            return (
                "fatal",
                "The loss compares probabilities, and the output layer has no activation: its values "
                "leave [0, 1], where the loss is cut off and the gradient is zero or huge.",
            )
        if activation not in ("sigmoid", "softmax", "hard_sigmoid", "sparsemax"):
            low, high = RANGES.get(activation, (float("-inf"), float("inf")))
            return (
                "fatal",
                f"The loss compares probabilities, and {activation} puts out values from {low:g} to "
                f"{high:g}; where they leave (0, 1), the gradient is zero or huge.",
            )
        if loss in BINARY and activation == "softmax":
            return (
                "harmful",
                "Softmax makes the outputs compete for a sum of 1, and binary cross-entropy judges each "
                "alone; softmax goes with categorical cross-entropy, sigmoid with this loss.",
            )
        if loss in CATEGORICAL and activation == "sigmoid":
            return (
                "harmful",
                "Categorical cross-entropy expects outputs that sum to 1, as softmax makes them; "
                "sigmoid outputs do not compete, and raising all of them costs nothing.",
            )
        return None
    if loss in DISTANCES:
        if activation not in ("sigmoid", "softmax"):
            return (
                "harmful",
                f"Classes are judged by a distance of numbers ({loss}), and the output ({activation}) "
                "is not bound to [0, 1]; probabilities and cross-entropy fit classes.",
            )
        return (
            "doubtful",
            f"Classes are judged by {loss}: its gradient dies where the output is sure and wrong; "
            "cross-entropy keeps it.",
        )
    return None


def _are_labels(loss: str, targets: Moments | None) -> bool:
    """Whether numbers are probabilities or several labels of 0 or 1, each judged alone."""
    return loss in BINARY and bool(targets and targets.min >= 0 and targets.max <= 1)


def _regression(
    activation: str, units: int, loss: str, targets: Moments | None
) -> tuple[Weight, str] | None:
    if loss in CATEGORICAL or loss in BINARY:
        return "harmful", f"The targets are numbers, and {loss} is for classes."
    if targets is None or activation not in RANGES:
        return None
    total = units * targets.mean
    if activation == "softmax" and abs(total - 1) > RANGE_SLACK:
        return (
            "harmful",
            f"Softmax outputs sum to 1 in every row, and the targets of a row to {rounded(total)} on average"
            ": where several may be high at once, sigmoid judges each alone.",
        )
    low, high = RANGES[activation]
    slack = RANGE_SLACK * (targets.max - targets.min)
    if targets.min >= low - slack and targets.max <= high + slack:
        return None
    return (
        "fatal",
        f"The targets lie from {rounded(targets.min)} to {rounded(targets.max)}, and an output of "
        f"{activation} cannot leave {low:g} to {high:g}.",
    )


def remedies(finding: Finding, context: Context) -> Iterator[Remedy]:
    yield from cures.matching_output(context)


PROBLEM = Problem(
    name="output_mismatch",
    rule=rule,
    remedies=remedies,
    leads_to=leads_to,
    yields_to=yields_to,
    foresee=foresee,
    formula=(
        "What the last activation can put out, and what the loss compares: softmax and cross-entropy "
        "for one class of many, one sigmoid and binary cross-entropy for two, no activation and a "
        "squared error for numbers."
    ),
    check=(
        "Usually the last layer was copied from another task. Compare the range of the targets "
        "with what the last activation can put out, and ask what the loss takes: probabilities, "
        "logits or numbers."
    ),
)
