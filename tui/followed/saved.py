"""A run read from its directory: one that is over, or one that another process trains."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ...engine.models.description import describe_preset
from ...engine.preset.schema import Preset
from ...engine.runs.notes import read_notes
from ...engine.runs.reader import RunReader
from ...engine.runs.state import Liveness, State, Watch, shown_status
from ...engine.stream.events import Event
from ...engine.stream.history import History
from .bounded import BoundedHistory
from .shown_run import ShownRun

GLANCE = ("loss", "delta_norm", "grad_norm")
"""Statistics that the first charts of a long run are drawn from, while the rest is being read."""

LONG = 4_000_000
"""Bytes of records from which on reading everything takes long enough to be seen."""


@dataclass(frozen=True, eq=False)
class Reading:
    """What one look at the directory has brought.

    Attributes:
        state: the run's state.
        liveness: whether its writer is still there.
        events: what is new since the last reading.
        glance: a first, incomplete history; None in every reading but the first of a long run.
        damage: what could not be read.
    """

    state: State
    liveness: Liveness
    events: list[Event] = field(default_factory=list)
    glance: History | None = None
    damage: tuple[str, ...] = ()


class SavedRun(ShownRun):
    """A run directory on display; reading it changes nothing.

    `read` may be called in a thread; everything else belongs to the screen's.

    Args:
        path: the run directory.
        watch: tells live runs from stale ones.
    """

    def __init__(self, path: Path, watch: Watch | None = None) -> None:
        self._path = path
        self._reader = RunReader(path, watch)
        info = self._reader.info
        notes, _ = read_notes(path)
        name = notes.name or info.get("name") or info.get("preset_name") or path.name
        changed = info.get("changed")
        super().__init__(str(name), changes=changed if isinstance(changed, dict) else {})
        self.preset = _preset(info)
        """The preset as it was trained; None if it cannot be read."""
        self.damage: tuple[str, ...] = ()
        """What could not be read."""
        self._state = self._reader.state
        self._liveness: Liveness = self._reader.liveness
        self._glanced = False
        self.reading = True

    @property
    def path(self) -> Path:
        """The run directory."""
        return self._path

    @property
    def alive(self) -> bool:
        """Whether a process trains it, as far as can be told."""
        return self._liveness == "live"

    @property
    def paused(self) -> bool:
        """Whether its training holds."""
        return self._state.status == "paused"

    @property
    def state(self) -> str:
        """Its status, or dead or stale if its writer has gone."""
        if self._state.status == "unknown":
            return "unknown"
        if self.stopping and self.alive:
            return "stopping"
        return shown_status(self._state, self._liveness)

    @property
    def reason(self) -> str:
        """Why it ended, or what is wrong; "" if nothing is."""
        return self._state.reason

    @property
    def seed(self) -> int | None:
        """The preset's seed, if it is known."""
        return self.preset.seed if self.preset else None

    @property
    def facts(self) -> str:
        """`digits  11x256 sigmoid, 0.68 M`."""
        if self.preset is None:
            return ""
        return f"{self.preset.data.name}  {describe_preset(self.preset)}"

    def glance(self) -> Reading | None:
        """A quick first look at a long run; None for any other, which `read` reads as quickly."""
        records = (self._path / name for name in ("metrics.parquet", "metrics.rec"))
        if sum(file.stat().st_size for file in records if file.exists()) < LONG:
            return None
        first = RunReader(self._path).history(GLANCE)
        return Reading(self._reader.state, self._reader.liveness, glance=first)

    def read(self) -> Reading:
        """What is new since the last call."""
        events = self._reader.poll()
        state, liveness = self._reader.state, self._reader.liveness
        return Reading(state, liveness, events, damage=tuple(self._reader.damage))

    def show(self, reading: Reading) -> bool:
        """Take in what was read; returns whether that changes any picture."""
        before = self.state
        self._state, self._liveness = reading.state, reading.liveness
        if reading.glance is not None:
            self.history, self._glanced = reading.glance, True
            return True
        if self._glanced:
            self.history, self._glanced = BoundedHistory(), False
        first, self.reading = self.reading, False
        self.damage = reading.damage
        self.take(reading.events)
        return first or bool(reading.events) or self.state != before


def _preset(info: dict[str, Any]) -> Preset | None:
    try:
        return Preset.model_validate(info.get("preset"))
    except ValidationError:
        return None
