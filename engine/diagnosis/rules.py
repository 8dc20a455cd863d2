"""One look at a run with some rules, or with all of them."""

from __future__ import annotations

import warnings
from collections.abc import Mapping

import numpy as np

from ..findings.finding import Finding
from .problem import Rule
from .registry import KNOWN
from .view import View

RULES: Mapping[str, Rule] = {p.name: p.rule for p in reversed(KNOWN.values())}
"""Every rule by its problem, effects before causes, since a cause counts for the effects it explains."""

FAST: Mapping[str, Rule] = {p.name: p.rule for p in KNOWN.values() if p.fast}
"""Rules that are asked every few steps."""

FORESEEING: Mapping[str, Rule] = {p.name: p.foresee for p in reversed(KNOWN.values()) if p.foresee}
"""Rules for a run that has taken no step, in the order of `RULES`."""


def find(view: View, rules: Mapping[str, Rule] = RULES) -> dict[str, Finding]:
    """What the rules find, by problem."""
    found: dict[str, Finding] = {}
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore", RuntimeWarning)  # medians of nothing are NaN, as meant
        for problem, rule in rules.items():
            finding = rule(view, found)
            if finding is not None:
                found[problem] = finding
    return found
