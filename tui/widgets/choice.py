"""A choice on one line, lighter than a Select: its list exists only while it is open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Region
from textual.message import Message
from textual.reactive import reactive
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from ..drawing.rows import fit

LONGEST = 12
"""Options in sight at once."""


class ChoiceList(ModalScreen[int | None]):
    """The options of a choice, beside it; typing goes to what starts with the letters.

    Args:
        labels: the options.
        current: index of the one that is highlighted at first.
        anchor: where the choice is on the screen.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Back", id="choice.back"),
    ]

    DEFAULT_CSS = """
    ChoiceList {
        background: transparent;
        OptionList { border: none; padding: 0; background: $surface-lighten-2; }
    }
    """

    def __init__(self, labels: Sequence[str], current: int, anchor: Region) -> None:
        super().__init__()
        self._labels = labels
        self._current = current
        self._anchor = anchor
        self._typed = ""

    def compose(self) -> ComposeResult:
        """The list."""
        yield OptionList(*[Option(Content(label)) for label in self._labels], compact=True)

    def on_mount(self) -> None:
        """Put the list under the choice, or above it where there is no room."""
        listing = self.query_one(OptionList)
        room, anchor = self.app.size, self._anchor
        height = min(len(self._labels), LONGEST, room.height)
        width = min(max(anchor.width, *(len(label) + 4 for label in self._labels)), room.width)
        below = anchor.bottom + height <= room.height
        y = anchor.bottom if below else max(anchor.y - height, 0)
        listing.styles.width, listing.styles.height = width, height
        listing.styles.offset = (max(min(anchor.x, room.width - width), 0), y)
        listing.highlighted = self._current

    @on(OptionList.OptionSelected)
    def _selected(self, message: OptionList.OptionSelected) -> None:
        self.dismiss(message.option_index)

    def on_key(self, event: events.Key) -> None:
        """Go to the first option that starts with what was typed."""
        if event.character is None or not event.character.isprintable() or event.key == "space":
            return
        event.stop()
        for typed in (self._typed + event.character, event.character):
            for index, label in enumerate(self._labels):
                if label.lower().startswith(typed.lower()):
                    self._typed = typed
                    self.query_one(OptionList).highlighted = index
                    return

    def on_click(self, event: events.Click) -> None:
        """Leave when something else is clicked."""
        if event.widget is self:
            self.dismiss(None)


class Choice(Widget, can_focus=True):
    """Shows the chosen one of some options, and lists them on enter or a click.

    Args:
        options: label and value of each.
        value: the chosen value, one of them.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space", "choose", "Choose", show=False, id="field.choose"),
    ]

    DEFAULT_CSS = """
    Choice {
        height: 1;
        background: $foreground 6%;
        pointer: pointer;
        &:hover { background: $foreground 12%; }
        &:focus { background: $primary 40%; }
        &:ansi:focus { text-style: reverse; }
    }
    """

    ALLOW_SELECT = False

    value: reactive[str] = reactive("", init=False)
    """The chosen value."""

    @dataclass
    class Changed(Message):
        """Another option was chosen."""

        choice: Choice
        value: str

    def __init__(self, options: Sequence[tuple[str, str]], value: str) -> None:
        super().__init__()
        self.options = list(options)
        self.set_reactive(Choice.value, value)

    def render(self) -> Content:
        """The label of the chosen option, and a sign that there are others."""
        labels = {value: label for label, value in self.options}
        width = self.content_size.width
        label = fit(labels.get(self.value, self.value), width - 2)
        return Content(f"{label:<{max(width - 2, 0)}} ▾")

    def watch_value(self, value: str) -> None:
        """Tell the new value."""
        self.post_message(self.Changed(self, value))

    def on_click(self) -> None:
        """List the options."""
        self.action_choose()

    def action_choose(self) -> None:
        """List the options, and take the one that is selected."""
        values = [value for _, value in self.options]
        labels = [label for label, _ in self.options]
        current = values.index(self.value) if self.value in values else 0

        def take(index: int | None) -> None:
            if index is not None:
                self.value = values[index]

        self.app.push_screen(ChoiceList(labels, current, self.region), take)
