"""The table of runs: one row a run, read from its small JSON files, without NumPy."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..strict_json import is_object
from .documents import read_documents
from .ids import run_directories
from .state import Liveness, Watch


@dataclass(frozen=True)
class RunRow:
    """A run in a list; what is not known, or damaged, is empty.

    Attributes:
        id: the directory's name.
        path: the run directory.
        name: the user's own name for it.
        preset: name of the preset.
        status: the run's status, or dead or stale if its writer has gone.
        reason: why it ended, or what is wrong.
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
    reason: str = ""
    liveness: Liveness = "dead"
    created: str = ""
    seed: int | None = None
    changed: dict[str, Any] = field(default_factory=dict[str, Any])
    parent: str = ""
    epochs: int = 0
    planned_epochs: int | None = None
    steps: int = 0
    seconds: float | None = None
    final: dict[str, float] = field(default_factory=dict[str, float])
    best: dict[str, dict[str, float]] = field(default_factory=dict[str, dict[str, float]])
    findings: tuple[str, ...] = ()
    damage: tuple[str, ...] = ()
    pid: int = 0
    host: str = ""
    tags: tuple[str, ...] = ()
    note: str = ""
    info: dict[str, Any] = field(default_factory=dict[str, Any], repr=False)

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
    found = read_documents(run, watch)
    info, summary, train = found.info, found.summary, found.preset.get("train")
    planned = train.get("epochs") if is_object(train) else None
    return RunRow(
        id=run.name,
        path=run,
        name=found.own_name,
        preset=info.get("preset_name", ""),
        status=found.status,
        reason=found.state.reason,
        liveness=found.liveness,
        created=info.get("created", ""),
        seed=info.get("seed"),
        changed=info.get("changed", {}),
        parent=info.get("parent") or "",
        epochs=found.state.epoch or summary.get("epochs", 0),
        planned_epochs=planned if isinstance(planned, int) else None,
        steps=found.state.step or summary.get("steps", 0),
        seconds=summary.get("seconds"),
        final=summary.get("final", {}),
        best=summary.get("best", {}),
        findings=tuple(finding["problem"] for finding in summary.get("findings", [])),
        damage=found.damage,
        pid=found.state.pid,
        host=found.state.host,
        tags=found.notes.tags,
        note=found.notes.note,
        info=info,
    )
