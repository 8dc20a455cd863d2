"""Between a training and whoever shows it: events wait here until they are taken."""

from __future__ import annotations

import threading
from collections import deque

from .events import Event, Steps

BUFFERED_ROWS = 50_000
"""Step records kept for a consumer that does not drain; beyond it the oldest are let go."""


class EventBuffer:
    """A bounded, lock-guarded buffer: the worker puts, one consumer drains.

    Args:
        rows: step records that are kept; other events are few and always kept.
    """

    def __init__(self, rows: int = BUFFERED_ROWS) -> None:
        self._limit = rows
        self._rows = 0
        self._events: deque[Event] = deque()
        self._lock = threading.Lock()
        self.dropped = 0
        """Step records that no consumer has seen; the run directory has them."""

    def put(self, event: Event) -> None:
        """Add an event, letting go of the oldest step records beyond the limit."""
        with self._lock:
            self._events.append(event)
            if not isinstance(event, Steps):
                return
            self._rows += len(event.steps)
            while self._rows > self._limit:
                oldest = next(e for e in self._events if isinstance(e, Steps))
                if oldest is event:
                    return
                self._events.remove(oldest)
                self._rows -= len(oldest.steps)
                self.dropped += len(oldest.steps)

    def drain(self) -> list[Event]:
        """Take everything that has come since the last call."""
        with self._lock:
            events = list(self._events)
            self._events.clear()
            self._rows = 0
            return events
