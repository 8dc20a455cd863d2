"""Progress of a headless run on stderr: a bar on a terminal, a plain line per epoch elsewhere."""

from __future__ import annotations

import sys
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from ...engine.stream.events import Epoch, Event, Finished, Started, Status, Steps


class Reporter(Protocol):
    """Shows events to a person."""

    def show(self, event: Event) -> None:
        """Take in one event."""
        ...

    def close(self) -> None:
        """Leave the terminal tidy."""
        ...


def make_reporter(quiet: bool) -> Reporter:
    """The reporter that fits: silent, a bar, or lines."""
    if quiet:
        return Silent()
    return Bar() if sys.stderr.isatty() else Lines()


class Silent:
    """Shows nothing."""

    def show(self, event: Event) -> None:
        """Take in one event."""

    def close(self) -> None:
        """Nothing to tidy."""


class Speed:
    """Steps per second of training, compile time left out."""

    def __init__(self) -> None:
        self._first: tuple[int, float] | None = None
        self._last: tuple[int, float] = (0, 0.0)

    def add(self, event: Steps) -> None:
        """Count a block."""
        self._last = (int(event.steps[-1]), float(event.times[-1]))
        if self._first is None:
            self._first = self._last

    @property
    def value(self) -> float:
        """Steps per second; 0 before there are two blocks."""
        if self._first is None or self._last[1] <= self._first[1]:
            return 0.0
        return (self._last[0] - self._first[0]) / (self._last[1] - self._first[1])


def epoch_line(event: Epoch, epochs: int, speed: float) -> str:
    """One plain line for an epoch that has ended."""
    values = "  ".join(f"{k} {v:.4g}" for k, v in event.logs.items() if k != "learning_rate")
    rate = f"  {speed:,.0f} steps/s" if speed else ""
    return f"epoch {event.epoch + 1}/{epochs}  step {event.step}  {values}{rate}"


class Lines:
    """One line per epoch (at most about a hundred), for logs."""

    def __init__(self) -> None:
        self._epochs = 1
        self._speed = Speed()

    def show(self, event: Event) -> None:
        """Take in one event."""
        match event:
            case Status(status="preparing" | "compiling"):
                self._say(f"{event.status} ...")
            case Started():
                self._epochs = event.epochs
            case Steps():
                self._speed.add(event)
            case Epoch():
                every = max(1, self._epochs // 100)
                if event.epoch % every == 0 or event.epoch + 1 == self._epochs:
                    self._say(epoch_line(event, self._epochs, self._speed.value))
            case Finished():
                because = f": {event.reason}" if event.reason else ""
                self._say(f"{event.status} after {event.seconds:.1f} s{because}")

    def close(self) -> None:
        """Nothing to tidy."""

    def _say(self, line: str) -> None:
        print(line, file=sys.stderr, flush=True)


class Bar:
    """A progress bar with epoch, loss, steps per second and time left."""

    def __init__(self) -> None:
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=None),
            TextColumn("{task.fields[detail]}", markup=False),
            console=Console(file=sys.stderr),
            transient=True,
            refresh_per_second=5,
        )
        self._task = self._progress.add_task("preparing", total=None, detail="loading TensorFlow")
        self._progress.start()
        self._started: Started | None = None
        self._speed = Speed()

    def show(self, event: Event) -> None:
        """Take in one event."""
        match event:
            case Status():
                self._progress.update(self._task, description=event.status, detail="")
            case Started():
                self._started = event
                self._progress.update(self._task, total=event.epochs * event.steps_per_epoch)
            case Steps() if self._started:
                self._speed.add(event)
                self._advance(int(event.steps[-1]) + 1, float(event.values[-1, 0]))

    def close(self) -> None:
        """Take the bar away."""
        self._progress.stop()

    def _advance(self, step: int, loss: float) -> None:
        assert self._started
        per_epoch, epochs = self._started.steps_per_epoch, self._started.epochs
        speed = self._speed.value
        left = (per_epoch * epochs - step) / speed if speed else None
        eta = f"{left // 60:.0f}:{left % 60:02.0f} left" if left is not None else ""
        self._progress.update(
            self._task,
            completed=step,
            description=f"epoch {min((step - 1) // per_epoch + 1, epochs)}/{epochs}",
            detail=f"loss {loss:.4g}  {speed:,.0f} steps/s  {eta}",
        )
