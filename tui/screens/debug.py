"""What a bug report needs: versions, terminal, paths, runs, and what drawing costs."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from ..terminal.environment import Report, report_text


class DebugScreen(ModalScreen[None]):
    """Facts to paste into an issue.

    Args:
        report: the facts by section.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,f12", "dismiss", "Close", id="debug.close"),
        Binding("Y,c", "copy", "Copy", id="debug.copy"),
    ]

    DEFAULT_CSS = """
    DebugScreen {
        align: center middle;
        VerticalScroll {
            width: 84; max-width: 100%; height: auto; max-height: 100%; padding: 0 1;
            border: round $primary; background: $surface;
        }
    }
    """

    def __init__(self, report: Report) -> None:
        super().__init__()
        self._text = report_text(report)

    def compose(self) -> ComposeResult:
        """All facts as text."""
        with VerticalScroll() as page:
            page.border_title = "Debug"
            page.border_subtitle = "c copies, esc closes"
            yield Static(self._text, markup=False)

    def on_mount(self) -> None:
        """Let the arrows scroll."""
        self.query_one(VerticalScroll).focus()

    def action_copy(self) -> None:
        """Copy all facts by OSC 52."""
        self.app.copy_to_clipboard(self._text)
        self.notify("Copied.")
