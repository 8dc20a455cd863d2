"""A run directory for every reader: screens, the diagnosis, comparisons and exports.

Reading never writes and never raises on damaged files: what is readable is given, the rest is named.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..stream.events import Event
from ..stream.history import History
from .documents import Documents, read_documents
from .replay import Replay, Wanted
from .state import Watch
from .summary import summarise


@dataclass(frozen=True, eq=False)
class Reading(Documents):
    """What one look at a run's directory has brought.

    Attributes:
        events: what is new since the reading before.
    """

    events: list[Event]


@dataclass(frozen=True, eq=False)
class RecordedRun(Documents):
    """A run that was read whole.

    Attributes:
        history: what it said.
        outcome: the document of `gradlab run --json`; non-finite numbers are left as they are.
    """

    history: History
    outcome: dict[str, Any]


class FollowedRun:
    """Reads a run again and again, live or over, whole or damaged.

    Args:
        path: the run directory.
        wanted: of the records, which series are read; by default all. Few open much quicker.
        watch: tells live runs from stale ones; share one among all readings of a process.
    """

    def __init__(
        self, path: Path, wanted: Wanted | None = None, watch: Watch | None = None
    ) -> None:
        self.path = path
        self._watch = watch or Watch()
        self._replay = Replay(path, wanted)

    def read(self) -> Reading:
        """The small files as they are, and the events since the last reading in the order in which
        they happened."""
        documents = read_documents(self.path, self._watch)
        events = self._replay.poll()
        return Reading(**_with_damage(documents, self._replay), events=events)


def open_run(path: Path, wanted: Wanted | None = None, watch: Watch | None = None) -> RecordedRun:
    """Read all that a run has said so far; quicker than adding every event of a `FollowedRun`.

    Args:
        path: the run directory.
        wanted: of the records, which series are read; by default all.
        watch: tells live runs from stale ones.
    """
    documents, replay = read_documents(path, watch), Replay(path, wanted)
    history = replay.history()
    members = _with_damage(documents, replay)
    return RecordedRun(**members, history=history, outcome=outcome(documents, history))


def outcome(run: Documents, history: History) -> dict[str, Any]:
    """The document of `gradlab run --json`: summary.json if the run is over, else made anew.

    Args:
        run: its small files.
        history: what it said.
    """
    if run.state.ended and run.summary:
        return {**run.summary, "run": run.id, "path": str(run.path)}
    made = summarise(history, run.info, run.path)
    return made if run.state.status == "unknown" else {**made, "status": run.status}


def _with_damage(documents: Documents, replay: Replay) -> dict[str, Any]:
    records = replay.damage(over=not documents.live, lines=documents.state.lines)
    return {**vars(documents), "damage": (*documents.damage, *records)}
