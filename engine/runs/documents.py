"""The four small JSON files of a run, read together, without NumPy: what every reader begins with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, Field, TypeAdapter, with_config
from typing_extensions import TypedDict

from ..errors import RunError
from ..findings.finding import Finding
from .files import read_as, read_json
from .notes import Notes, read_notes
from .state import Count, Liveness, State, Watch, read_state, shown_status

SCHEMA_VERSION = 1
"""Version of the layout of a run directory; another one may lack what is looked for here."""

PARTS = frozenset({
    "run.json", "columns.json", "state.json", "summary.json", "notes.json", "model.json",
    "events.jsonl", "metrics.rec", "weights.rec", "metrics.parquet", "weights.parquet",
    "checkpoint", "script.py",
})  # fmt: skip
"""What a run directory holds of its run, and nothing else may write."""


@with_config(extra="allow")
class Info(TypedDict, total=False):
    """The members of run.json that are looked at; the others are kept as they are."""

    schema_version: int
    name: str | None
    created: str
    preset_name: str
    preset: dict[str, Any]
    changed: dict[str, Any]
    seed: int | None
    parent: str | None


class Best(TypedDict):
    """The best value of a loss or metric, and the epoch that had it, counted from 1."""

    value: float
    epoch: Count


class Course(TypedDict):
    """A series of a layer in three numbers."""

    first: float | None
    last: float | None
    median: float | None


@with_config(extra="allow")
class Layer(TypedDict):
    """A layer in the outcome of a run."""

    name: str
    grad_norm: Course
    delta_norm: Course


def _finding(document: dict[str, Any]) -> dict[str, Any]:
    try:
        Finding.from_document(document)
    except (AttributeError, KeyError, TypeError, OverflowError) as error:
        raise ValueError("not a finding") from error
    return document


@with_config(extra="allow")
class Summary(TypedDict):
    """The members of summary.json: the document of `gradlab run --json`."""

    run: str
    status: str
    epochs: Count
    steps: Count
    seconds: Annotated[float, Field(ge=0)]
    steps_per_second: float | None
    final: dict[str, float]
    best: dict[str, Best]
    layers: list[Layer]
    findings: list[Annotated[dict[str, Any], AfterValidator(_finding)]]


_INFO = TypeAdapter(Info)
_SUMMARY = TypeAdapter(Summary)


@dataclass(frozen=True, eq=False)
class Documents:
    """What the files of a run say that are not its records; what is damaged is empty.

    Attributes:
        path: the run directory.
        info: run.json.
        state: state.json.
        liveness: whether its writer is still there.
        notes: notes.json.
        summary: summary.json.
        damage: what could not be read, each with its file.
    """

    path: Path
    info: dict[str, Any]
    state: State
    liveness: Liveness
    notes: Notes
    summary: dict[str, Any]
    damage: tuple[str, ...]

    @property
    def id(self) -> str:
        """The run's id."""
        return self.path.name

    @property
    def name(self) -> str:
        """The user's name for it, else its preset's, else its id."""
        return self.own_name or self.info.get("preset_name") or self.id

    @property
    def own_name(self) -> str:
        """The user's name for it, or ""."""
        return self.notes.name or self.info.get("name") or ""

    @property
    def status(self) -> str:
        """Its status, or dead or stale if its writer has gone."""
        return shown_status(self.state, self.liveness)

    @property
    def live(self) -> bool:
        """Whether it is being trained, as far as can be told."""
        return self.liveness == "live"

    @property
    def preset(self) -> dict[str, Any]:
        """The resolved preset; {} if it has none."""
        return self.info.get("preset", {})

    @property
    def seed(self) -> int | None:
        """The seed, if it is known."""
        seed = self.info.get("seed", self.preset.get("seed"))
        return seed if isinstance(seed, int) else None


def read_info(run: Path) -> tuple[dict[str, Any], str]:
    """run.json without members of a wrong type, and what is wrong with it."""
    info, damage = read_as(_INFO, run / "run.json")
    version = info.get("schema_version", SCHEMA_VERSION)
    if version != SCHEMA_VERSION:
        damage = f"run.json: written by another gradlab (schema version {version})"
    return dict(info), damage


def read_documents(run: Path, watch: Watch | None = None) -> Documents:
    """Read a run's small files.

    Args:
        run: the run directory.
        watch: tells live runs from stale ones; share one among all readings of a process.
    """
    state, state_damage = read_state(run)
    liveness = (watch or Watch()).liveness(run, state)
    info, info_damage = read_info(run)
    notes, notes_damage = read_notes(run)
    summary, summary_damage = _read_summary(run, state)
    damage = (info_damage, state_damage, summary_damage, notes_damage)
    return Documents(run, info, state, liveness, notes, summary, tuple(filter(None, damage)))


def _read_summary(run: Path, state: State) -> tuple[dict[str, Any], str]:
    document, damage = read_json(run / "summary.json")
    if damage.endswith(": missing") and not state.ended:
        return {}, ""  # it comes two seconds after the start
    try:
        return dict(_SUMMARY.validate_python(document)), damage
    except ValueError:
        return {}, damage or "summary.json: not the outcome of a run"


def refuse_part(target: Path) -> None:
    """Refuse to put something else in the place of a part of a run, links resolved.

    Raises:
        RunError: the target is a part of a run.
    """
    resolved = target.resolve()
    for place in (resolved, *resolved.parents[:2]):
        if place.name in PARTS and (place.parent / "run.json").exists():
            raise RunError(
                f"{target} is a part of the run {place.parent.name}; choose another place with -o PATH"
            )
