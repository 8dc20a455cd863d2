"""The door through which text leaves for a terminal, whoever wrote it.

What goes through cannot command the terminal. A reader who has gone ends no work: the rest goes nowhere, and
`lost` says why.
"""

from __future__ import annotations

import os
import re
import sys
from typing import Any, TextIO

from ...engine.escaping.plain_text import printable
from .ascii import ERRORS

_STYLED = re.compile(r"(\x1b\[[0-9;]*[mAK]|\x1b\[\?25[hl]|\r)")
"""What Rich writes to colour text and to move a progress bar."""


class Door:
    """A text stream that shows control characters as escapes, line ends and tabs apart.

    Args:
        stream: where the text goes.
    """

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self.lost: OSError | None = None
        """Why something that was written did not arrive, or None."""
        self.rich_proxied_file = _StyledDoor(self)
        """Where Rich writes instead, by this name."""

    def write(self, text: str) -> int:
        """Write a text; returns its length."""
        return self.put(printable(text, keep="\n\t"), len(text))

    def put(self, text: str, length: int) -> int:
        """Write what is harmless already."""
        try:
            self.stream.write(text)
        except OSError as error:
            self._lose(error)
        return length

    def flush(self) -> None:
        """Send what has been written."""
        try:
            self.stream.flush()
        except OSError as error:
            self._lose(error)

    def writelines(self, lines: Any) -> None:
        """Write texts one after the other."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)

    def _lose(self, error: OSError) -> None:
        self.lost = self.lost or error
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.stream.fileno())
        os.close(nowhere)
        # What the stream still holds would fail again when Python ends.
        self.stream.flush()


class _StyledDoor:
    """The door for Rich, whose colours and cursor movements pass on a terminal."""

    def __init__(self, door: Door) -> None:
        self._door = door

    def write(self, text: str) -> int:
        if not self._door.isatty():
            return self._door.write(text)
        parts = _STYLED.split(text)
        parts[::2] = [printable(part, keep="\n\t") for part in parts[::2]]
        return self._door.put("".join(parts), len(text))

    def flush(self) -> None:
        self._door.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._door.stream, name)


def install_doors() -> None:
    """Let everything that Python writes to stdout and stderr go through a door.

    A stream that was closed when the program began gets its descriptor back, so that no file takes it:
    nothing can be read from it or written to it.
    """
    for descriptor, name in enumerate(("stdin", "stdout", "stderr")):
        stream = getattr(sys, name)
        if stream is None:
            opened = os.open(os.devnull, os.O_RDONLY)
            if opened != descriptor:
                os.dup2(opened, descriptor)
                os.close(opened)
            stream = os.fdopen(descriptor, "w" if descriptor else "r", encoding="utf-8")
        if descriptor and not isinstance(stream, Door):
            if hasattr(stream, "reconfigure"):
                stream.reconfigure(errors=ERRORS)
            stream = Door(stream)
        setattr(sys, name, stream)
