"""What a bug report needs: versions, terminal, paths, runs, and what drawing costs."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType

from ..terminal.environment import Report, report_text
from .page import PageScreen


class DebugScreen(PageScreen):
    """Facts to paste into an issue.

    Args:
        report: the facts by section.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,f12", "dismiss", "Close", id="debug.close"),
        Binding("Y,c", "copy", "Copy", id="debug.copy"),
    ]

    def __init__(self, report: Report) -> None:
        super().__init__("Debug", "c copies, esc closes", report_text(report))

    def action_copy(self) -> None:
        """Copy all facts by OSC 52."""
        self.app.copy_to_clipboard(self.text)
        self.notify("Copied.")
