"""What was edited in a preset since it was opened or saved, to be looked at before it is trained."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from ..words.text import setting


class EditsScreen(ModalScreen[bool]):
    """Lists edits; gives back whether the preset shall be trained as it stands.

    Args:
        name: what the preset is called.
        edits: the old and the new value by dotted key.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,f2", "answer(False)", "Back", id="edits.back"),
        Binding("r", "answer(True)", "Run", id="edits.run"),
    ]

    DEFAULT_CSS = """
    EditsScreen {
        align: center middle;
        VerticalScroll {
            width: 80; max-width: 100%; height: auto; max-height: 80%; padding: 0 1;
            border: round $primary; background: $surface;
        }
        Static { height: auto; }
    }
    """

    def __init__(self, name: str, edits: Mapping[str, tuple[Any, Any]]) -> None:
        super().__init__()
        self._name, self._edits = name, edits

    def compose(self) -> ComposeResult:
        """A line for each edit."""
        with VerticalScroll() as page:
            page.border_title = f"Edits of {self._name}"
            page.border_subtitle = "r trains it like this, esc closes"
            width = max((len(key) for key in self._edits), default=0)
            lines = (
                f"{key:<{width}}  {setting(old)} → {setting(new)}"
                for key, (old, new) in self._edits.items()
            )
            nothing = "Nothing that matters to a training differs from the file."
            yield Static("\n".join(lines) or nothing, markup=False)

    def action_answer(self, run: bool) -> None:
        """Leave, with whether to train."""
        self.dismiss(run)
