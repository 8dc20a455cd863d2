"""What was found in several runs, on one axis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

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
        open_ones: dict[str, tuple[dict[str, Any], int]] = {}
        for event in run.history.findings:
            problem = str(event.finding.get("problem"))
            if event.cleared:
                if problem in open_ones:
                    found.append(_marker(index, problem, *open_ones.pop(problem), event.step))
            else:
                since = open_ones[problem][1] if problem in open_ones else event.step
                open_ones[problem] = (event.finding, since)
        found += [_marker(index, problem, *one, None) for problem, one in open_ones.items()]
    return sorted(found, key=lambda marker: (marker.first_step, marker.run, marker.problem))


def _marker(
    run: int, problem: str, finding: dict[str, Any], began: int, cleared: int | None
) -> Marker:
    first, layers = finding.get("first_step"), finding.get("layers")
    return Marker(
        run,
        problem,
        str(finding.get("severity", "warning")),
        tuple(str(layer) for layer in layers) if isinstance(layers, list | tuple) else (),
        first if isinstance(first, int) else began,
        cleared,
        str(finding.get("message", "")),
    )
