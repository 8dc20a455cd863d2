"""What was found in several runs, on one axis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..findings.finding import Finding
from .opened import Opened


@dataclass(frozen=True)
class Marker:
    """A finding of one run.

    Attributes:
        run: index of the run.
        problem: its name.
        severity: critical or warning.
        layers: layers it names.
        first_step: step since which it stands.
        cleared_step: step at which it was gone; None if it stands at the end.
        message: the finding in words.
    """

    run: int
    problem: str
    severity: str
    layers: tuple[str, ...]
    first_step: int
    cleared_step: int | None
    message: str


def markers(runs: Sequence[Opened]) -> list[Marker]:
    """Every finding of every run, those that cleared included, by the step at which it began."""
    found: list[Marker] = []
    for index, run in enumerate(runs):
        open_ones: dict[str, Finding] = {}
        for event in run.history.findings:
            problem = event.finding.problem
            if not event.cleared:
                open_ones[problem] = event.finding
            elif problem in open_ones:
                found.append(_marker(index, open_ones.pop(problem), event.step))
        found += [_marker(index, finding, None) for finding in open_ones.values()]
    return sorted(found, key=lambda marker: (marker.first_step, marker.run, marker.problem))


def _marker(run: int, finding: Finding, cleared: int | None) -> Marker:
    return Marker(
        run,
        finding.problem,
        finding.severity,
        finding.layers,
        finding.first_step,
        cleared,
        finding.message,
    )
