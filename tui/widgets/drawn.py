"""What all widgets made of rows of spans have in common: component styles, and thrift with the terminal."""

from __future__ import annotations

from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from ..drawing.rows import Row, changed, shown


class Drawn(Widget):
    """Rows of spans of which only the cells that changed are sent.

    A subclass fills `_rows` and calls `send_changes`; `PREFIX` begins the names of its component classes.
    """

    PREFIX: ClassVar[str]

    def __init__(
        self,
        *,
        name: str | None = None,
        id: str | None = None,  # noqa: A002
        classes: str | None = None,
        disabled: bool = False,
    ) -> None:
        """Start empty.

        Args:
            name: The name of the widget.
            id: The ID of the widget in the DOM.
            classes: The CSS classes for the widget.
            disabled: Whether the widget is disabled or not.
        """
        super().__init__(name=name, id=id, classes=classes, disabled=disabled)
        self._rows: list[Row] = []
        self._base: Style | None = None

    def notify_style_update(self) -> None:
        """Ask anew for the style of the text."""
        super().notify_style_update()
        self._base = None

    def send_changes(self, before: list[Row]) -> int:
        """Refresh the cells that differ from the rows as they were, and say how many that are.

        Args:
            before: as many rows as there are now.
        """
        cells = 0
        for y, (old, new) in enumerate(zip(before, self._rows, strict=True)):
            for first, end in changed(old, new):
                cells += end - first
                self.refresh(Region(first, y, end - first, 1))
        return cells

    def render_line(self, y: int) -> Strip:
        """One row as a strip in the theme's colours."""
        # Textual works this out from all ancestors each time: a third of the cost of a row.
        if self._base is None:
            self._base = self.rich_style
        width, base = self.content_size.width, self._base
        if y >= len(self._rows):
            return Strip.blank(width, base)
        segments = [
            Segment(
                shown(span.text),
                self.get_component_rich_style(f"{self.PREFIX}--{span.style}")
                if span.style
                else base,
            )
            for span in self._rows[y]
        ]
        return Strip(segments).apply_style(base).adjust_cell_length(width, base)
