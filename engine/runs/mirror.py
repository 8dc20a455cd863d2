"""A run on another machine, copied while it grows: the near side of `gradlab watch`."""

from __future__ import annotations

import json
import os
import select
import shlex
import subprocess
import threading
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from ..errors import RunError
from .control import CANCEL
from .sending import FILES, GREETING, GROWING, Frame, Have, out_of_planes

SILENCE_SECONDS = 20.0
"""A link that says nothing for so long is taken for cut: the sender says something every five."""

FIRST_WAIT, LONGEST_WAIT = 0.5, 10.0
"""Seconds before a cut link is tried again, doubled each time it fails."""

SSH = ("ssh", "-T", "-o", "ServerAliveInterval=5", "-o", "ServerAliveCountMax=3")


def ssh_command(host: str, remote: str, path: str, ssh: str | None = None) -> list[str]:
    """The command that starts the sender on another machine.

    Args:
        host: as ssh knows it.
        remote: what gradlab is called there.
        path: of a run, or of runs, there.
        ssh: a command in ssh's place, as a shell splits it.

    Raises:
        RunError: ssh would take the host for an option.
    """
    if host.startswith("-"):
        raise RunError(f"{host} is no name of a host")
    home = path.startswith("~/")
    place = f"~/{shlex.quote(path[2:])}" if home and path != "~/" else shlex.quote(path)
    first = shlex.split(ssh) if ssh else list(SSH)
    return [*first, host, f"{remote} runs send {'~' if path == '~/' else place}"]


class Mirror:
    """Keeps a copy of a run, however often the link is cut, until it is closed.

    Args:
        command: starts the sender.
        root: the folder in which the copy is made.
        where: what to call the run's place in messages.
    """

    def __init__(self, command: Sequence[str], root: Path, where: str) -> None:
        self._command = list(command)
        self._root = root
        self._where = where
        self._have: Have = {}
        self._over = threading.Event()
        self._first = threading.Event()
        self._problem = ""
        self._link: subprocess.Popen[bytes] | None = None
        self.path: Path | None = None
        """The copy, once it is known which run it is of."""
        self.received = 0
        """Bytes that came over the link."""
        self._thread = threading.Thread(target=self._keep, name="gradlab-mirror", daemon=True)

    def start(self) -> Path:
        """Connect and wait for all that there is so far; returns the copy.

        Raises:
            RunError: there is no such run, or no way to it.
        """
        self._thread.start()
        self._first.wait()
        if self.path is None or self._problem:
            self.close()
            raise RunError(f"{self._where}: {self._problem}")
        return self.path

    def close(self) -> None:
        """Let go of the link."""
        self._over.set()
        self.cut()
        self._thread.join()

    def cut(self) -> None:
        """Cut the link; it comes back unless the mirror is closed."""
        link = self._link
        if link is not None and link.poll() is None:
            link.kill()

    def _keep(self) -> None:
        wait = FIRST_WAIT
        try:
            while not self._over.is_set():
                received = self.received
                self._connect()
                if not self._first.is_set():
                    return
                wait = FIRST_WAIT if self.received > received else min(2 * wait, LONGEST_WAIT)
                self._over.wait(wait)
        finally:
            self._first.set()

    def _connect(self) -> None:
        """Take what one connection brings, until it is cut."""
        try:
            link = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                # A password is asked for at the terminal itself, which the screen has later.
                stderr=subprocess.PIPE,
                start_new_session=self._first.is_set(),
            )
        except OSError as error:
            self._problem = f"cannot start {self._command[0]}: {error.strerror}"
            return
        assert link.stdin is not None and link.stderr is not None
        self._link = link
        run = self.path.name if self.path else None
        request = {"have": self._have, "run": run, "planes": True}
        last: list[str] = []
        cut = "the connection was closed"
        hearing = threading.Thread(target=_hear, args=(link.stderr, last), daemon=True)
        hearing.start()
        try:
            link.stdin.write(json.dumps(request).encode() + b"\n")
            link.stdin.flush()
            for header, data in _frames(self._bytes(link)):
                self._take(header, data)
                self._ask_for_stop(link)
        except (OSError, ValueError, KeyError, zlib.error) as error:
            cut = str(error)
        finally:
            link.kill()
            link.wait()
            hearing.join(1.0)
            for stream in (link.stdin, link.stdout, link.stderr):
                if stream is not None:
                    _close(stream)
        if not self._first.is_set() and not self._problem:
            self._problem = " ".join(last[-2:]) or cut

    def _bytes(self, link: subprocess.Popen[bytes]) -> Iterator[bytes]:
        assert link.stdout is not None
        descriptor = link.stdout.fileno()
        while not self._over.is_set():
            patience = SILENCE_SECONDS if self.path else None
            ready, _, _ = select.select([descriptor], [], [], patience)
            data = os.read(descriptor, 1 << 16) if ready else b""
            if not data:
                return
            self.received += len(data)
            yield data

    def _take(self, header: dict[str, Any], data: bytes) -> None:
        if "error" in header:
            self._problem = str(header["error"])
        elif "run" in header:
            name = str(header["run"])
            if Path(name).name != name or name.startswith("."):
                raise ValueError(f"{name} is no run")
            self.path = self._root / name
            self.path.mkdir(exist_ok=True)
        elif "looked" in header:
            self._first.set()
        elif self.path is not None and header.get("gone", header.get("name")) in FILES:
            self._keep_piece(self.path, header, data)

    def _keep_piece(self, run: Path, header: dict[str, Any], data: bytes) -> None:
        if "gone" in header:
            (run / header["gone"]).unlink(missing_ok=True)
            self._have.pop(header["gone"], None)
            return
        name, offset = header["name"], int(header["offset"])
        if width := int(header.get("planes", 0)):
            data = out_of_planes(data, width)
        path = run / name if name in GROWING else run / f".{name}.part"
        with path.open("r+b" if offset and path.exists() else "wb") as file:
            file.seek(offset)
            file.write(data)
            file.truncate()
        if name not in GROWING and header["last"]:
            path.replace(run / name)
        self._have[name] = [int(part) for part in header["id"]], offset + len(data)

    def _ask_for_stop(self, link: subprocess.Popen[bytes]) -> None:
        if self.path is not None and (self.path / CANCEL).exists() and link.stdin is not None:
            link.stdin.write(b"stop\n")
            link.stdin.flush()
            (self.path / CANCEL).unlink()


def _frames(pieces: Iterator[bytes]) -> Iterator[Frame]:
    """What a sender says; the greeting comes first, whatever came before it."""
    buffer = b""
    for piece in pieces:
        buffer += piece
        if GREETING in buffer:
            buffer = buffer.partition(GREETING)[2]
            break
    unpacker = zlib.decompressobj()
    buffer = unpacker.decompress(buffer)
    header: dict[str, Any] | None = None
    while True:
        if header is None and b"\n" in buffer:
            line, _, buffer = buffer.partition(b"\n")
            header = json.loads(line)
        if header is not None and len(buffer) >= int(header["bytes"]):
            size = int(header["bytes"])
            yield header, buffer[:size]
            header, buffer = None, buffer[size:]
            continue
        piece = next(pieces, b"")
        if not piece:
            return
        buffer += unpacker.decompress(piece)


def _hear(stream: Any, last: list[str]) -> None:
    for line in stream:
        last.append(line.decode("utf-8", "replace").strip())
        del last[:-5]


def _close(stream: Any) -> None:
    try:
        stream.close()
    except OSError:
        return  # what was not sent is for nobody
