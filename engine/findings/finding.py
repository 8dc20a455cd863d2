"""What a rule says: the problem, where, since when, on what evidence, and what to try."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

Severity = Literal["critical", "warning"]
"""Critical: the run is spoilt while it lasts. Warning: it costs something."""


@dataclass(frozen=True)
class Remedy:
    """A change of the preset that is known to cure a problem.

    Attributes:
        name: short name, such as relu_he.
        set: dotted keys and their new values.
        why: one sentence.
        source: the experiment or paper it comes from.
    """

    name: str
    set: dict[str, Any]
    why: str
    source: str

    def document(self) -> dict[str, Any]:
        """The remedy as plain JSON-able data."""
        return {"name": self.name, "set": self.set, "why": self.why, "source": self.source}


@dataclass(frozen=True)
class Finding:
    """One problem of a run.

    Attributes:
        problem: a name of `PROBLEMS`.
        layers: names of the layers it concerns; empty: the whole model.
        first_step: the step at which it began.
        severity: how bad it is.
        evidence: the numbers that it rests on.
        message: one plain sentence or two.
        remedies: what to try, the best first.
        consequences: problems that follow from this one.
        cleared_step: the step at which it was seen to be gone; None while it stands.
    """

    problem: str
    layers: tuple[str, ...]
    first_step: int
    severity: Severity
    evidence: dict[str, Any]
    message: str
    remedies: tuple[Remedy, ...] = ()
    consequences: tuple[str, ...] = ()
    cleared_step: int | None = field(default=None)

    def document(self) -> dict[str, Any]:
        """The finding as DESIGN.md has it under `findings`."""
        document: dict[str, Any] = {
            "problem": self.problem,
            "layers": list(self.layers),
            "first_step": self.first_step,
            "severity": self.severity,
            "evidence": self.evidence,
            "message": self.message,
            "remedies": [remedy.document() for remedy in self.remedies],
            "consequences": list(self.consequences),
        }
        if self.cleared_step is not None:
            document["cleared_step"] = self.cleared_step
        return document
