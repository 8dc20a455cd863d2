"""Lines of styled text of which only the cells that changed are sent."""

from __future__ import annotations

from typing import ClassVar

from rich.segment import Segment
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from ..rows import Row, Span, changed

ASCII = str.maketrans("●○◐■✖▲✓▸│┄…→·×", "*o%#xA+>|-~>.x")


class Lines(Widget):
    """Rows of spans, one below the other, cut at the right end."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "lines--strong", "lines--dim", "lines--good", "lines--bad", "lines--warn", "lines--key",
    }  # fmt: skip
    """
    | Class | Description |
    | :- | :- |
    | `lines--strong` | What the eye should find first. |
    | `lines--dim` | What is there for those who look for it. |
    | `lines--good` | A state that is well. |
    | `lines--bad` | A state that is not. |
    | `lines--warn` | A state to keep an eye on. |
    | `lines--key` | A key to press. |
    """

    DEFAULT_CSS = """
    Lines {
        height: 1;
        .lines--strong { text-style: bold; }
        .lines--dim { color: $foreground 60%; }
        .lines--good { color: $success; text-style: bold; }
        .lines--bad { color: $error; text-style: bold; }
        .lines--warn { color: $warning; text-style: bold; }
        .lines--key { color: $accent; text-style: bold; }
    }
    Lines:ansi {
        .lines--dim { color: ansi_default; text-style: dim; }
        .lines--key { color: ansi_cyan; text-style: bold; }
    }
    """

    def __init__(
        self,
        *,
        ascii_only: bool = False,
        name: str | None = None,
        id: str | None = None,  # noqa: A002
        classes: str | None = None,
        disabled: bool = False,
    ) -> None:
        """Start empty.

        Args:
            ascii_only: Whether to write with ASCII characters.
            name: The name of the widget.
            id: The ID of the widget in the DOM.
            classes: The CSS classes for the widget.
            disabled: Whether the widget is disabled or not.
        """
        super().__init__(name=name, id=id, classes=classes, disabled=disabled)
        self.ascii_only = ascii_only
        self._given: tuple[Row, ...] = ()
        self._rows: list[Row] = []

    def on_resize(self) -> None:
        """Use the room there is now; a line that was out of sight had none."""
        self.show(*self._given)

    def show(self, *rows: Row) -> None:
        """Show these rows from now on."""
        self._given = rows
        width = self.size.width
        drawn = [self._fitted(row, width) for row in rows]
        before, self._rows = self._rows, drawn
        if len(before) != len(drawn):
            self.refresh()
            return
        for y, (old, new) in enumerate(zip(before, drawn, strict=True)):
            for first, end in changed(old, new):
                self.refresh(Region(first, y, end - first, 1))

    @property
    def text(self) -> str:
        """What is shown, without styles."""
        return "\n".join("".join(s.text for s in row).rstrip() for row in self._rows)

    def render_line(self, y: int) -> Strip:
        """One row as a strip in the theme's colours."""
        base = self.rich_style
        if y >= len(self._rows):
            return Strip.blank(self.size.width, base)
        segments = [
            Segment(
                span.text,
                self.get_component_rich_style(f"lines--{span.style}") if span.style else base,
            )
            for span in self._rows[y]
        ]
        return Strip(segments).apply_style(base).adjust_cell_length(self.size.width, base)

    def _fitted(self, row: Row, width: int) -> Row:
        """The row cut or filled to a width: rows of one length can be compared cell by cell."""
        spans: list[Span] = []
        room = width
        for text, style in row:
            text = text.translate(ASCII) if self.ascii_only else text
            spans.append(Span(text[:room], style))
            room -= len(spans[-1].text)
        return (*spans, Span(" " * room))
