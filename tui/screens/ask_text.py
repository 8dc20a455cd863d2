"""A line of text that the user is asked for."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static


class AskText(ModalScreen[str | None]):
    """Asks for a line; dismisses with it, or with None.

    Args:
        title: what is asked for.
        value: what stands in the field at first.
        hint: how to write it.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Cancel", id="ask.cancel"),
    ]

    DEFAULT_CSS = """
    AskText {
        align: center middle;
        & > Vertical {
            width: 64; max-width: 100%; height: auto; padding: 0 1;
            border: round $primary; background: $surface;
        }
        Input { background: $foreground 8%; }
        Static { color: $foreground 75%; height: auto; }
        &.-wrong .hint { color: $text-error; }
    }
    """

    def __init__(self, title: str, value: str = "", hint: str = "") -> None:
        super().__init__()
        self._title, self._value, self._hint = title, value, hint

    def compose(self) -> ComposeResult:
        """A frame with the field, and how to fill it."""
        with Vertical():
            yield Static(self._title, markup=False)
            yield Input(self._value, compact=True)
            yield Static(self._hint, markup=False, classes="hint")

    def say(self, text: str, *, wrong: bool = False) -> None:
        """Say something below the field.

        Args:
            text: a sentence.
            wrong: whether it is about a mistake.
        """
        self.set_class(wrong, "-wrong")
        self.query_one(".hint", Static).update(Content(text))

    def typed(self, text: str) -> None:
        """The field has changed."""

    def answer(self, text: str) -> None:
        """The user has pressed enter."""
        self.dismiss(text)

    @on(Input.Changed)
    def _typed(self, message: Input.Changed) -> None:
        self.typed(message.value)

    @on(Input.Submitted)
    def _submitted(self, message: Input.Submitted) -> None:
        self.answer(message.value)
