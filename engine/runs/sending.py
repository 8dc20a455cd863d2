"""What a run's files have that a reader far away has not, piece by piece: the far side of `gradlab watch`."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np

from ..errors import GradlabError
from ..strict_json import dumps
from .control import CANCEL
from .files import open_file
from .ids import find_run, is_run
from .listing import list_runs
from .parquet import STREAMS
from .records import record_dtype
from .state import read_state

GREETING = b"gradlab sends a run, version 1\n"
"""What comes before the stream; whatever a login shell says before it is none of it."""

GROWING = ("events.jsonl", *(f"{name}.rec" for name in STREAMS))
"""Files that are only appended to while they bear their name."""

SEALED = tuple(f"{name}.parquet" for name in STREAMS)
WHOLE = ("run.json", "columns.json", "notes.json", "summary.json", "state.json")
"""Files that are replaced whole, in the order in which a reader wants them."""

FILES = (*GROWING, *SEALED, *WHOLE)
"""Every file of a run that is sent."""

LOOK_SECONDS = 1.0
BEAT_SECONDS = 5.0
"""Seconds after which something is sent even if there is nothing new, so that a cut is noticed."""

PIECE = 1 << 16

Have = dict[str, tuple[list[int], int]]
"""What a reader has: of each file which one, and how many bytes of it."""

Frame = tuple[dict[str, Any], bytes]
"""What a piece is, and the piece."""


class Sender:
    """Says what a reader lacks of a run.

    Args:
        run: the run directory.
        have: what the reader has.
        planes: whether the reader takes records in planes.
    """

    def __init__(self, run: Path, have: Have, *, planes: bool = False) -> None:
        self._run = run
        self._have = have
        self._planes = planes

    def look(self) -> Iterator[Frame]:
        """The pieces that are new since the last look.

        The small files are read first and sent last: they may not tell of what has not arrived.
        """
        ended = read_state(self._run)[0].ended
        small = [
            (name, *found)
            for name in WHOLE
            if (name != "summary.json" or ended) and (found := self._changed(name)) is not None
        ]
        for name in GROWING:
            yield from self._growth(name)
        for name in SEALED:
            found = self._changed(name)
            if found is not None:
                yield from self._pieces(name, *found)
        for name in [*self._have]:
            if not (self._run / name).exists():
                del self._have[name]
                yield {"gone": name}, b""
        for name, identity, data in small:
            yield from self._pieces(name, identity, data)

    def _growth(self, name: str) -> Iterator[Frame]:
        try:
            with open_file(self._run / name) as file:
                identity = [os.fstat(file.fileno()).st_ino]
                known, offset = self._have.get(name, ([], 0))
                if known != identity or os.fstat(file.fileno()).st_size < offset:
                    offset = 0
                file.seek(offset)
                width = self._width(name)
                while data := file.read(PIECE):
                    header = {"name": name, "id": identity, "offset": offset, "last": True}
                    if width:
                        header["planes"] = width
                    yield header, in_planes(data, width) if width else data
                    offset += len(data)
                    self._have[name] = identity, offset
        except OSError:
            return  # it comes, or has been sealed

    def _width(self, name: str) -> int:
        """Bytes of a record of a file that is sent in planes; 0 for other files."""
        stream = name.removesuffix(".rec")
        if not self._planes or stream == name:
            return 0
        try:
            columns = json.loads((self._run / "columns.json").read_bytes())[stream]
        except (OSError, ValueError, KeyError):
            return 0
        return record_dtype(len(columns)).itemsize

    def _changed(self, name: str) -> tuple[list[int], bytes] | None:
        """A file that the reader has not whole: which one it is, and all of it."""
        try:
            with open_file(self._run / name) as file:
                status = os.fstat(file.fileno())
                identity = [status.st_ino, status.st_size, status.st_mtime_ns]
                if self._have.get(name) == (identity, status.st_size):
                    return None
                return identity, file.read()
        except OSError:
            return None

    def _pieces(self, name: str, identity: list[int], data: bytes) -> Iterator[Frame]:
        known, offset = self._have.get(name, ([], 0))
        if known != identity:
            offset = 0
        while offset < len(data) or not data:
            piece = data[offset : offset + PIECE]
            last = offset + len(piece) == len(data)
            yield {"name": name, "id": identity, "offset": offset, "last": last}, piece
            offset += len(piece)
            self._have[name] = identity, offset
            if not data:
                return


def in_planes(data: bytes, width: int) -> bytes:
    """Records with their first bytes together, then their second ones, and so on: far better compressed.

    Args:
        data: any bytes; what is no whole record stays at the end as it is.
        width: bytes of a record.
    """
    rows = len(data) // width
    whole = np.frombuffer(data, np.uint8, rows * width).reshape(rows, width)
    return whole.T.tobytes() + data[rows * width :]


def out_of_planes(data: bytes, width: int) -> bytes:
    """What `in_planes` was given."""
    rows = len(data) // width
    whole = np.frombuffer(data, np.uint8, rows * width).reshape(width, rows)
    return whole.T.tobytes() + data[rows * width :]


def serve(reference: str, source: IO[bytes], target: Callable[[bytes], None]) -> None:
    """Send a run until the reader goes away.

    Args:
        reference: a run's directory, or that of runs, of which the newest live one is sent, else the
            newest.
        source: where the reader says in lines of JSON what it has, and what it wants.
        target: takes bytes and sends them at once.
    """
    target(GREETING)
    packer = zlib.compressobj()

    def tell(header: dict[str, Any], data: bytes = b"") -> None:
        line = dumps({**header, "bytes": len(data)}).encode() + b"\n"
        target(packer.compress(line + data) + packer.flush(zlib.Z_SYNC_FLUSH))

    request = json.loads(source.readline() or b"{}")
    try:
        run = _chosen(reference, request.get("run"))
    except GradlabError as error:
        tell({"error": str(error)})
        return
    threading.Thread(target=_obey, args=(source, run), daemon=True).start()
    tell({"run": run.name})
    have: Have = {name: (list(i), int(n)) for name, (i, n) in request["have"].items()}
    sender = Sender(run, have, planes=bool(request.get("planes")))
    sent = time.monotonic()
    while True:
        for header, data in sender.look():
            tell(header, data)
            sent = time.monotonic()
        if not request.get("looked"):
            tell({"looked": True})
            request["looked"] = True
        if time.monotonic() - sent > BEAT_SECONDS:
            tell({"beat": True})
            sent = time.monotonic()
        time.sleep(LOOK_SECONDS)


def _chosen(reference: str, wanted: str | None) -> Path:
    path = Path(reference).expanduser()
    if wanted is not None and path.name != wanted:
        path = path / wanted
    if is_run(path):
        return path
    if not path.is_dir() or wanted is not None:
        return find_run(path.name, path.parent)
    live = [row.path for row in list_runs(path) if row.live]
    return live[0] if live else find_run("@last", path)


def _obey(source: IO[bytes], run: Path) -> None:
    """Ask the training to stop if the reader wants that; end when the reader has gone."""
    for line in source:
        if line.strip() == b"stop":
            (run / CANCEL).touch()
    os._exit(0)


def send(reference: str) -> None:
    """Serve a run through stdin and stdout until the reader goes away; arguments as for `serve`."""

    def write(data: bytes) -> None:
        while data:
            data = data[os.write(1, data) :]

    try:
        serve(reference, sys.stdin.buffer, write)
    except BrokenPipeError:
        os._exit(0)
