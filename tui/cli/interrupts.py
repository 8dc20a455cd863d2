"""What ctrl+c, a termination and a terminal that goes away do to a command that trains."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ..terminal.native_log import leave


@contextmanager
def heeding(stop: Callable[[], None]) -> Iterator[list[int]]:
    """The signals that have come so far: the first calls `stop`, the second ends the process at once.

    When the terminal goes away, the work goes on.
    """
    signals: list[int] = []

    def interrupted(number: int, frame: Any) -> None:
        signals.append(number)
        if len(signals) > 1:
            leave(128 + number)
        stop()

    def hung_up(number: int, frame: Any) -> None:
        # The terminal is gone; the training is not.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for descriptor in (sys.stdout.fileno(), sys.stderr.fileno()):
            os.dup2(nowhere, descriptor)

    handlers = {signal.SIGINT: interrupted, signal.SIGTERM: interrupted, signal.SIGHUP: hung_up}
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield signals
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
