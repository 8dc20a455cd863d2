"""A run of the compare screen: read once if it is over, followed while somebody trains it."""

from __future__ import annotations

from pathlib import Path

from ...engine.comparison.opened import COMPARED, Opened
from ...engine.runs.documents import read_info
from ...engine.runs.followed import FollowedRun, Reading, outcome
from ...engine.runs.ids import is_run, run_directories
from ...engine.runs.state import Watch
from ...engine.stream.history import History


class Compared:
    """Keeps one run's history for comparisons, with the few series that these draw.

    `read` may be called in a thread; `take` belongs to the screen's.

    Args:
        path: the run directory.
        letter: what the run is called.
        watch: tells live runs from stale ones.
    """

    def __init__(self, path: Path, letter: str, watch: Watch) -> None:
        self.path = path
        self.letter = letter
        self.live = True
        self.opened: Opened | None = None
        """The run as comparisons take it; None before the first reading was taken in."""
        self._history = History()
        self._followed = FollowedRun(path, COMPARED, watch)

    def read(self) -> Reading:
        """Read what is new."""
        return self._followed.read()

    def take(self, reading: Reading) -> None:
        """Take in what was read."""
        for event in reading.events:
            self._history.add(event)
        self.live = reading.live
        members = {name: value for name, value in vars(reading).items() if name != "events"}
        made = outcome(reading, self._history)
        self.opened = Opened(**members, letter=self.letter, history=self._history, outcome=made)


def predecessor(run: Path) -> Path | None:
    """What a run is compared with first: the one it was forked from, else the one before it.

    Args:
        run: the run directory.
    """
    parent = read_info(run)[0].get("parent")
    if parent and is_run(run.parent / parent):
        return run.parent / parent
    others = [path for path in run_directories(run.parent) if path.name != run.name]
    before = [path for path in others if path.name < run.name]
    return (before or others or [None])[-1]
