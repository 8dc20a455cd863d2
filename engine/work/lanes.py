"""Threads that let child processes work: each keeps its child, and with it what was compiled there.

A child that dies breaks only what it was making; its thread's next work has another one.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import TypeVar
from weakref import WeakSet

from ..errors import RunError
from .child import BEAT_SECONDS, Beat, Made, main

T = TypeVar("T")

SILENCE = 60 * BEAT_SECONDS
"""Seconds without a sign of life after which a child is taken for hung and killed."""

_OWN = threading.local()


class Lost(RunError):
    """The child has died or hung."""


@contextmanager
def lanes(count: int) -> Iterator[tuple[ThreadPoolExecutor, int | None]]:
    """So many threads, each for a child, and the threads that TensorFlow is to take in each of them.

    An exception ends the children at once.
    """
    threads = max(1, (os.cpu_count() or 1) // count) if count > 1 else None
    executor = ThreadPoolExecutor(count, thread_name_prefix="gradlab-lane")
    try:
        yield executor, threads
    except BaseException:
        executor.shutdown(wait=False, cancel_futures=True)
        for child in list(_CHILDREN):
            child.close()
        raise
    finally:
        executor.shutdown()


def in_child(
    threads: int | None, make: Callable[..., Iterator[T]], *arguments: object
) -> Iterator[T]:
    """What a function of a module gives piece by piece, made in this thread's child.

    Args:
        threads: TensorFlow's threads within an operation there; None leaves it the choice.
        make: the function, which can be imported there.
        *arguments: its arguments, which can be pickled, as its pieces can.

    Raises:
        GradlabError: what the function raised; what is none comes as a RuntimeError that names it.
        Lost: the child has died, or given no sign of life for a minute.
    """
    child: Child | None = getattr(_OWN, "child", None)
    if child is None or child.threads != threads:
        end_child()
        child = _OWN.child = Child(threads)
    try:
        yield from child.make(make, *arguments)
    except Lost:
        end_child()
        raise


def end_child() -> None:
    """End this thread's child, if it has one."""
    child: Child | None = getattr(_OWN, "child", None)
    if child is not None:
        child.close()
        _OWN.child = None


class Child:
    """A child process that works.

    Args:
        threads: TensorFlow's threads within an operation; None leaves it the choice.
    """

    def __init__(self, threads: int | None) -> None:
        ours, theirs = socket.socketpair()
        self.threads = threads
        self._log = tempfile.TemporaryFile()  # noqa: SIM115
        # One child must leave room for others on the GPU.
        quiet = {"TF_CPP_MIN_LOG_LEVEL": "2", "TF_FORCE_GPU_ALLOW_GROWTH": "true"}
        environment = {**quiet, **os.environ}
        if threads is not None:
            environment.setdefault("TF_NUM_INTRAOP_THREADS", str(threads))
        start = f"from {main.__module__} import main; main()"
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-c", start, str(theirs.fileno()), str(os.getpid())],
                stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log, env=environment,
                pass_fds=[theirs.fileno()], start_new_session=True,
            )  # fmt: skip
        self._channel = Connection(ours.detach())
        _CHILDREN.add(self)

    def make(self, make: Callable[..., Iterator[T]], *arguments: object) -> Iterator[T]:
        """As `in_child` has it."""
        try:
            self._channel.send((make, arguments))
            while self._channel.poll(SILENCE):
                message = self._channel.recv()
                if isinstance(message, Made):
                    yield message.piece
                elif not isinstance(message, Beat):
                    if message.error is not None:
                        raise message.error
                    return
        except (EOFError, OSError):
            raise Lost(self._last_words()) from None
        self.close()
        raise Lost(f"its process gave no sign of life for {SILENCE:.0f} s and was killed")

    def close(self) -> None:
        """End it at once."""
        self._process.kill()
        self._process.wait()
        self._channel.close()

    def _last_words(self) -> str:
        self._process.kill()
        code = self._process.wait()
        self._log.seek(0, os.SEEK_END)
        self._log.seek(max(self._log.tell() - 300, 0))
        said = " ".join(self._log.read().decode(errors="replace").split())
        how = f"by signal {-code}" if code < 0 else f"with exit code {code}"
        return f"its process ended {how}{f': {said}' if said else ''}"


_CHILDREN: WeakSet[Child] = WeakSet()
"""Every child of this process."""
