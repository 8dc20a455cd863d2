"""Events as lines of events.jsonl, and back.

A line is the event's own fields, `event` (its kind), `time` (Unix time of writing), `at` (the number
of steps recorded before it, which tells where it belongs among the records), `line` (its number in the
file, from 1) and a checksum. Lines that were written before there were checksums have neither.
"""

from __future__ import annotations

import os
import time
import zlib
from base64 import b64decode, b64encode
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import TypeAdapter

from ..findings.finding import Finding
from ..stream.events import Boundary, Epoch, Finished, Found, Probe, Started, Status, Trouble
from ..strict_json import dumps
from .files import fits, object_from, open_file, with_checksum
from .records import write_all

LineEvent = Started | Epoch | Probe | Boundary | Found | Trouble | Status | Finished
"""Every event but the records."""

LONGEST = 64 << 20
"""Bytes of a line from which on it is not read."""

LARGEST_BOUNDARY = 1 << 24
"""Most levels of a boundary that is read; more is damage."""

_KINDS: dict[str, type[LineEvent]] = {
    "started": Started,
    "epoch": Epoch,
    "probe": Probe,
    "boundary": Boundary,
    "found": Found,
    "trouble": Trouble,
    "status": Status,
    "finished": Finished,
}
_NAMES = {kind: name for name, kind in _KINDS.items()}


def to_document(event: LineEvent) -> dict[str, Any]:
    """The event as a JSON object, its kind under `event`."""
    values = vars(event)
    if isinstance(event, Found):
        values = values | {"finding": event.finding.document(), "cleared": event.cleared}
    elif isinstance(event, Boundary):
        values = values | {"levels": _packed(event.levels)}
    return {"event": _NAMES[type(event)], **values}


def to_line(event: LineEvent, at: int, when: float, line: int) -> bytes:
    """The event as one line of strict JSON.

    Args:
        event: what was said.
        at: steps recorded before it.
        when: Unix time.
        line: the line's number in its file, from 1.
    """
    return with_checksum(dumps({"at": at, "time": when, **to_document(event), "line": line}))


def from_line(line: bytes) -> tuple[int, LineEvent | None, int | None]:
    """Where an event belongs, the event, and the line's number.

    The event is None if its kind is not known here, the number if the line has no checksum.

    Raises:
        ValueError: the line is damaged.
    """
    document = object_from(line)
    try:
        number = int(document["line"]) if fits(line) else None
        return int(document["at"]), from_document(document), number
    except (AttributeError, KeyError, TypeError, OverflowError) as error:
        raise ValueError("not an event") from error


def from_document(document: dict[str, Any]) -> LineEvent | None:
    """The inverse of `to_document` on what was read from JSON; None for a kind that is not known here.

    Raises:
        AttributeError, KeyError, TypeError, ValueError: it is no event.
    """
    kind = _KINDS.get(str(document.get("event")))
    if kind is Found:
        step = int(document["step"])
        told = {"cleared_step": step} if document.get("cleared") else {}
        return Found(step, Finding.from_document(told | document["finding"], step))
    if kind is Boundary:
        left, right, bottom, top = (float(end) for end in document["extent"])
        extent, levels = (left, right, bottom, top), _unpacked(document["levels"])
        return Boundary(int(document["epoch"]), int(document["step"]), extent, levels)
    if kind is Started and "about" in document:  # until 1.0 loss, metrics and data stood there
        document = document | document["about"]
    return None if kind is None else _adapter(kind).validate_python(document)


@cache
def _adapter(kind: type[LineEvent]) -> TypeAdapter[LineEvent]:
    return TypeAdapter(kind)


def _packed(levels: np.ndarray) -> dict[str, Any]:
    packed = b64encode(zlib.compress(levels.tobytes(), 9)).decode()
    return {"shape": list(levels.shape), "zlib": packed}


def _unpacked(document: dict[str, Any]) -> np.ndarray:
    """Levels of a boundary; what does not fit is a ValueError."""
    rows, columns, classes = (int(size) for size in document["shape"])
    size = rows * columns * classes
    if not 0 < size <= LARGEST_BOUNDARY:
        raise ValueError(f"a boundary of {size} levels")
    try:
        data = zlib.decompressobj().decompress(b64decode(document["zlib"]), size)
    except zlib.error as error:
        raise ValueError(f"a boundary that cannot be read: {error}") from error
    return np.frombuffer(data, np.uint8).reshape(rows, columns, classes)


class LineWriter:
    """Appends to events.jsonl, from a line of its own if a killed writer left half a line.

    Args:
        path: the file, made if need be.

    Attributes:
        written: lines that were handed to the system.
    """

    def __init__(self, path: Path) -> None:
        self.written = 0
        self._pending = bytearray()
        self._waiting = 0
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o666)
        last = b"\n"
        while data := os.read(self._file, 1 << 20):
            self.written, last = self.written + data.count(b"\n"), data[-1:]
        if last != b"\n":
            os.write(self._file, b"\n")
            self.written += 1

    def append(self, event: LineEvent, at: int) -> None:
        """Take an event that belongs behind `at` steps; it is written by `flush`."""
        self._waiting += 1
        self._pending += to_line(event, at, time.time(), self.written + self._waiting)

    def flush(self) -> None:
        """Hand what is held to the system.

        Raises:
            OSError: it cannot be written; what was not, is held.
        """
        write_all(self._file, self._pending)
        self.written += self._waiting
        self._waiting = 0

    def sync(self) -> None:
        """Put on the disk what was flushed."""
        os.fsync(self._file)

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._file)


class LineReader:
    """Follows events.jsonl while another process may be appending to it.

    Args:
        path: the file, which need not exist yet.

    Attributes:
        read: complete lines read so far.
        newest: where the newest event belongs: the steps recorded before it.
        damaged: numbers of the lines that could not be read, counted from 1.
        lost: lines that were written and are not there.
        pending: bytes of a last line that is not complete yet.
        trouble: why the file could not be read at the last poll, or "".
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = 0
        self._number = 0  # of the newest line that could be read
        self._unread = 0  # lines since then that could not
        self._checked = False
        self.read = 0
        self.newest = 0
        self.damaged: list[int] = []
        self.lost = 0
        self.pending = 0
        self.trouble = ""

    def poll(self) -> list[tuple[int, LineEvent]]:
        """The events of complete lines that came since the last poll, and where they belong."""
        self.trouble = ""
        events: list[tuple[int, LineEvent]] = []
        try:
            with open_file(self._path) as file:
                file.seek(self._offset)
                while line := file.readline(LONGEST):
                    if not line.endswith(b"\n") and len(line) < LONGEST:
                        break
                    self._offset += len(line)
                    event = self._event(line)
                    if event is not None:
                        self.newest = event[0]
                        events.append(event)
                self.pending = len(line)
        except FileNotFoundError:
            return []
        except OSError as error:
            self.trouble = str(error.strerror)
        return events

    def damage(self, over: bool, written: int) -> list[str]:
        """What could not be read so far.

        Args:
            over: nothing is appended any more, so an incomplete line stays so.
            written: lines that the writer said to have written, at least.
        """
        if self.trouble:
            return [f"events.jsonl: cannot be read ({self.trouble})"]
        found: list[str] = []
        torn = over and self.pending > 0
        if count := len(self.damaged) + torn:
            where = f"line {self.damaged[0]}" if self.damaged else "the last one, incomplete"
            noun = "line" if count == 1 else "lines"
            found.append(f"events.jsonl: {count} damaged {noun} left out ({where})")
        cut = max(written - self._number - self._unread - torn, 0) if self.read else 0
        if missing := self.lost + cut:
            found.append(f"events.jsonl: {missing} {'line' if missing == 1 else 'lines'} missing")
        return found

    def _event(self, line: bytes) -> tuple[int, LineEvent] | None:
        """What a complete line says; None if that is nothing, or cannot be told."""
        self.read += 1
        if not line.strip():
            return None
        try:
            at, event, number = from_line(line)
            self._count(number)
        except ValueError:
            self.damaged.append(self.read)
            self._unread += 1
            return None
        return None if event is None else (at, event)

    def _count(self, number: int | None) -> None:
        """Compare the number that a line bears with those before; None: it has no checksum."""
        if number is None and self._checked:
            raise ValueError("a line without a checksum behind one with")
        expected = self._number + self._unread + 1
        if number is not None and number <= self._number:
            raise ValueError("a line that stood before")
        self._checked = number is not None
        self._number = expected if number is None else number
        self.lost += max(self._number - expected, 0)
        self._unread = 0
