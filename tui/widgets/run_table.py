"""A long table of which only the lines in sight are drawn.

Textual's DataTable measures every cell when rows are added: 0.7 s for a thousand runs, and again for
each letter typed into a filter. Here a thousand rows cost what a screenful does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from ..drawing.rows import Row, Span, shown


class RunTable(ScrollView, can_focus=True):
    """Rows of spans, each with a key, and a cursor that stays with its key."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "run-table--strong", "run-table--dim", "run-table--good", "run-table--bad",
        "run-table--warn", "run-table--key", "run-table--cursor",
    }  # fmt: skip
    """
    | Class | Description |
    | :- | :- |
    | `run-table--strong` | What the eye should find first. |
    | `run-table--dim` | What is there for those who look for it. |
    | `run-table--good` | A state that is well. |
    | `run-table--bad` | A state that is not. |
    | `run-table--warn` | A state to keep an eye on. |
    | `run-table--key` | Marks of the user. |
    | `run-table--cursor` | The row under the cursor. |
    """

    DEFAULT_CSS = """
    RunTable {
        height: 1fr; width: 1fr; scrollbar-size-horizontal: 0;
        .run-table--strong { text-style: bold; }
        .run-table--dim { color: $foreground 75%; }
        .run-table--good { color: $success; }
        .run-table--bad { color: $error; }
        .run-table--warn { color: $warning; }
        .run-table--key { color: $accent; text-style: bold; }
        .run-table--cursor { background: $primary-muted; color: $foreground; text-style: bold; }
    }
    RunTable:ansi {
        .run-table--dim { color: ansi_default; text-style: dim; }
        .run-table--key { color: ansi_cyan; text-style: bold; }
        .run-table--cursor { text-style: reverse; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", show=False, id="table.up"),
        Binding("down,j", "move(1)", "Down", show=False, id="table.down"),
        Binding("pageup", "page(-1)", "Page up", show=False, id="table.page-up"),
        Binding("pagedown", "page(1)", "Page down", show=False, id="table.page-down"),
        Binding("home", "end(0)", "First", show=False, id="table.first"),
        Binding("end", "end(-1)", "Last", show=False, id="table.last"),
        Binding("enter", "choose", "Open", key_display="enter", id="table.open"),
    ]

    @dataclass
    class Moved(Message):
        """The cursor is on another row; key is "" if there is none."""

        key: str

    @dataclass
    class Chosen(Message):
        """The user wants to open a row."""

        key: str

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        """Start empty.

        Args:
            id: The ID of the widget in the DOM.
        """
        super().__init__(id=id)
        self._keys: list[str] = []
        self._rows: list[Row] = []
        self._at = 0

    @property
    def key(self) -> str:
        """Key of the row under the cursor; "" if there is none."""
        return self._keys[self._at] if self._keys else ""

    @property
    def text(self) -> str:
        """All rows, without styles."""
        return "\n".join("".join(s.text for s in row).rstrip() for row in self._rows)

    def show(self, keys: Sequence[str], rows: Sequence[Row]) -> None:
        """Show these rows from now on; the cursor stays with its key, or else where it is.

        Args:
            keys: names of the rows, each once.
            rows: their spans, as wide as the table.
        """
        key, before = self.key, self._rows
        self._keys, self._rows = list(keys), list(rows)
        self._at = self._keys.index(key) if key in self._keys else min(self._at, len(keys) - 1)
        self._at = max(self._at, 0)
        if len(before) != len(self._rows):
            self.virtual_size = Size(self.size.width, len(self._rows))
            self.refresh()
        else:
            top = self.scroll_offset.y
            for line in range(min(self.size.height, len(self._rows) - top)):
                if before[top + line] != self._rows[top + line]:
                    self.refresh(Region(0, line, self.size.width, 1))
        if self.key != key:
            self._follow_cursor()
            self.refresh()
            self.post_message(self.Moved(self.key))

    def on_resize(self) -> None:
        """Keep the cursor in sight."""
        self.virtual_size = Size(self.size.width, len(self._rows))
        self._follow_cursor()

    def render_line(self, y: int) -> Strip:
        """One row as a strip in the theme's colours."""
        index, width = y + self.scroll_offset.y, self.size.width
        base = self.rich_style
        if index >= len(self._rows):
            return Strip.blank(width, base)
        current = index == self._at
        if current:
            base += self.get_component_rich_style("run-table--cursor", partial=True)
        pointer = Span("▸" if current else " ", "strong")
        segments = [
            Segment(
                shown(span.text),
                base + self.get_component_rich_style(f"run-table--{span.style}", partial=True)
                # Colours that can be read on the table's ground may not be on the cursor's.
                if span.style and not current
                else base,
            )
            for span in (pointer, *self._rows[index])
        ]
        return Strip(segments).adjust_cell_length(width, base)

    def action_move(self, by: int) -> None:
        """Move the cursor by rows."""
        self._move_to(self._at + by)

    def action_page(self, by: int) -> None:
        """Move the cursor by a screenful."""
        self._move_to(self._at + by * max(self.size.height - 1, 1))

    def action_end(self, index: int) -> None:
        """Move the cursor to the first (0) or the last (-1) row."""
        self._move_to(0 if index == 0 else len(self._rows) - 1)

    def action_choose(self) -> None:
        """Open the row under the cursor."""
        if self.key:
            self.post_message(self.Chosen(self.key))

    def on_click(self, event: events.Click) -> None:
        """Put the cursor on the row that was clicked; a second click opens it."""
        index = event.y + self.scroll_offset.y
        if index < len(self._rows):
            self._move_to(index)
            if event.chain == 2:
                self.action_choose()

    def _move_to(self, index: int) -> None:
        index = min(max(index, 0), max(len(self._rows) - 1, 0))
        if index == self._at:
            return
        for line in (self._at, index):
            self.refresh(Region(0, line - self.scroll_offset.y, self.size.width, 1))
        self._at = index
        self._follow_cursor()
        self.post_message(self.Moved(self.key))

    def _follow_cursor(self) -> None:
        top, height = self.scroll_offset.y, max(self.size.height, 1)
        if self._at < top:
            self.scroll_to(y=self._at, animate=False, immediate=True)
        elif self._at >= top + height:
            self.scroll_to(y=self._at - height + 1, animate=False, immediate=True)
