"""Every problem that the diagnosis knows, from cause to effect."""

from __future__ import annotations

from ..findings.problems import PROBLEMS
from .problem import Problem
from .problems import (
    clipping_always,
    dead_units,
    exploding_gradient,
    high_bias_and_variance,
    learning_rate_high,
    learning_rate_low,
    no_learning,
    noisy_normalization,
    non_finite,
    oscillating_loss,
    output_mismatch,
    overfitting,
    poor_initialization,
    saturated_units,
    slow_learning,
    split_mismatch,
    underfitting,
    unscaled_inputs,
    unscaled_targets,
    vanishing_gradient,
    weights_to_zero,
)

_KNOWN = {
    module.PROBLEM.name: module.PROBLEM
    for module in (
        clipping_always,
        dead_units,
        exploding_gradient,
        high_bias_and_variance,
        learning_rate_high,
        learning_rate_low,
        no_learning,
        noisy_normalization,
        non_finite,
        oscillating_loss,
        output_mismatch,
        overfitting,
        poor_initialization,
        saturated_units,
        slow_learning,
        split_mismatch,
        underfitting,
        unscaled_inputs,
        unscaled_targets,
        vanishing_gradient,
        weights_to_zero,
    )
}

KNOWN: dict[str, Problem] = {name: _KNOWN[name] for name in PROBLEMS}
"""The problems by name, causes before their effects."""
