"""What a rule says: the problem, where, since when, on what evidence, and what to try."""

from __future__ import annotations

from dataclasses import dataclass
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
        code: the same as lines of Keras code; "" where they are not known.
    """

    name: str
    set: dict[str, Any]
    why: str
    source: str
    code: str = ""

    def document(self) -> dict[str, Any]:
        """The remedy as plain JSON-able data."""
        return {
            "name": self.name,
            "set": self.set,
            "why": self.why,
            "source": self.source,
            "code": self.code,
        }

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> Remedy:
        """The inverse of `document`; raises KeyError or TypeError if that cannot be."""
        why, source, code = (str(document.get(key, "")) for key in ("why", "source", "code"))
        return cls(str(document["name"]), dict(document.get("set") or {}), why, source, code)


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
    cleared_step: int | None = None

    def document(self) -> dict[str, Any]:
        """The finding as `gradlab run --json` has it under `findings`."""
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

    @classmethod
    def from_document(cls, document: dict[str, Any], step: int = 0) -> Finding:
        """The inverse of `document`; what an older version did not write is left empty.

        Args:
            document: the finding, non-finite numbers as they are.
            step: at which it was told, for a document that does not say since when.

        Raises:
            KeyError: the problem or a remedy is not named.
            TypeError: a part is of another kind.
        """
        cleared = document.get("cleared_step")
        return cls(
            problem=str(document["problem"]),
            layers=tuple(str(layer) for layer in document.get("layers") or ()),
            first_step=int(document.get("first_step", step)),
            severity="critical" if document.get("severity") == "critical" else "warning",
            evidence=dict(document.get("evidence") or {}),
            message=str(document.get("message", "")),
            remedies=tuple(map(Remedy.from_document, document.get("remedies") or ())),
            consequences=tuple(str(name) for name in document.get("consequences") or ()),
            cleared_step=None if cleared is None else int(cleared),
        )
