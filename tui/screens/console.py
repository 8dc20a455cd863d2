"""What Keras, TensorFlow and code of the user's have printed: lines to read and to copy."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import OptionList

from ...engine.escaping.plain_text import printable
from .page import PageScreen

MOST = 1000
"""Lines that are shown at most: the last ones."""

MOST_BYTES = 1 << 18
"""Bytes of the log that are read at most."""

NOTHING = "Nothing has been printed so far."

SECONDS = 1.0
"""Time between two looks at the file."""


class ConsoleScreen(PageScreen):
    """The end of the log of this process, which grows while one looks at it.

    Args:
        path: the log; None if nothing is kept.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,L", "dismiss", "Close", id="console.close"),
        Binding("Y,c", "copy(False)", "Copy", id="console.copy"),
        Binding("C", "copy(True)", "Copy all", id="console.copy-all"),
    ]

    DEFAULT_CSS = """
    ConsoleScreen {
        & > Vertical { width: 100%; height: 80%; }
        OptionList { height: 1fr; background: $surface; }
    }
    """

    def __init__(self, path: Path | None) -> None:
        super().__init__("Console", "enter or c copies the line, C all, esc closes")
        self._path = path
        self._length = -1

    def body(self) -> ComposeResult:
        """A line of the log is an option."""
        yield OptionList(markup=False, compact=True)

    def on_mount(self) -> None:
        """Show what there is, and what comes."""
        self._look()
        self.set_interval(SECONDS, self._look)

    def _look(self) -> None:
        size = self._path.stat().st_size if self._path and self._path.exists() else 0
        if size == self._length:
            return
        self._length = size
        self.text = _end_of(self._path) if self._path and size else NOTHING
        lines, shown = self.text.split("\n"), self.query_one(OptionList)
        place, last = shown.highlighted, shown.option_count - 1
        shown.set_options(lines)
        shown.highlighted = len(lines) - 1 if place in (None, last) else place

    def on_option_list_option_selected(self) -> None:
        """Copy the line."""
        self.action_copy(False)

    def action_copy(self, everything: bool) -> None:
        """Copy the line under the cursor, or all of them, by OSC 52."""
        at = self.query_one(OptionList).highlighted or 0
        text = self.text if everything else self.text.split("\n")[at]
        self.app.copy_to_clipboard(text)
        self.notify("Copied.")


def _end_of(log: Path) -> str:
    """The last lines, without what only a terminal makes sense of: colours, overwritten bars."""
    with log.open("rb") as file:
        file.seek(max(log.stat().st_size - MOST_BYTES, 0))
        lines = file.read().decode(errors="replace").rstrip("\n").split("\n")
    return "\n".join(printable(Text.from_ansi(line).plain) for line in lines[-MOST:])
