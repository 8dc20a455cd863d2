"""Findings on the command line: a gate sees consequences too."""

from __future__ import annotations

from gradlab.engine.findings.finding import Finding
from gradlab.tui.cli.findings import fails, finding_lines

FINDING = Finding(
    problem="unscaled_targets",
    layers=(),
    first_step=0,
    severity="critical",
    evidence={},
    message="The targets lie from -415 to 552.",
    consequences=("exploding_gradient", "non_finite"),
)


def test_a_gate_on_a_consequence_fails() -> None:
    assert fails([FINDING], {"non_finite"})
    assert fails([FINDING], {"unscaled_targets"})
    assert not fails([FINDING], {"dead_units"})
    assert not fails([], {"any"})


def test_consequences_are_told() -> None:
    assert "  leads to: exploding_gradient, non_finite" in finding_lines(FINDING)
