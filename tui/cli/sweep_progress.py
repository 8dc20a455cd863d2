"""Progress of a sweep on stderr: a bar on a terminal, a line for each trial that has ended elsewhere."""

from __future__ import annotations

import sys
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from ...engine.sweeps.lane import WHOLE
from ...engine.sweeps.outcome import Outcome
from ..words.text import duration, number, setting
from .output import say


class SweepProgress(Protocol):
    """Shows a sweep's progress to a person."""

    def show(self, found: Outcome, left: float | None) -> None:
        """Take in how far it is, and the seconds that it may still take."""
        ...

    def note(self, text: str) -> None:
        """Say something once."""
        ...

    def close(self) -> None:
        """Leave the terminal tidy."""
        ...


def make_progress(quiet: bool) -> SweepProgress:
    """The progress that fits: silent, a bar, or lines."""
    if quiet:
        return Silent()
    return Bar() if sys.stderr.isatty() else Lines()


class Silent:
    """Shows nothing."""

    def show(self, found: Outcome, left: float | None) -> None:
        """Take in how far it is."""

    def note(self, text: str) -> None:
        """Say nothing."""

    def close(self) -> None:
        """Nothing to tidy."""


class Lines:
    """A line for each trial that has ended."""

    def __init__(self) -> None:
        self._told: set[int] = set()
        self._noted = ""

    def show(self, found: Outcome, left: float | None) -> None:
        """Tell of trials that have ended since the last time."""
        for point in found.points:
            for repeat, row in enumerate(point.rows):
                trial = point.number * found.plan.repeats + repeat
                failed = trial in found.failed
                ended = failed or (row is not None and row.status in WHOLE)
                if not ended or trial in self._told:
                    continue
                self._told.add(trial)
                named = " ".join(f"{key}={setting(v)}" for key, v in point.settings.items())
                status = "failed" if failed or row is None else row.status
                value = point.values[repeat]
                text = f"{found.metric} {number(value)}" if status != "failed" else ""
                total = found.plan.size
                rest = f"; about {duration(left)} left" if left else ""
                say(f"{len(self._told)}/{total}  {named}  {status}  {text}".rstrip() + rest)

    def note(self, text: str) -> None:
        """Say something once."""
        if text != self._noted:
            self._noted = text
            say(text)

    def close(self) -> None:
        """Nothing to tidy."""


class Bar:
    """A progress bar with what runs now and the time left."""

    def __init__(self) -> None:
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=None),
            TextColumn("{task.percentage:>3.0f}%"),
            TextColumn("{task.fields[detail]}", markup=False),
            console=Console(file=sys.stderr),
            transient=True,
            refresh_per_second=4,
        )
        self._task = self._progress.add_task("starting", total=1.0, detail="loading TensorFlow")
        self._progress.start()
        self._noted = ""

    def show(self, found: Outcome, left: float | None) -> None:
        """Draw how far it is."""
        statuses = found.statuses
        ended = sum(statuses.get(status, 0) for status in (*WHOLE, "failed"))
        total = found.plan.size
        failed = f", {statuses['failed']} failed" if "failed" in statuses else ""
        detail = self._noted or (f"{duration(left)} left" if left else "")
        self._progress.update(
            self._task,
            completed=found.progress,
            description=f"{ended}/{total} trials{failed}",
            detail=detail,
        )

    def note(self, text: str) -> None:
        """Show something from now on."""
        self._noted = text

    def close(self) -> None:
        """Take the bar away."""
        self._progress.stop()
