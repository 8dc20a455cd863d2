"""A question with two answers."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Static


class ConfirmScreen(ModalScreen[bool]):
    """Asks before something that cannot be taken back; enter alone does not do it."""

    AUTO_FOCUS = "#no"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", "Yes", id="confirm.yes"),
        Binding("n,escape,q", "answer(False)", "No", id="confirm.no"),
        Binding("left,up", "app.focus_previous", "Other answer", show=False, id="confirm.left"),
        Binding("right,down", "app.focus_next", "Other answer", show=False, id="confirm.right"),
    ]

    DEFAULT_CSS = """
    ConfirmScreen {
        align: center middle;
        Vertical {
            width: 60; max-width: 100%; height: auto; padding: 1 2;
            border: round $primary; background: $surface;
        }
        Horizontal { height: auto; align-horizontal: center; margin-top: 1; }
        Button { margin: 0 1; }
    }
    """

    def __init__(self, question: str, yes: str, no: str) -> None:
        """Ask.

        Args:
            question: What is about to happen, as a question.
            yes: The answer that does it.
            no: The answer that does not.
        """
        super().__init__()
        self._question, self._yes, self._no = question, yes, no

    def compose(self) -> ComposeResult:
        """The question over its answers."""
        with Vertical():
            yield Static(self._question, markup=False)
            with Horizontal():
                yield Button(f"{self._yes} (y)", id="yes", variant="error", compact=True)
                yield Button(f"{self._no} (n)", id="no", variant="primary", compact=True)

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Answer."""
        self.dismiss(event.button.id == "yes")

    def action_answer(self, answer: bool) -> None:
        """Answer."""
        self.dismiss(answer)
