"""Lines of styled text of which only the cells that changed are sent."""

from __future__ import annotations

from typing import ClassVar

from ..drawing.rows import Row, filled
from .drawn import Drawn


class Lines(Drawn):
    """Rows of spans, one below the other, cut at the right end."""

    PREFIX = "lines"
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
        .lines--dim { color: $foreground 75%; }
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

    _given: tuple[Row, ...] = ()

    def on_resize(self) -> None:
        """Use the room there is now; a line that was out of sight had none."""
        self.show(*self._given)

    def show(self, *rows: Row) -> None:
        """Show these rows from now on."""
        self._given = rows
        width = self.size.width
        before, self._rows = self._rows, [filled(row, width) for row in rows]
        if len(before) != len(rows):
            self.refresh()
        else:
            self.send_changes(before)

    @property
    def text(self) -> str:
        """What is shown, without styles."""
        return "\n".join("".join(s.text for s in row).rstrip() for row in self._rows)
