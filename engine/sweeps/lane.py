"""One lane of a sweep: trials one after the other in a child process, which is replaced when it dies.

What happens to one trial happens to it alone: it is continued from its checkpoint in another child.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from ..errors import RunError
from ..runs.checkpoint import resume_path
from ..runs.files import read_json, write_json
from ..runs.following import RunList
from ..runs.listing import RunRow
from ..runs.state import Watch, read_state
from ..runs.trash import delete
from ..work.lanes import Lost, in_child
from .signs import STOP, asked
from .training import Ended, Work, train

ATTEMPTS = 3
"""Times that a trial is begun or continued before it counts as failed."""

PATIENCE = 20.0
"""Seconds to wait for the process that trained a run before to be gone."""

WHOLE = ("finished", "diverged")
"""Statuses of runs to which there is nothing to add."""


def run_trials(
    sweep: Path, numbers: Sequence[int], room: int, threads: int | None
) -> dict[int, Ended]:
    """Train trials of a sweep, those that are whole left out; returns how each ended.

    Args:
        sweep: the sweep's directory.
        numbers: the trials.
        room: bytes of free disk below which training pauses.
        threads: TensorFlow's threads of a child.
    """
    ended: dict[int, Ended] = {}
    rows = recorded(sweep)
    for number in numbers:
        if asked(sweep, STOP):
            break
        ended[number] = _run(sweep, number, rows.get(number), room, threads)
        _note(sweep, number, ended[number])
    return ended


def recorded(sweep: Path, rows: Sequence[RunRow] | None = None) -> dict[int, RunRow]:
    """The run of each trial that has one: a whole one if there is one, else the newest.

    Args:
        sweep: the sweep's directory.
        rows: its runs, if they have been read already.
    """
    found: dict[int, RunRow] = {}
    for row in reversed(RunList(sweep).rows() if rows is None else rows):
        number = row.info.get("trial")
        if not isinstance(number, int) or row.info.get("group") != sweep.name:
            continue
        if number not in found or found[number].status not in WHOLE:
            found[number] = row
    return found


def failures(sweep: Path) -> dict[int, str]:
    """Why trials failed, by their numbers."""
    found: dict[int, str] = {}
    for path in (sweep / "failed").glob("*.json"):
        document, _ = read_json(path)
        if isinstance(number := document.get("trial"), int):
            found[number] = str(document.get("reason"))
    return found


def _run(sweep: Path, number: int, row: RunRow | None, room: int, threads: int | None) -> Ended:
    reason = ""
    for attempt in range(ATTEMPTS):
        if attempt:
            row = recorded(sweep).get(number)
        if row is not None and row.status in WHOLE:
            return Ended(row.status, "", row.path)
        resume = None if row is None else _continued(row)
        try:
            (ended,) = in_child(threads, train, Work(sweep, number, resume, room))
        except Lost as lost:
            reason = str(lost)
            continue
        if ended.status == "failed" and resume is not None and attempt + 1 < ATTEMPTS:
            delete(resume)  # what was left of it cannot be continued
            reason = ended.reason
            continue
        return ended
    return Ended("failed", f"given up after {ATTEMPTS} attempts: {reason}", None)


def _continued(row: RunRow) -> Path | None:
    """The run if it can be continued, once nothing trains it any more; else it goes to the trash."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if Watch().liveness(row.path, read_state(row.path)[0]) != "live":
            break
        time.sleep(0.1)
    if resume_path(row.path).exists():
        return row.path
    delete(row.path)
    return None


def _note(sweep: Path, number: int, ended: Ended) -> None:
    """Keep why a trial failed: not every one that does has a run."""
    path = sweep / "failed" / f"{number}.json"
    try:
        if ended.status != "failed":
            path.unlink(missing_ok=True)
            return
        path.parent.mkdir(exist_ok=True)
        document = {key: str(value) for key, value in asdict(ended).items() if value is not None}
        write_json(path, {"trial": number, **document}, durable=False)
    except OSError as error:
        raise RunError(f"cannot write {path}: {error.strerror}") from error
