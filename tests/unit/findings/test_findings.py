"""Findings as documents and back, and the order in which they are told."""

from __future__ import annotations

import json

import pytest

from gradlab.engine.findings.finding import Finding, Remedy
from gradlab.engine.findings.order import rank
from gradlab.engine.runs.event_lines import from_line, to_line
from gradlab.engine.stream.events import Found

FINDING = Finding(
    problem="vanishing_gradient",
    layers=("dense", "dense_1"),
    first_step=3,
    severity="critical",
    evidence={"delta_ratio_per_layer": 0.25, "worst": float("inf")},
    message="It shrinks.",
    remedies=(Remedy("relu_he", {"model.activation": "relu"}, "slope 1", "He et al. 2015"),),
    consequences=("no_learning",),
)


def test_a_document_gives_the_finding_back() -> None:
    cleared = Finding("no_learning", (), 0, "warning", {}, "", cleared_step=9)
    for finding in (FINDING, cleared):
        assert Finding.from_document(finding.document()) == finding


def test_a_line_of_the_record_gives_the_event_back() -> None:
    line = to_line(Found(5, FINDING), 5, 0.0, 1)
    written = json.loads(line)
    assert (written["finding"]["problem"], written["cleared"]) == ("vanishing_gradient", False)
    assert from_line(line) == (5, Found(5, FINDING), 1)


def test_what_an_older_version_did_not_write_is_left_empty() -> None:
    line = b'{"at": 9, "event": "found", "step": 9, "finding": {"problem": "x"}, "cleared": true}'
    _, found, number = from_line(line)
    assert isinstance(found, Found) and number is None
    finding = found.finding
    assert (finding.first_step, finding.cleared_step, finding.remedies) == (9, 9, ())
    assert found.cleared


@pytest.mark.parametrize("broken", ["5", '{"layers": []}', '{"problem": "x", "remedies": [5]}'])
def test_a_broken_finding_is_a_damaged_line(broken: str) -> None:
    line = f'{{"at": 9, "event": "found", "step": 9, "finding": {broken}}}'
    with pytest.raises(ValueError, match="not an event"):
        from_line(line.encode())


def test_a_problem_of_a_later_version_comes_last() -> None:
    unknown = Finding("new_problem", (), 0, "critical", {}, "")
    assert sorted([unknown, FINDING], key=rank) == [FINDING, unknown]
