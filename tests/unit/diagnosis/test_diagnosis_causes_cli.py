"""Findings on the command line: a gate sees consequences too."""

from __future__ import annotations

from gradlab.tui.cli.findings import fails, finding_lines

FINDING = {
    "problem": "unscaled_targets",
    "severity": "critical",
    "message": "The targets lie from -415 to 552.",
    "consequences": ["exploding_gradient", "non_finite"],
    "remedies": [],
}


def test_a_gate_on_a_consequence_fails() -> None:
    assert fails([FINDING], {"non_finite"})
    assert fails([FINDING], {"unscaled_targets"})
    assert not fails([FINDING], {"dead_units"})
    assert not fails([], {"any"})


def test_consequences_are_told() -> None:
    assert "  leads to: exploding_gradient, non_finite" in finding_lines(FINDING)
