"""The child process: a socket tells it what to do, and takes its signs of life and what it makes.

When the socket closes, whoever wanted its work is gone, and it ends at once.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from ..errors import GradlabError
from ..machine.quick_keras import hasten_keras

BEAT_SECONDS = 1.0
"""Seconds between signs of life."""

PR_SET_PDEATHSIG = 1
"""Of Linux' prctl(2): the signal that a process gets when its parent dies."""


@dataclass(frozen=True)
class Beat:
    """A sign of life."""


@dataclass(frozen=True)
class Made:
    """A piece of what was asked for."""

    piece: Any


@dataclass(frozen=True)
class Over:
    """All has been made, unless an error ended it."""

    error: Exception | None


def main() -> None:
    """Do what is asked for until nobody asks any more; the arguments of the process are the socket's
    descriptor and the number of the parent process."""
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
    while True:
        try:
            make, arguments = channel.recv()
        except (EOFError, OSError):
            os._exit(0)
        error = None
        try:
            for piece in make(*arguments):
                _send(channel, lock, Made(piece))
        except GradlabError as raised:
            error = raised
        except Exception as raised:  # not every exception can be sent
            error = RuntimeError(f"{type(raised).__name__}: {raised}")
        _send(channel, lock, Over(error))


def _send(channel: Connection, lock: threading.Lock, message: Beat | Made | Over) -> None:
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
