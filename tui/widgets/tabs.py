"""The names of the panels in one line, where there is room for only one of them."""

from __future__ import annotations

from dataclasses import dataclass

from textual import events
from textual.message import Message

from ..charts.views import PANELS
from ..drawing.rows import Span
from .lines import Lines


class PanelTabs(Lines):
    """`1 Loss │ 2 PROFILE │ 3 Norms`: the one that is shown is in capitals and bold."""

    @dataclass
    class Chosen(Message):
        """A panel's name was clicked."""

        number: int

    def show_selected(self, selected: int) -> None:
        """Mark the panel that is shown."""
        spans = [Span(" ")]
        self._ends: list[tuple[int, int]] = []
        for number, name in PANELS.items():
            label = name.upper() if number == selected else name
            spans.append(Span(f"{number} {label}", "strong" if number == selected else "dim"))
            self._ends.append((sum(len(s.text) for s in spans), number))
            if number != max(PANELS):
                spans.append(Span(" │ ", "dim"))
        self.show(tuple(spans))

    def on_click(self, event: events.Click) -> None:
        """Choose the panel under the pointer."""
        for end, number in self._ends:
            if event.x < end:
                self.post_message(self.Chosen(number))
                return
