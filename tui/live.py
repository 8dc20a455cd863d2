"""A training as a screen sees it: its history so far, how fast it is, and how long it will take."""

from __future__ import annotations

import time
from collections import deque
from pathlib import Path
from typing import Any

import numpy as np

from ..engine.events import ENDED, Steps
from ..engine.models.description import describe_preset
from ..engine.preset.schema import Preset
from ..engine.session import Session
from .bounded import BoundedHistory
from .predicted import predicted_profile

WINDOW = 5.0
"""Seconds of training that the speed is an average of."""


class LiveRun:
    """A session and what it has said, drained by the screen's one timer.

    Args:
        preset: the experiment.
        name: the name of its preset.
        runs_dir: where its run directory is made; None keeps nothing on disk.
        base: folder that relative paths in the preset start from.
        parent: the run that this one was forked from.
        changes: what the fork changed, by dotted key.
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
    ) -> None:
        self.preset = preset
        self.name = name
        self.base = base
        self.parent = parent
        self.changes = changes or {}
        self.history = BoundedHistory()
        self.predicted: np.ndarray | None = None
        """Norm of delta by depth that mean field predicts, over that of the output layer [layers]."""
        self.stopping = False
        self._marks: deque[tuple[float, int]] = deque()
        self._asked_theory = False
        self.session = Session(
            preset,
            runs_dir=runs_dir,
            preset_name=name,
            base=base,
            parent=parent.id if parent else None,
        )

    @property
    def id(self) -> str | None:
        """Id of the run directory, once there is one."""
        return self.session.run_dir.name if self.session.run_dir else None

    @property
    def path(self) -> Path | None:
        """The run directory, once there is one."""
        return self.session.run_dir

    @property
    def alive(self) -> bool:
        """Whether it still trains."""
        return self.session.alive

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
        if status == "preparing" and self.session.dataset is None:
            return "loading TensorFlow"
        if self.paused:
            return "paused"
        return "training" if len(self.history.steps) else status

    def start(self) -> None:
        """Start the worker."""
        self.session.start()

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

    def drain(self) -> bool:
        """Take in what has been said since the last call; returns whether that was anything."""
        events = self.session.drain()
        for event in events:
            self.history.add(event)
            if isinstance(event, Steps) and len(event.steps):
                self._marks.append((float(event.times[-1]), int(event.steps[-1])))
        while len(self._marks) > 2 and self._marks[-1][0] - self._marks[0][0] > WINDOW:
            self._marks.popleft()
        if not self._asked_theory and self.session.dataset is not None and self.history.layers:
            self._asked_theory = True
            self.predicted = predicted_profile(
                self.preset, self.session.dataset, len(self.history.layers)
            )
        return bool(events)

    @property
    def facts(self) -> str:
        """`digits 1150/287  11x256 sigmoid, 0.68 M`: rows to train and validate on, and the model."""
        dataset = self.session.dataset
        rows = ""
        if dataset is not None:
            parts = [dataset.train, dataset.validation, dataset.test]
            rows = f" {'/'.join(str(len(part)) for part in parts if part is not None)}"
        return f"{self.preset.data.name}{rows}  {describe_preset(self.preset)}"

    @property
    def total_steps(self) -> int:
        """Steps asked for; 0 before the start."""
        started = self.history.started
        return started.steps_per_epoch * started.epochs if started else 0

    @property
    def speed(self) -> float:
        """Steps per second over the last seconds; 0 while there is nothing to tell it from."""
        if len(self._marks) < 2:
            return 0.0
        (began, first), (ended, last) = self._marks[0], self._marks[-1]
        return (last - first) / (ended - began) if ended > began else 0.0

    @property
    def seconds_left(self) -> float | None:
        """Estimated time to the end."""
        if not self.alive or self.paused or not self.speed:
            return None
        return (self.total_steps - self.history.step) / self.speed

    @property
    def seconds(self) -> float | None:
        """Time since the first step, or that the whole training took."""
        if self.history.finished:
            return self.history.finished.seconds
        times = self.history.steps.times
        return time.time() - float(times[0]) if len(times) else None
