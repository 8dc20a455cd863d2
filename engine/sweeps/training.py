"""One trial of a sweep, trained in this process after those before it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from ..preset.diff import diff
from ..preset.load import load_text
from ..session import Session
from ..stream.history import History
from .directories import PLAN
from .plan import Plan, read_plan
from .signs import PAUSE, STOP, asked, full

LOOK_SECONDS = 0.5
"""Seconds between looks for signs to stop and to pause, and at the room on the disk."""

_LAST: list[Session] = []
"""The session before, whose compiled training the next one takes over if it can."""


@dataclass(frozen=True)
class Work:
    """A trial to train.

    Attributes:
        sweep: the sweep's directory.
        trial: the trial's number.
        resume: the run to continue; None begins one.
        room: bytes of free disk below which training pauses.
    """

    sweep: Path
    trial: int
    resume: Path | None
    room: int


@dataclass(frozen=True)
class Ended:
    """How a trial ended; `run` is its directory, if there is one."""

    status: str
    reason: str
    run: Path | None


def train(work: Work) -> Iterator[Ended]:
    """Train a trial, on what was compiled for the one before if it can be; gives how it ended."""
    plan = _plan(work.sweep, (work.sweep / PLAN).stat().st_mtime_ns)
    trial = plan.trial(work.trial)
    original = load_text(plan.text, where=plan.preset_name)
    session = Session(
        trial.preset,
        runs_dir=work.sweep,
        resume=work.resume,
        preset_name=plan.preset_name,
        base=plan.base,
        trust=plan.trust,
        changed={key: new for key, (_, new) in diff(original, trial.preset).items()},
        group=work.sweep.name,
        trial=trial.number,
        follows=_LAST.pop() if _LAST else None,
        keep=True,
    )
    history = History()
    session.start()
    looked = 0.0
    while not session.join(0.02):
        for event in session.drain():
            history.add(event)
        if time.monotonic() - looked >= LOOK_SECONDS:
            looked = time.monotonic()
            _heed(session, work)
    for event in session.drain():
        history.add(event)
    finished = history.finished
    reason = str(session.error or "") or (finished.reason if finished else "")
    _LAST.append(session)
    yield Ended(session.status, reason, session.run_dir or work.resume)


def _heed(session: Session, work: Work) -> None:
    """Do what signs in the sweep's directory ask for."""
    if asked(work.sweep, STOP):
        session.stop()
    elif asked(work.sweep, PAUSE) or full(work.sweep, work.room):
        session.pause()
    elif session.paused:
        session.resume()


@lru_cache(maxsize=1)
def _plan(sweep: Path, written: int) -> Plan:
    return read_plan(sweep)
