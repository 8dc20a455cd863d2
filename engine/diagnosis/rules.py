"""All rules, and one look at a run with them."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping

import numpy as np

from ..findings.finding import Finding
from .clipping import clipping_always
from .data import split_mismatch, unscaled_inputs, unscaled_targets
from .exploding import exploding_gradient, non_finite
from .fit import overfitting, underfitting
from .initialization import poor_initialization
from .learning import (
    learning_rate_high,
    learning_rate_low,
    no_learning,
    oscillating_loss,
    slow_learning,
)
from .output import output_mismatch
from .units import dead_units, saturated_units
from .vanishing import vanishing_gradient
from .view import View

Rule = Callable[[View, Mapping[str, Finding]], Finding | None]
"""From a view of the run, and what the rules before it have found, to a finding or none."""

FAST: tuple[Rule, ...] = (non_finite, exploding_gradient, vanishing_gradient)
"""Rules that are asked every few steps."""

RULES: tuple[Rule, ...] = (
    *FAST,
    dead_units,
    saturated_units,
    no_learning,
    oscillating_loss,
    clipping_always,
    slow_learning,
    overfitting,
    underfitting,
    poor_initialization,
    learning_rate_high,
    learning_rate_low,
    unscaled_targets,
    unscaled_inputs,
    output_mismatch,
    split_mismatch,
)
"""Every rule, symptoms before causes, since a cause counts for the symptoms it explains."""


def look(view: View, rules: tuple[Rule, ...] = RULES) -> dict[str, Finding]:
    """What the rules find, by problem."""
    found: dict[str, Finding] = {}
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore", RuntimeWarning)  # medians of nothing are NaN, as meant
        for rule in rules:
            finding = rule(view, found)
            if finding is not None:
                found[finding.problem] = finding
    return found
