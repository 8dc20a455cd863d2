"""A small question: the name of a preset's copy."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from ...engine.errors import PresetError
from ...engine.preset.draft import copy_path


class AskName(ModalScreen[str | None]):
    """Asks for the name of a preset; dismisses with it, or with None.

    Args:
        suggestion: what stands in the field at first.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Cancel", id="ask.cancel"),
    ]

    DEFAULT_CSS = """
    AskName {
        align: center middle;
        & > Vertical {
            width: 56; max-width: 100%; height: auto; padding: 0 1;
            border: round $border; background: $surface;
        }
        Input { margin: 0 0 0 0; background: $foreground 8%; }
        .where { color: $foreground 65%; height: auto; }
        &.-wrong .where { color: $text-error; }
    }
    """

    def __init__(self, suggestion: str = "") -> None:
        super().__init__()
        self._suggestion = suggestion
        self._replaces = ""

    def compose(self) -> ComposeResult:
        """A frame with the field, and below it where the file will be."""
        with Vertical() as frame:
            frame.border_title = "Save as"
            yield Input(self._suggestion, compact=True)
            yield Static("", classes="where", markup=False)

    @on(Input.Changed)
    def _typed(self, message: Input.Changed) -> None:
        self._replaces = ""
        self._say(message.value)

    def _say(self, name: str) -> bool:
        try:
            path = copy_path(name)
        except PresetError as error:
            self.set_class(bool(name), "-wrong")
            text = str(error) if name else "A name; enter saves, esc goes back."
            self.query_one(".where", Static).update(Content(text))
            return False
        self.remove_class("-wrong")
        note = " exists already; enter twice replaces it" if path.exists() else ""
        self.query_one(".where", Static).update(Content(f"{path}{note}"))
        return True

    @on(Input.Submitted)
    def _submitted(self, message: Input.Submitted) -> None:
        if not self._say(message.value):
            return
        name = message.value.strip().removesuffix(".toml")
        if copy_path(name).exists() and self._replaces != name:
            self._replaces = name
            self.add_class("-wrong")
            self.query_one(".where", Static).update(
                Content(f"{copy_path(name)} exists. Enter again replaces it.")
            )
            return
        self.dismiss(name)
