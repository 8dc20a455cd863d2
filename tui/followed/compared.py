"""A run of the compare screen: read once if it is over, followed while somebody trains it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...engine.compare.opened import STATISTICS, Opened
from ...engine.runs.ids import is_run, run_directories
from ...engine.runs.notes import Notes, read_notes
from ...engine.runs.reader import RunReader
from ...engine.runs.replay import Replay
from ...engine.runs.state import Watch, shown_status
from ...engine.runs.summary import summarise
from ...engine.stream.events import Event
from ...engine.stream.history import History
from ...engine.strict_json import restored


@dataclass(frozen=True, eq=False)
class Look:
    """What one look at a run's directory has brought.

    Attributes:
        events: what is new.
        info: run.json.
        notes: what the user said of it.
        status: its status, or dead or stale if its writer has gone.
        live: whether its writer is still there.
        summary: the document of an ended run; None while it goes on.
        damage: what could not be read.
    """

    events: list[Event]
    info: dict[str, Any]
    notes: Notes
    status: str
    live: bool
    summary: dict[str, Any] | None
    damage: tuple[str, ...]


class Compared:
    """Keeps one run's history for comparisons, with the few series that these draw.

    `look` may be called in a thread; `take` belongs to the screen's.

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
        """The run as comparisons take it; None before the first look was taken in."""
        self._history = History()
        self._replay = Replay(path, STATISTICS)
        self._reader = RunReader(path, watch)

    def look(self) -> Look:
        """Read what is new."""
        state, liveness = self._reader.state, self._reader.liveness
        events = self._replay.poll()
        summary = restored(self._reader.summary) if state.ended else None
        records = self._replay.damage(over=liveness != "live")
        damage = tuple(dict.fromkeys([*self._reader.damage, *records]))
        return Look(
            events,
            self._reader.info,
            read_notes(self.path)[0],
            shown_status(state, liveness) if state.status != "unknown" else "unknown",
            liveness == "live",
            summary,
            damage,
        )

    def take(self, look: Look) -> None:
        """Take in what was read."""
        for event in look.events:
            self._history.add(event)
        self.live = look.live
        summary = look.summary
        if summary is None:
            summary = {**summarise(self._history, look.info, self.path), "status": look.status}
        name = look.notes.name or look.info.get("name") or look.info.get("preset_name")
        self.opened = Opened(
            self.letter,
            self.path,
            str(name or self.path.name),
            look.info,
            summary,
            self._history,
            look.status,
            look.notes.tags,
            look.damage,
        )


def predecessor(run: Path) -> Path | None:
    """What a run is compared with first: the one it was forked from, else the one before it.

    Args:
        run: the run directory.
    """
    parent = RunReader(run).info.get("parent")
    if isinstance(parent, str) and parent and is_run(run.parent / parent):
        return run.parent / parent
    others = [path for path in run_directories(run.parent) if path.name != run.name]
    before = [path for path in others if path.name < run.name]
    return (before or others or [None])[-1]
