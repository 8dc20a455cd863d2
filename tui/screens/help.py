"""Every key that does something, made from the bindings themselves."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.dom import DOMNode
from textual.screen import ModalScreen, Screen
from textual.widgets import Static

TITLES = {
    "GradlabApp": "Everywhere",
    "LabScreen": "Lab",
    "WatchScreen": "A run",
    "StageScreen": "Charts",
    "RunsScreen": "Runs",
    "RunTable": "The table of runs",
    "CompareScreen": "Compare",
    "Slot": "A panel",
    "Zoomable": "A part of the steps",
    "Chart": "A chart",
    "Heatmap": "A heatmap",
    "Sheet": "A table",
    "FindingsPanel": "Findings",
    "EditedPreset": "Preset",
    "PresetPane": "Preset: form and text",
    "PresetForm": "Preset form",
    "DataView": "The data",
}
"""Sections by the class that has the bindings, in this order; other classes come behind them."""

WIDTH = 74
"""Columns of text: what a terminal of 80 has room for."""

KEYS = {
    "question_mark": "?",
    "slash": "/",
    "escape": "esc",
    "pageup": "pgup",
    "pagedown": "pgdn",
}
"""Keys whose Textual name is not what stands on them."""

ABOUT = """The first layers learn from what is left of the gradient when it arrives there. Panel 2, the \
profile, shows how much that is: one point a layer, the input on the left, on a log scale. A line \
that falls to the left is a gradient that vanishes; one that rises, one that explodes."""


class HelpScreen(ModalScreen[None]):
    """The keys of the screen that it was opened from, and of everything on it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,f1", "dismiss", "Close", id="help.close"),
    ]

    DEFAULT_CSS = """
    HelpScreen {
        align: center middle;
        VerticalScroll {
            width: 84; max-width: 100%; height: 100%; max-height: 44; padding: 0 1;
            border: round $primary; background: $surface;
        }
        .heading { text-style: bold; color: $primary; margin-top: 1; }
        Static { height: auto; }
    }
    """

    def __init__(self, of: Screen) -> None:
        """Explain a screen.

        Args:
            of: the screen whose keys are shown.
        """
        super().__init__()
        self._of = of

    def compose(self) -> ComposeResult:
        """A section for each kind of widget that has keys."""
        with VerticalScroll() as page:
            page.border_title = "Keys"
            page.border_subtitle = "up, down, pgdn scroll; esc closes"
            yield Static(ABOUT, markup=False)
            for title, lines in sections(self._of):
                yield Static(title, classes="heading", markup=False)
                yield Static("\n".join(lines), markup=False)

    def on_mount(self) -> None:
        """Let the arrows scroll."""
        self.query_one(VerticalScroll).focus()


def sections(screen: Screen) -> list[tuple[str, list[str]]]:
    """A title and the lines of keys for each class with bindings of its own on a screen."""
    nodes: list[DOMNode] = [screen.app, screen, *screen.walk_children()]
    found: dict[str, list[str]] = {}
    for node in nodes:
        for kind in type(node).__mro__:
            bindings = kind.__dict__.get("BINDINGS")
            if bindings and kind.__module__.startswith("gradlab.") and kind.__name__ not in found:
                found[kind.__name__] = list(_lines(bindings))
    order = [*(name for name in TITLES if name in found), *(n for n in found if n not in TITLES)]
    return [(TITLES.get(name, name), found[name]) for name in order]


def _lines(bindings: Iterable[BindingType]) -> Iterable[str]:
    for binding in bindings:
        if not isinstance(binding, Binding) or not binding.description:
            continue
        shown = ", ".join(KEYS.get(key.strip(), key.strip()) for key in binding.key.split(","))
        about = f": {binding.tooltip}" if binding.tooltip else ""
        yield textwrap.fill(
            f"  {shown:<18} {binding.description}{about}", WIDTH, subsequent_indent=" " * 21
        )
