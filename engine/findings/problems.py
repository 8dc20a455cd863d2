"""The names of findings, from cause to effect; there are no others without a reason."""

from __future__ import annotations

PROBLEMS = (
    "output_mismatch", "unscaled_targets", "unscaled_inputs", "noisy_normalization",
    "weights_to_zero", "regularized_too_much", "unusual_optimizer", "learning_rate_high",
    "poor_initialization", "exploding_gradient",
    "dead_units", "saturated_units", "vanishing_gradient", "clipping_always", "non_finite",
    "learning_rate_low", "oscillating_loss", "no_learning", "split_mismatch",
    "high_bias_and_variance", "overfitting", "underfitting", "slow_learning",
)  # fmt: skip
