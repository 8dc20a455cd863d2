"""A training as a screen sees it: its history so far, how fast it is, and how long it will take."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path
from threading import Thread
from typing import Any

from ...engine.models.description import describe_preset
from ...engine.preset.schema import Preset
from ...engine.session import Session
from ...engine.stream.events import ENDED, Event, Started
from .predicted import predict_run
from .shown_run import ShownRun

PHASES = {
    "reading": "reading the data",
    "loading": "loading TensorFlow",
    "preparing": "building the model",
    "compiling": "compiling",
}
"""What a training does before its first step, by its status."""


class LiveRun(ShownRun):
    """A session and what it has said, drained by the screen's one timer.

    Args:
        preset: the experiment.
        name: the name of its preset.
        runs_dir: where its run directory is made; None keeps nothing on disk.
        base: folder that relative paths in the preset start from.
        parent: the run that this one was forked from.
        changes: what the fork changed, by dotted key.
        changed: settings that differ from the named preset, for the record.
        trust: whether the preset may run Python code of its own.
        resume: an unfinished run directory to continue instead of making a new one.
        follows: the run before, whose compiled training is taken over if it can train this one.
    """

    def __init__(
        self,
        preset: Preset,
        *,
        name: str,
        runs_dir: Path | None,
        base: Path | None = None,
        parent: LiveRun | None = None,
        changes: dict[str, Any] | None = None,
        changed: Mapping[str, Any] | None = None,
        trust: bool = False,
        resume: Path | None = None,
        follows: LiveRun | None = None,
    ) -> None:
        super().__init__(name, parent, changes)
        self._preset = preset
        self.base = base
        self.changed = dict(changed or {})
        self._asked_theory = False
        self._began: float | None = None
        self.session = Session(
            preset,
            runs_dir=runs_dir,
            preset_name=name,
            base=base,
            trust=trust,
            parent=parent.id if parent else None,
            changed=changed,
            resume=resume,
            follows=follows.session if follows else None,
            keep=True,
        )

    @property
    def preset(self) -> Preset:
        """The preset as it is trained."""
        return self._preset

    @property
    def path(self) -> Path | None:
        """The run directory, once there is one."""
        return self.session.run_dir

    @property
    def alive(self) -> bool:
        """Whether it still trains."""
        return self.session.alive

    @property
    def pid(self) -> int:
        """This process."""
        return os.getpid()

    @property
    def ending(self) -> bool:
        """Whether it trains no more, or will not for long: the last files may still be written."""
        return self.stopping or self.session.status in ENDED

    @property
    def paused(self) -> bool:
        """Whether a pause was asked for."""
        return self.session.paused

    @property
    def state(self) -> str:
        """One word or two for what it is doing now."""
        status = self.history.status.status
        if status in ENDED:
            return status
        if self.stopping:
            return "stopping"
        if self.paused:
            return "paused"
        if status in PHASES:
            return PHASES[status]
        return "training" if len(self.history.steps) else status

    def start(self) -> None:
        """Start the worker."""
        self._began = time.monotonic()
        self.session.start()

    @property
    def waited(self) -> float | None:
        """Seconds that the first step has been waited for; None once it has come, or never will."""
        if self._began is None or len(self.history.steps) or not self.alive:
            return None
        return time.monotonic() - self._began

    def stop(self) -> None:
        """Ask the worker to end at the next block, and keep everything."""
        self.stopping = True
        self.session.stop()

    def toggle_pause(self) -> None:
        """Pause, or go on."""
        if self.paused:
            self.session.resume()
        else:
            self.session.pause()
        self._marks.clear()

    def drain(self) -> list[Event]:
        """Take in what has been said since the last call, and give it back."""
        events = self.session.drain()
        self.take(events)
        started = self.history.started
        if not self._asked_theory and started is not None:
            self._asked_theory = True
            # It imports SciPy: half a second that the screen's thread must not stand still for.
            Thread(target=self._predict, args=(started,), daemon=True).start()
        return events

    def _predict(self, started: Started) -> None:
        self.predicted = predict_run(self.preset, started)
        self.heard += 1

    @property
    def facts(self) -> str:
        """`digits 1150/287  11x256 sigmoid, 0.68 M`: rows to train and validate on, and the model."""
        data = self.history.started.data if self.history.started else None
        splits = data.splits.values() if data else ()
        rows = "/".join(str(split.rows) for split in splits if split is not None)
        return f"{self.preset.data.name} {rows}".rstrip() + f"  {describe_preset(self.preset)}"

    @property
    def seed(self) -> int:
        """The preset's seed."""
        return self.preset.seed
