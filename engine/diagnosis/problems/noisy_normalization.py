"""Batch normalization over too few rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ...findings.finding import Finding, Remedy
from .. import cures
from ..context import Context
from ..problem import STUCK, Problem
from ..view import View

FEWEST = 2
"""Rows of a batch that say next to nothing of mean and variance. With one, every unit becomes 0; with two,
-1 or 1, whatever their values. A ResNet-50 that normalizes over 2 rows errs 10.6 points more often than
one that normalizes over groups of channels (Wu and He 2018)."""


def rule(view: View, found: Mapping[str, Finding]) -> Finding | None:
    """Batch normalization of dense layers over one or two rows, and the net is not fine.

    Convolutions normalize over positions as well, so that few rows do them less harm.
    """
    preset = view.context.preset
    if preset is None or not view.context.batch_normalized or view.fine:
        return None
    rows = preset.train.batch_size
    dense = all(layer.kind == "Dense" for layer in view.infos(view.hidden))
    if rows > FEWEST or not dense or not len(view.hidden):
        return None
    what = (
        "a batch of one row has no variance, so every unit becomes 0 and the net answers the same to "
        "every input"
        if rows == 1
        else "of two rows every unit becomes -1 and 1, so that only their order is left"
    )
    return Finding(
        problem="noisy_normalization",
        layers=(),
        first_step=0,
        severity="critical" if not view.learned else "warning",
        evidence={"batch_size": rows, "progress": view.progress},
        message=f"Batch normalization takes mean and variance from {rows} row{'s' * (rows > 1)}: {what}. "
        "In evaluation it takes averages of many batches, so the net is another one there.",
    )


def remedies(finding: Finding, context: Context) -> Iterator[Remedy]:
    yield from cures.larger_batch(context)
    if context.preset and context.preset.model.family == "mlp":
        yield Remedy(
            "no_normalization",
            {"model.normalization": "none"},
            "Without normalization each row is judged by itself, whatever the batch.",
            "Wu and He 2018",
        )


PROBLEM = Problem(
    name="noisy_normalization",
    rule=rule,
    remedies=remedies,
    leads_to=(
        "vanishing_gradient",
        "dead_units",
        "saturated_units",
        "oscillating_loss",
        "overfitting",
        "high_bias_and_variance",
        *STUCK,
    ),
    foresee=rule,
    formula=(
        "z' = (z - mean(z)) / sqrt(var(z) + epsilon), mean and variance over the rows of a batch: 0 for "
        "one row, +-1 for two."
    ),
    check=(
        "Usually the batch was made small to save memory. Train some steps with 32 rows a batch: "
        "if the loss falls now, it was the normalization."
    ),
)
