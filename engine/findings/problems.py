"""The names of findings; there are no others without a reason."""

from __future__ import annotations

PROBLEMS = (
    "vanishing_gradient", "exploding_gradient", "non_finite", "dead_units", "saturated_units",
    "no_learning", "slow_learning", "oscillating_loss", "overfitting", "underfitting",
    "unscaled_inputs", "unscaled_targets", "split_mismatch", "output_mismatch",
    "poor_initialization", "clipping_always", "learning_rate_high", "learning_rate_low",
)  # fmt: skip
