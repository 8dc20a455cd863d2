"""The table of runs: one row a run, read from its three small JSON files, without NumPy."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..strict_json import restored
from .files import read_json
from .ids import run_directories
from .notes import read_notes
from .state import Liveness, Watch, read_state, shown_status


@dataclass(frozen=True)
class RunRow:
    """A run in a list; what is not known, or damaged, is empty.

    Attributes:
        id: the directory's name.
        path: the run directory.
        name: the user's own name for it.
        preset: name of the preset.
        status: the run's status, or dead or stale if its writer has gone.
        liveness: whether its writer is still there.
        created: ISO 8601 in UTC.
        seed: the preset's seed.
        changed: settings that differ from the named preset.
        parent: id of the run it was forked from.
        epochs: whole epochs taken.
        planned_epochs: epochs asked for.
        steps: steps taken.
        seconds: how long it trained.
        final: last losses and metrics.
        best: best losses and metrics, `{"val_loss": {"value": ..., "epoch": ...}}`.
        findings: problems that stand, the first found first.
        damage: what could not be read.
        pid: process that trains, or trained.
        host: its machine.
        tags: the user's tags, sorted.
        note: the user's note.
        info: run.json.
    """

    id: str
    path: Path
    name: str = ""
    preset: str = ""
    status: str = "unknown"
    liveness: Liveness = "dead"
    created: str = ""
    seed: int | None = None
    changed: dict[str, Any] = field(default_factory=dict)
    parent: str = ""
    epochs: int = 0
    planned_epochs: int | None = None
    steps: int = 0
    seconds: float | None = None
    final: dict[str, float] = field(default_factory=dict)
    best: dict[str, dict[str, float]] = field(default_factory=dict)
    findings: tuple[str, ...] = ()
    damage: tuple[str, ...] = ()
    pid: int = 0
    host: str = ""
    tags: tuple[str, ...] = ()
    note: str = ""
    info: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def live(self) -> bool:
        """Whether it is being trained, as far as can be told."""
        return self.liveness == "live"

    def document(self) -> dict[str, Any]:
        """The row as a JSON object, without run.json."""
        values = {**vars(self), "path": str(self.path)}
        del values["info"]
        return values


def list_runs(root: Path, watch: Watch | None = None) -> list[RunRow]:
    """Every run under `root`, the newest first; damaged ones are listed with what is left of them.

    Args:
        root: where runs live; it need not exist.
        watch: keep one between calls, so that stale runs of other machines are told from live ones.

    Raises:
        RunError: the directory exists but cannot be read.
    """
    watch = watch or Watch()
    rows = [read_row(path, watch) for path in run_directories(root)]
    return sorted(rows, key=lambda row: (row.created, row.id), reverse=True)


def read_row(run: Path, watch: Watch) -> RunRow:
    """One run's row."""
    info, info_damage = read_json(run / "run.json")
    state, state_damage = read_state(run)
    notes, notes_damage = read_notes(run)
    summary, summary_damage = read_json(run / "summary.json")
    if "missing" in summary_damage and not state.ended:
        summary_damage = ""  # it comes two seconds after the start
    liveness: Liveness = watch.liveness(run, state) if state.status != "unknown" else "dead"
    train = _table(_table(info.get("preset")).get("train"))
    findings = summary.get("findings")
    return RunRow(
        id=run.name,
        path=run,
        name=notes.name or _text(info.get("name")),
        preset=_text(info.get("preset_name")),
        status=shown_status(state, liveness) if state.status != "unknown" else "unknown",
        liveness=liveness,
        created=_text(info.get("created")),
        seed=_whole(info.get("seed")),
        changed=_table(info.get("changed")),
        parent=_text(info.get("parent")),
        epochs=state.epoch or _whole(summary.get("epochs")) or 0,
        planned_epochs=_whole(train.get("epochs")),
        steps=state.step or _whole(summary.get("steps")) or 0,
        seconds=_number(summary.get("seconds")),
        final=_numbers(summary.get("final")),
        best={
            name: numbers
            for name, value in _table(summary.get("best")).items()
            if "value" in (numbers := _numbers(value))
        },
        findings=tuple(
            _text(_table(item).get("problem"))
            for item in (findings if isinstance(findings, list) else [])
        ),
        damage=tuple(
            text for text in (info_damage, state_damage, summary_damage, notes_damage) if text
        ),
        pid=state.pid,
        host=state.host,
        tags=notes.tags,
        note=notes.note,
        info=info,
    )


def _table(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _number(value: Any) -> float | None:
    value = restored(value)
    return float(value) if isinstance(value, int | float) else None


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) else None


def _numbers(value: Any) -> dict[str, float]:
    pairs = ((name, _number(item)) for name, item in _table(value).items())
    return {name: number for name, number in pairs if number is not None}
