"""What a run is doing, as its writer last said, and whether that writer is still there."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from ..stream.events import ENDED
from .files import overwrite_json, read_as, write_json

Count = Annotated[int, Field(ge=0, lt=2**63)]

Liveness = Literal["live", "stale", "dead", "ended"]
"""live: being trained; stale: its beat has not moved for a while; dead: its process is gone."""

STALE_AFTER = 30.0
"""Seconds on the reader's own clock without a beat after which a run counts as stale."""

OLD = 600.0
"""Seconds since the last beat by the writer's clock, which may differ from ours by minutes, after
which a run seen for the first time counts as stale."""


@dataclass(frozen=True)
class State:
    """The content of state.json.

    Attributes:
        status: preparing, compiling, training, paused, stopping, or how it ended.
        step: steps taken.
        epoch: whole epochs taken.
        beat: number of this writing; a live writer keeps raising it.
        time: Unix time of this writing, by the writer's clock.
        reason: why it ended, or what is wrong.
        attempt: 1 for the first training, one more for each resume.
        lines: lines of events.jsonl that were handed to the system.
        pid: process that trains.
        pid_start: when that process began, in clock ticks since boot; tells reused pids apart.
        host: machine that trains.
        boot_id: boot of that machine.
    """

    status: str = "unknown"
    step: Count = 0
    epoch: Count = 0
    beat: Count = 0
    time: Annotated[float, Field(allow_inf_nan=False)] = 0.0
    reason: str = ""
    attempt: Annotated[int, Field(ge=1, lt=1 << 16)] = 1
    lines: Count = 0
    pid: Count = 0
    pid_start: Count = 0
    host: str = ""
    boot_id: str = ""

    @property
    def ended(self) -> bool:
        """Whether nothing follows."""
        return self.status in ENDED


_STATE = TypeAdapter(State)


def boot_id() -> str:
    """Identifies this boot of this machine; "" where the system does not tell."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


def process_start(pid: int) -> int:
    """Clock ticks from boot to the start of a process, field 22 of proc(5)'s stat; 0 if unknown."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return int(file.read().rpartition(b")")[2].split()[19])
    except (OSError, IndexError, ValueError):
        return 0


def this_process() -> dict[str, Any]:
    """The fields of a State that say who writes."""
    return {
        "pid": os.getpid(),
        "pid_start": process_start(os.getpid()),
        "host": socket.gethostname(),
        "boot_id": boot_id(),
    }


def write_state(run: Path, state: State, *, durable: bool) -> None:
    """Replace state.json; where there is no room for a second one, write over the first.

    Raises:
        OSError: neither can be done.
    """
    path, document = run / "state.json", {"schema_version": 1, **asdict(state)}
    try:
        write_json(path, document, durable=durable)
    except OSError:
        overwrite_json(path, document)


def read_state(run: Path) -> tuple[State, str]:
    """The state, and what is wrong with the file; values of a wrong type take their defaults."""
    return read_as(_STATE, run / "state.json")


def process_alive(state: State) -> bool | None:
    """Whether the writer's process runs; None if that cannot be told from here."""
    if os.name != "posix" or state.pid <= 0:
        return None
    if (state.host, state.boot_id) != _here():
        return None
    try:
        os.kill(state.pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True  # another user's process is a process
    started = process_start(state.pid)
    return started == state.pid_start or not started or not state.pid_start


@cache
def _here() -> tuple[str, str]:
    return socket.gethostname(), boot_id()


class Watch:
    """Tells live runs from stale ones by watching their beats; one serves all runs of a reader.

    Args:
        clock: monotonic seconds of the reader; never compared with the writer's clock.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._seen: dict[Path, tuple[int, float]] = {}

    def liveness(self, run: Path, state: State) -> Liveness:
        """How alive a run is, given its newest state."""
        if state.ended:
            return "ended"
        if state.status == "unknown":
            return "dead"
        alive = process_alive(state)
        if alive is not None:
            return "live" if alive else "dead"
        now = self._clock()
        beat, since = self._seen.get(run, (None, now))
        if beat != state.beat:
            first_look = beat is None
            self._seen[run] = (state.beat, now)
            if first_look and time.time() - state.time > OLD:
                self._seen[run] = (state.beat, now - STALE_AFTER)
                return "stale"
            return "live"
        return "stale" if now - since >= STALE_AFTER else "live"


def shown_status(state: State, liveness: Liveness) -> str:
    """One word for lists: the status, or dead or stale if its writer has gone."""
    known = state.status != "unknown"
    return liveness if known and liveness in ("dead", "stale") else state.status
