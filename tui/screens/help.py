"""Every key that does something, made from the bindings themselves."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.dom import DOMNode
from textual.screen import ModalScreen, Screen
from textual.widgets import Input, Static

from ..settings.file import Settings

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
    "plus": "+",
    "equals_sign": "=",
    "minus": "-",
    "less_than_sign": "<",
    "greater_than_sign": ">",
    "comma": ",",
    "full_stop": ".",
}
"""Keys whose Textual name is not what stands on them."""

ABOUT = """The first layers learn from what is left of the gradient when it arrives there. Panel 2, the \
profile, shows how much that is: one point a layer, the input on the left, on a log scale. A line \
that falls to the left is a gradient that vanishes; one that rises, one that explodes."""


class HelpScreen(ModalScreen[None]):
    """The keys of the screen that it was opened from, first those of the panel that has them."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Close", id="help.back"),
        Binding("q,question_mark,f1", "dismiss", "Close", id="help.close"),
        Binding("slash", "search", "Search", id="help.search"),
    ]

    DEFAULT_CSS = """
    HelpScreen {
        align: center middle;
        Vertical {
            width: 84; max-width: 100%; height: 100%; max-height: 44; padding: 0 1;
            border: round $primary; background: $surface;
        }
        VerticalScroll { height: 1fr; }
        Input { background: $foreground 8%; }
        Static { height: auto; }
    }
    """

    def __init__(self, of: Screen) -> None:
        """Explain a screen.

        Args:
            of: the screen whose keys are shown.
        """
        super().__init__()
        self._sections = sections(of)

    def compose(self) -> ComposeResult:
        """A line to search in, and a section for each kind of widget that has keys."""
        with Vertical() as frame:
            frame.border_title = "Keys"
            frame.border_subtitle = "/ searches; up, down, pgdn scroll; esc closes"
            yield Input(placeholder="/ finds keys by words", compact=True)
            with VerticalScroll():
                yield Static(id="page")

    def on_mount(self) -> None:
        """Show everything, and let the arrows scroll."""
        self._show("")
        self.query_one(VerticalScroll).focus()

    def _show(self, words: str) -> None:
        """Show the lines that have all of the words."""
        wanted = words.lower().split()
        page = Content("" if wanted else f"{ABOUT}\n")
        for title, lines in self._sections:
            kept = [line for line in lines if all(w in f"{title} {line}".lower() for w in wanted)]
            if kept:
                heading = Content.styled(f"\n{title}\n", "bold $primary")
                page += heading + Content("\n".join(kept)) + Content("\n")
        none = page.plain == ""
        self.query_one("#page", Static).update(
            Content("No key has all these words.") if none else page
        )

    @on(Input.Changed)
    def _typed(self, message: Input.Changed) -> None:
        self._show(message.value)

    @on(Input.Submitted)
    def _submitted(self) -> None:
        self.query_one(VerticalScroll).focus()

    def action_search(self) -> None:
        """Ask for words."""
        self.query_one(Input).focus()

    def action_back(self) -> None:
        """Drop the search, or close."""
        line = self.query_one(Input)
        if not line.has_focus and not line.value:
            self.dismiss()
            return
        line.value = ""
        self.query_one(VerticalScroll).focus()


def sections(screen: Screen) -> list[tuple[str, list[str]]]:
    """A title and the lines of keys for each class with bindings of its own on a screen.

    What has the keys comes first, then what it lies in; the application comes last of these.
    """
    focused = screen.focused.ancestors_with_self if screen.focused else [screen, screen.app]
    nodes: list[DOMNode] = [*focused, screen.app, screen, *screen.walk_children()]
    own: Mapping[str, str] = getattr(screen.app, "settings", Settings()).keys
    found: dict[str, list[str]] = {}
    first: set[str] = set()
    for place, node in enumerate(nodes):
        for kind in type(node).__mro__:
            bindings = kind.__dict__.get("BINDINGS")
            if bindings and kind.__module__.startswith("gradlab.") and kind.__name__ not in found:
                found[kind.__name__] = list(_lines(bindings, own))
                if place < len(focused):
                    first.add(kind.__name__)
    rest = [*(name for name in TITLES if name in found), *(n for n in found if n not in TITLES)]
    order = [*(name for name in found if name in first), *(n for n in rest if n not in first)]
    return [(TITLES.get(name, name), found[name]) for name in order if found[name]]


def _lines(bindings: Iterable[BindingType], own: Mapping[str, str]) -> Iterable[str]:
    for binding in bindings:
        if not isinstance(binding, Binding) or not binding.description:
            continue
        keys = own.get(binding.id or "", binding.key)
        shown = ", ".join(KEYS.get(key.strip(), key.strip()) for key in keys.split(","))
        about = f": {binding.tooltip}" if binding.tooltip else ""
        name = f"  [{binding.id}]" if binding.id else ""
        yield textwrap.fill(
            f"  {shown:<18} {binding.description}{about}{name}", WIDTH, subsequent_indent=" " * 21
        )
