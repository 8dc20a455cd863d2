"""What a process that trains takes of the machine: processor time and memory, now and then."""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

SECONDS = 1.0
"""Time between two looks."""

KEPT = 3600
"""Looks that are kept."""


class Load(NamedTuple):
    """What a process took.

    Attributes:
        seconds: since it was looked at first.
        processor: share of all cores, in percent.
        memory: share of the machine's memory, in percent.
        resident: bytes.
    """

    seconds: float
    processor: float
    memory: float
    resident: int


class Machine:
    """Looks at a process of this machine.

    Args:
        pid: the process; of one that is not there nothing is seen.
    """

    def __init__(self, pid: int) -> None:
        import psutil

        self.loads: deque[Load] = deque(maxlen=KEPT)
        """What was seen, in order."""
        self._total, self._cores = psutil.virtual_memory().total, psutil.cpu_count() or 1
        self._gone = psutil.Error
        self._process = psutil.Process(pid) if psutil.pid_exists(pid) else None
        self._began: float | None = None
        self._before = (0.0, 0.0)

    def look(self, now: float) -> None:
        """Look, if it is time to.

        Args:
            now: monotonic seconds.
        """
        when, spent_then = self._before
        if self._process is None or (self._began is not None and now < when + SECONDS):
            return
        try:
            times, resident = self._process.cpu_times(), self._process.memory_info().rss
        except self._gone:
            return
        spent = times.user + times.system
        self._before = now, spent
        if self._began is None:
            self._began = now
            return
        share = (spent - spent_then) / (now - when) / self._cores
        self.loads.append(
            Load(now - self._began, 100 * share, 100 * resident / self._total, resident)
        )
