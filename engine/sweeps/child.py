"""The child process that trains the trials of sweeps, one after the other.

It is told what to train through a socket, and says through it that it lives and how each trial ended. When
the socket closes, whoever wanted its work is gone, and it ends at once.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
import time
from dataclasses import dataclass
from functools import lru_cache
from multiprocessing.connection import Connection
from pathlib import Path

from ..machine.quick_keras import hasten_keras
from ..preset.compilation import shape
from ..preset.diff import diff
from ..preset.load import load_text
from ..session import Session
from ..stream.history import History
from .directories import PLAN
from .plan import Plan, read_plan
from .signs import PAUSE, STOP, asked, full

BEAT_SECONDS = 1.0
"""Seconds between signs of life."""

LOOK_SECONDS = 0.5
"""Seconds between looks for signs to stop and to pause, and at the room on the disk."""

PR_SET_PDEATHSIG = 1
"""Of Linux' prctl(2): the signal that a process gets when its parent dies."""


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


@dataclass(frozen=True)
class Beat:
    """A sign of life."""


def main() -> None:
    """Train what is asked for until nobody asks any more; its arguments are the socket's descriptor and
    the number of the parent process."""
    descriptor, parent = map(int, sys.argv[1:3])
    _die_with(parent)
    hasten_keras()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    channel, lock = Connection(descriptor), threading.Lock()

    def beat() -> None:
        while True:
            _send(channel, lock, Beat())
            time.sleep(BEAT_SECONDS)

    threading.Thread(target=beat, daemon=True).start()
    before: Session | None = None
    while True:
        try:
            work = channel.recv()
        except (EOFError, OSError):
            os._exit(0)
        before, ended = _train(work, before, channel)
        _send(channel, lock, ended)


def _send(channel: Connection, lock: threading.Lock, message: Beat | Ended) -> None:
    with lock:
        try:
            channel.send(message)
        except OSError:
            os._exit(1)  # nobody is there to hear it


def _die_with(parent: int) -> None:
    """Let the system end this process when its parent dies; without Linux the socket tells."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def _train(work: Work, before: Session | None, channel: Connection) -> tuple[Session | None, Ended]:
    """Train one trial, on what was compiled for the one before if their shapes agree."""
    plan = _plan(work.sweep, (work.sweep / PLAN).stat().st_mtime_ns)
    trial = plan.trial(work.trial)
    same = before is not None and shape(before.preset) == shape(trial.preset)
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
        follows=before if same else None,
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
        if channel.poll() and _gone(channel):
            os._exit(1)
    for event in session.drain():
        history.add(event)
    finished = history.finished
    reason = str(session.error or "") or (finished.reason if finished else "")
    whole = session if session.error is None else None
    return whole, Ended(session.status, reason, session.run_dir or work.resume)


def _heed(session: Session, work: Work) -> None:
    """Do what signs in the sweep's directory ask for."""
    if asked(work.sweep, STOP):
        session.stop()
    elif asked(work.sweep, PAUSE) or full(work.sweep, work.room):
        session.pause()
    elif session.paused:
        session.resume()


def _gone(channel: Connection) -> bool:
    """Whether what can be read from the socket is its end; nothing is sent while a trial is trained."""
    try:
        channel.recv()
    except (EOFError, OSError):
        return True
    return False


@lru_cache(maxsize=1)
def _plan(sweep: Path, written: int) -> Plan:
    return read_plan(sweep)
