"""A run read from its directory: one that is over, or one that another process trains."""

from __future__ import annotations

from pathlib import Path

from ...engine.models.description import describe_preset
from ...engine.preset.load import recorded
from ...engine.preset.schema import Preset
from ...engine.runs.documents import Documents, read_documents
from ...engine.runs.followed import FollowedRun, Reading, RecordedRun, open_run
from ...engine.runs.replay import statistics
from ...engine.runs.state import Watch, boot_id, process_start
from ...engine.stream.events import Started
from ...engine.stream.history import History
from ...engine.stream.retention import as_drawn
from .predicted import Predicted, predict_run
from .shown_run import ShownRun

GLANCE = statistics("loss", "delta_norm", "grad_norm")
"""Series that the first charts of a long run are drawn from, while the rest is being read."""

LONG = 4_000_000
"""Bytes of records from which on reading everything takes long enough to be seen."""


class SavedRun(ShownRun):
    """A run directory on display; reading it changes nothing.

    `read` may be called in a thread; everything else belongs to the screen's.

    Args:
        path: the run directory.
        watch: tells live runs from stale ones.
    """

    def __init__(self, path: Path, watch: Watch | None = None) -> None:
        self._followed = FollowedRun(path, watch=watch)
        self._now: Documents = read_documents(path, watch)
        super().__init__(self._now.name, changes=self._now.info.get("changed", {}))
        self._preset = recorded(self._now.preset)
        self.damage: tuple[str, ...] = ()
        """What could not be read."""
        self._glanced = False
        self._foretold: Predicted | None = None
        self.reading = True

    @property
    def preset(self) -> Preset | None:
        """The preset as it was trained; None if it cannot be read."""
        return self._preset

    @property
    def path(self) -> Path:
        """The run directory."""
        return self._now.path

    @property
    def alive(self) -> bool:
        """Whether a process trains it, as far as can be told."""
        return self._now.live

    @property
    def pid(self) -> int:
        """The process that trains it, if that is one of this machine; 0 otherwise."""
        state = self._now.state
        here = state.boot_id == boot_id() and state.pid_start == process_start(state.pid)
        return state.pid if here else 0

    @property
    def paused(self) -> bool:
        """Whether its training holds."""
        return self._now.state.status == "paused"

    @property
    def state(self) -> str:
        """Its status, or dead or stale if its writer has gone."""
        return "stopping" if self.stopping and self.alive else self._now.status

    @property
    def reason(self) -> str:
        """Why it ended, or what is wrong; "" if nothing is."""
        return self._now.state.reason

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

    def glance(self) -> RecordedRun | None:
        """A quick first look at a long run; None for any other, which `read` reads as quickly."""
        records = (self.path / name for name in ("metrics.parquet", "metrics.rec"))
        if sum(file.stat().st_size for file in records if file.exists()) < LONG:
            return None
        return open_run(self.path, GLANCE)

    def read(self) -> Reading:
        """What is new since the last call."""
        reading = self._followed.read()
        started = next((e for e in reading.events if isinstance(e, Started)), None)
        if self._foretold is None and started and self._preset:
            self._foretold = predict_run(self._preset, started)
        return reading

    def show_glance(self, run: RecordedRun) -> None:
        """Take in a first look, until all that it was taken from has been read."""
        self._now, self.history, self._glanced = run, run.history, True
        self.heard += 1

    def show(self, reading: Reading) -> bool:
        """Take in what was read; returns whether that changes any picture."""
        before, self._now = self.state, reading
        if self._glanced:
            self.history, self._glanced = History(as_drawn), False
        first, self.reading = self.reading, False
        self.heard += first
        self.damage = reading.damage
        self.predicted = self._foretold or self.predicted
        self.take(reading.events)
        return first or bool(reading.events) or self.state != before
