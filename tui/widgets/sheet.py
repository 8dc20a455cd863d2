"""Rows of text in a panel, which scroll where there are more than fit."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType

from ..drawing.rows import Row, Span, filled
from .panel import Panel


class Sheet(Panel):
    """Text made for a width, such as a table, under a panel's title."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "scroll_rows(1)", "Down", show=False, id="sheet.down"),
        Binding("up", "scroll_rows(-1)", "Up", show=False, id="sheet.up"),
        Binding("pagedown", "scroll_rows(10)", "Page down", show=False, id="sheet.page-down"),
        Binding("pageup", "scroll_rows(-10)", "Page up", show=False, id="sheet.page-up"),
    ]

    title = ""
    """What stands above."""
    _make: Callable[[int], list[Row]] | None = None
    _top = 0

    def show(self, title: str, make: Callable[[int], list[Row]]) -> None:
        """Show a text from now on.

        Args:
            title: what stands above.
            make: the rows for a number of columns.
        """
        self.title, self._make = title, make
        self.redraw()

    def draw(self, width: int, height: int) -> list[Row]:
        """The rows in sight, each cut or filled to the width."""
        rows = self._rows_at(width)
        self._top = max(min(self._top, len(rows) - height), 0)
        shown = rows[self._top : self._top + height]
        shown += [()] * (height - len(shown))
        return [filled(row, width) for row in shown]

    def heading(self) -> tuple[str, Row]:
        """The title, and where the rows in sight are among all of them."""
        height, count = self.content_size.height - 1, len(self._rows_at(self.content_size.width))
        if count <= height:
            return self.title, ()
        first = max(min(self._top, count - height), 0)
        return self.title, (Span(f" {first + 1}-{first + height} of {count} ", "axis"),)

    def action_scroll_rows(self, by: int) -> None:
        """Move through the rows."""
        self._top = max(self._top + by, 0)
        self.redraw()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Move down."""
        self.action_scroll_rows(1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Move up."""
        self.action_scroll_rows(-1)

    def _rows_at(self, width: int) -> list[Row]:
        return self._make(width) if self._make else []
