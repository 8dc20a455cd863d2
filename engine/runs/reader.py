"""A run directory for every reader: the screen, the diagnosis, comparisons and exports.

Reading never writes and never raises on damaged files: what is readable is given, the rest is named.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

from ..stream.events import Event
from ..stream.history import History
from .files import read_json
from .notes import read_notes
from .replay import Replay
from .state import Liveness, State, Watch, read_state, shown_status
from .summary import is_summary, summarise

SCHEMA_VERSION = 1
"""Version of the layout of a run directory; another one may lack what is looked for here."""


class RunReader:
    """Reads a run, live or over, whole or damaged.

    Args:
        path: the run directory.
        watch: tells live runs from stale ones; share one among the readers of a process.
    """

    def __init__(self, path: Path, watch: Watch | None = None) -> None:
        self.path = path
        self._watch = watch or Watch()
        self._live = self._newest = Replay(path)

    @property
    def info(self) -> dict[str, Any]:
        """run.json; {} if it is damaged."""
        return read_json(self.path / "run.json")[0]

    @property
    def state(self) -> State:
        """What the run is doing, as its writer last said."""
        return read_state(self.path)[0]

    @property
    def liveness(self) -> Liveness:
        """Whether its writer is still there."""
        return self._watch.liveness(self.path, self.state)

    @property
    def summary(self) -> dict[str, Any]:
        """The document of `gradlab run --json`: summary.json if the run is over, else made anew.

        The status of a run whose writer has gone is "dead" or "stale".
        """
        document, damage = read_json(self.path / "summary.json")
        state = self.state
        if state.ended and not damage and is_summary(document):
            return {**document, "run": self.path.name, "path": str(self.path)}
        summary = summarise(self.history(), self.info, self.path)
        if state.status == "unknown":
            return summary
        return {**summary, "status": shown_status(state, self._watch.liveness(self.path, state))}

    @property
    def damage(self) -> list[str]:
        """What the newest `poll` or `history` could not read, each with its file."""
        found = [read_json(self.path / "run.json")[1], read_state(self.path)[1]]
        version = self.info.get("schema_version", SCHEMA_VERSION)
        if version != SCHEMA_VERSION:
            found.append(f"run.json: written by another gradlab (schema version {version})")
        found += [self._summary_damage(), read_notes(self.path)[1]]
        found += self._newest.damage(over=self.liveness != "live")
        return [text for text in found if text]

    def _summary_damage(self) -> str:
        document, damage = read_json(self.path / "summary.json")
        if damage.endswith(": missing") and not self.state.ended:
            return ""  # it comes two seconds after the start
        return damage or ("" if is_summary(document) else "summary.json: not the outcome of a run")

    def poll(self) -> list[Event]:
        """The events since the last poll, in the order in which they happened; [] if none came."""
        self._newest = self._live
        return self._live.poll()

    def history(self, statistics: Collection[str] | None = None) -> History:
        """Everything the run has said so far; does not move the place of `poll`.

        Args:
            statistics: of the records, read only these statistics; a long run opens much quicker.
        """
        self._newest = Replay(self.path, statistics)
        return self._newest.history()
