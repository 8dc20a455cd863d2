"""A real terminal for tests and benchmarks: the command behind a pseudo-terminal."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import threading
import time
from collections.abc import Callable, Sequence

ESCAPES = re.compile(
    rb"\x1b(\[[0-9;?<>=$]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)|[PX^_].*?\x1b\\|.)"
)

KEYS = {
    "left": "\x1b[D", "right": "\x1b[C", "up": "\x1b[A", "down": "\x1b[B",
    "shift+left": "\x1b[1;2D", "shift+right": "\x1b[1;2C", "home": "\x1b[H", "end": "\x1b[F",
    "pageup": "\x1b[5~", "pagedown": "\x1b[6~", "escape": "\x1b[27u", "enter": "\r", "tab": "\t",
    "space": " ", "slash": "/", "question_mark": "?", "f1": "\x1bOP", "f2": "\x1bOQ",
    "f3": "\x1bOR", "f4": "\x1bOS", "f5": "\x1b[15~", "f6": "\x1b[17~", "f7": "\x1b[18~",
    "f8": "\x1b[19~", "f9": "\x1b[20~", "f12": "\x1b[24~",
}  # fmt: skip
"""What a terminal sends for keys that are no character.

Escape goes by the kitty protocol: a bare escape before another key that is read at once would be alt."""


def sent_for(key: str) -> str:
    """The bytes of a key by Textual's name of it."""
    if re.fullmatch(r"ctrl\+[a-z]", key):
        return chr(ord(key[-1]) - 96)
    return KEYS.get(key, key)


class Terminal:
    """Runs a program in a pseudo-terminal and keeps what it writes.

    Args:
        arguments: the program; by default its name is this Python's.
        size: columns and rows.
        environment: variables to set besides the present ones.
    """

    def __init__(
        self, arguments: Sequence[str], size: tuple[int, int] = (120, 40), **environment: str
    ) -> None:
        self.output = bytearray()
        self.times: list[tuple[float, int]] = []
        self.code: int | None = None
        variables = os.environ | {"TERM": "xterm-256color", "COLORTERM": "truecolor"} | environment
        variables.pop("NO_COLOR", None)
        variables.pop("SSH_CONNECTION", None)
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            os.execve(sys.executable, [sys.executable, *arguments], variables)
        self.began = time.monotonic()
        self.resize(*size)
        self._open = True
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def resize(self, columns: int, rows: int) -> None:
        """Give the terminal another size, as a window manager does."""
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def _read(self) -> None:
        while self._open:
            try:
                ready, _, _ = select.select([self.master], [], [], 0.1)
                data = os.read(self.master, 65536) if ready else b""
            except (OSError, ValueError):
                return
            if data:
                self.output += data
                self.times.append((time.monotonic(), len(self.output)))

    @property
    def text(self) -> str:
        """Everything written so far, without escapes, in the order of writing."""
        return ESCAPES.sub(b" ", bytes(self.output)).decode(errors="replace")

    def press(self, *keys: str) -> None:
        """Press keys, by Textual's names."""
        for key in keys:
            os.write(self.master, sent_for(key).encode())
            time.sleep(0.02)

    def wait_for(self, words: str | Callable[[], object], seconds: float = 120) -> None:
        """Wait until words have been written since the last wait, or something is so."""
        end = time.monotonic() + seconds
        while not (words in self.text if isinstance(words, str) else words()):
            assert time.monotonic() < end, f"{words}: not seen; {self.text[-3000:]}"
            assert self.exited() is None, f"{words}: ended with {self.code}; {self.text[-3000:]}"
            time.sleep(0.05)

    def exited(self) -> int | None:
        """The exit code, negative for a signal; None while it runs."""
        if self.code is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.code = os.waitstatus_to_exitcode(status)
        return self.code

    def wait(self, seconds: float = 120) -> int:
        """Wait for the end; returns the exit code."""
        end = time.monotonic() + seconds
        while self.exited() is None:
            assert time.monotonic() < end, f"still runs; {self.text[-3000:]}"
            time.sleep(0.05)
        time.sleep(0.2)
        return self.code  # type: ignore[return-value]

    def hang_up(self) -> None:
        """Close the terminal, as a lost connection does."""
        self._open = False
        self._reader.join()
        os.close(self.master)

    def close(self) -> None:
        """Leave nothing behind."""
        if self.exited() is None:
            os.kill(self.pid, signal.SIGKILL)
            self.wait(10)
        if self._open:
            self.hang_up()
