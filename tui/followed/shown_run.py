"""A run as the lab's charts see it, whether this process trains it or it is read from disk."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from ...engine.machine.load import Load, Machine
from ...engine.preset.schema import Preset
from ...engine.stream.events import Event, Steps
from ...engine.stream.history import History
from ...engine.stream.retention import as_drawn
from .predicted import Predicted

WINDOW = 5.0
"""Seconds of training that the speed is an average of."""


class ShownRun:
    """What a run has said so far, how fast it is, and how long it will take.

    Args:
        name: the name of its preset, or the user's own.
        parent: the run that this one was forked from, if it is on display as well.
        changes: what the fork changed, by dotted key.
    """

    def __init__(
        self, name: str, parent: ShownRun | None = None, changes: dict[str, Any] | None = None
    ) -> None:
        self.name = name
        self.parent = parent
        self.changes = changes or {}
        self.base: Path | None = None
        """Folder that relative paths in the preset start from."""
        self.history: History = History(as_drawn)
        self.predicted = Predicted()
        """What theory predicts for it before training."""
        self.heard = 0
        """Times that it had something to say; pictures stay as they are while this does."""
        self.reading = False
        """Whether its first reading from disk is still to come."""
        self.stopping = False
        """Whether this process has asked it to stop."""
        self._marks: deque[tuple[float, int]] = deque()
        self._machine: Machine | None = None

    @property
    def preset(self) -> Preset | None:
        """The preset as it is trained; None if it cannot be read."""
        raise NotImplementedError

    @property
    def path(self) -> Path | None:
        """The run directory, once there is one."""
        raise NotImplementedError

    @property
    def alive(self) -> bool:
        """Whether it still trains."""
        raise NotImplementedError

    @property
    def pid(self) -> int:
        """The process that trains it, if that is one of this machine; 0 otherwise."""
        raise NotImplementedError

    def look_at_machine(self) -> None:
        """See what its process takes, while it trains."""
        if self.alive:
            self._machine = self._machine or Machine(self.pid)
            self._machine.look(time.monotonic())

    @property
    def loads(self) -> Sequence[Load]:
        """What its process took of the machine while one looked on."""
        return self._machine.loads if self._machine else ()

    @property
    def paused(self) -> bool:
        """Whether it holds."""
        raise NotImplementedError

    @property
    def state(self) -> str:
        """One word or two for what it is doing now."""
        raise NotImplementedError

    @property
    def reason(self) -> str:
        """Why it ended, or what is wrong; "" if nothing is."""
        return self.history.status.reason

    @property
    def seed(self) -> int | None:
        """The preset's seed, if it is known."""
        raise NotImplementedError

    @property
    def facts(self) -> str:
        """The data and the model in a few words."""
        raise NotImplementedError

    @property
    def id(self) -> str | None:
        """Id of the run directory, once there is one."""
        return self.path.name if self.path else None

    def take(self, events: Iterable[Event]) -> None:
        """Take in what the run has said."""
        for event in events:
            self.heard += 1
            self.history.add(event)
            self.history.trim()
            if isinstance(event, Steps) and len(event.steps):
                self._marks.append((float(event.times[-1]), int(event.steps[-1])))
        while len(self._marks) > 2 and self._marks[-1][0] - self._marks[0][0] > WINDOW:
            self._marks.popleft()

    @property
    def waited(self) -> float | None:
        """Seconds that the first step has been waited for; None once it has come, or never will."""
        return None

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
        if not len(times):
            return None
        return (time.time() if self.alive else float(times[-1])) - float(times[0])
