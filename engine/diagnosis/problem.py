"""What a problem is to the diagnosis."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from ..findings.finding import Finding, Remedy
from .context import Context
from .view import View

Rule = Callable[[View, Mapping[str, Finding]], Finding | None]
"""From a view of the run, and what the rules of its effects have found, to a finding or none."""

Maker = Callable[[Finding, Context], Iterator[Remedy]]
"""Yields the remedies of a finding in order, suitable or not; unsuitable edits are sorted out later."""

STUCK = ("no_learning", "slow_learning", "underfitting", "learning_rate_low")
"""Problems of a net that is kept from learning."""

BROKEN = ("exploding_gradient", "non_finite")
"""Problems of a net that runs away."""


@dataclass(frozen=True)
class Problem:
    """A problem: how it shows, what it brings about, what cures it.

    Attributes:
        name: one of `PROBLEMS`, which hold their order from cause to effect.
        rule: finds it in a run.
        remedies: what to try against it.
        formula: how it is measured, in lines that a student can check by hand.
        check: what usually brings it about, and how to see whether it did here.
        leads_to: problems that follow from it, or a function of the finding that tells them.
        yields_to: problem after which a finding takes its turn as a cause; "": its own place.
        foresee: finds it in a run of no steps; None if it cannot be told before training.
        fast: whether the rule is asked every few steps.
        persists: whether a finding that was told stands on although the rule is silent.
    """

    name: str
    rule: Rule
    remedies: Maker
    formula: str
    check: str
    leads_to: tuple[str, ...] | Callable[[Finding], tuple[str, ...]] = ()
    yields_to: Callable[[Finding], str] = lambda finding: ""
    foresee: Rule | None = None
    fast: bool = False
    persists: Callable[[View], bool] = lambda view: False

    def effects(self, finding: Finding) -> tuple[str, ...]:
        """Problems that follow from this finding of it."""
        return self.leads_to(finding) if callable(self.leads_to) else self.leads_to
