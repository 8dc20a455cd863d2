"""The list of presets, found by typing words."""

from __future__ import annotations

from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from ...engine.preset.load import PresetEntry, available

START = (
    "vanishing-sigmoid",
    "vanishing-cured",
    "explode-learning-rate",
    "dying-relu",
    "rnn-exploding",
    "moons-overfit",
)
"""Presets to start with, in the order in which they are best tried."""


class FilterInput(Input):
    """Takes words; a slash, the key that leads to filters, is no word."""

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Leave the slash to the screen."""
        return key != "slash" and super().check_consume_key(key, character)


class PresetList(ModalScreen[str | None]):
    """Every preset with its title, tags, origin and purpose; dismisses with the name of one, or None.

    Args:
        current: the name that is highlighted at first.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Back", id="presets.back"),
        Binding("slash", "filter", "Filter", priority=True, id="presets.filter"),
        Binding("down", "move(1)", "Down", show=False, id="presets.down"),
        Binding("up", "move(-1)", "Up", show=False, id="presets.up"),
        Binding("pagedown", "move(8)", "Page down", show=False, id="presets.page-down"),
        Binding("pageup", "move(-8)", "Page up", show=False, id="presets.page-up"),
    ]

    DEFAULT_CSS = """
    PresetList {
        align: center middle;
        & > Vertical {
            width: 100; max-width: 100%; height: 90%; padding: 0 1;
            border: round $border; background: $surface;
        }
        Input { background: $foreground 8%; margin: 0 0 1 0; }
        OptionList {
            height: 1fr; border: none; padding: 0; background: transparent;
            text-wrap: nowrap; text-overflow: ellipsis;
        }
        .note { height: 3; color: $foreground 75%; border-top: solid $foreground 20%; }
    }
    """

    class Loaded(Message):
        """The presets were read from disk."""

        def __init__(self, entries: list[PresetEntry]) -> None:
            super().__init__()
            self.entries = entries

    def __init__(self, current: str = "") -> None:
        super().__init__()
        self._current = current
        self._entries: list[PresetEntry] | None = None

    def compose(self) -> ComposeResult:
        """The filter, the list, and what the highlighted preset is about."""
        with Vertical() as frame:
            frame.border_title = "Presets"
            frame.border_subtitle = "enter open  esc back"
            yield FilterInput(placeholder="filter by name, title, tag or origin", compact=True)
            yield OptionList(compact=True)
            yield Static("reading…", classes="note", markup=False)

    def on_mount(self) -> None:
        """Read the presets, away from the screen's thread."""
        self.query_one(OptionList).can_focus = False
        self._read()

    @work(thread=True, exclusive=True)
    def _read(self) -> None:
        self.post_message(self.Loaded(available()))

    @on(Loaded)
    def _loaded(self, message: Loaded) -> None:
        self._entries = message.entries
        self._fill("")

    @on(Input.Changed)
    def _typed(self, message: Input.Changed) -> None:
        self._fill(message.value)

    def _fill(self, words: str) -> None:
        if self._entries is None:
            return
        listing = self.query_one(OptionList)
        kept = [entry for entry in self._entries if matches(entry, words)]
        listing.clear_options()
        names: list[str | None] = [None]
        for group, entries in grouped(kept):
            heading = Content.styled(f"── {group} ", "bold $primary")
            listing.add_options([
                Option(heading, disabled=True),
                *(Option(described(entry), entry.name) for entry in entries),
            ])  # fmt: skip
            names += [*(entry.name for entry in entries), None]
        self.query_one(Vertical).border_title = f"Presets  {len(kept)} of {len(self._entries)}"
        if kept:
            listing.highlighted = names.index(self._current) if self._current in names else 1
        else:
            self.query_one(".note", Static).update(Content("No preset has all these words."))

    @on(OptionList.OptionHighlighted)
    def _highlighted(self, message: OptionList.OptionHighlighted) -> None:
        self._current = str(message.option_id)
        entry = next(entry for entry in self._entries or [] if entry.name == self._current)
        about = entry.error or entry.about or entry.title
        self.query_one(".note", Static).update(Content(" ".join(about.split())))

    @on(OptionList.OptionSelected)
    def _selected(self, message: OptionList.OptionSelected) -> None:
        self.dismiss(str(message.option_id))

    @on(Input.Submitted)
    def _submitted(self) -> None:
        option = self.query_one(OptionList).highlighted_option
        if option is not None:
            self.dismiss(str(option.id))

    def action_move(self, by: int) -> None:
        """Move the highlight, while the keys go to the filter."""
        listing = self.query_one(OptionList)
        places = [i for i, option in enumerate(listing.options) if not option.disabled]
        if listing.highlighted in places:
            at = places.index(listing.highlighted) + by
            listing.highlighted = places[min(max(at, 0), len(places) - 1)]

    def action_filter(self) -> None:
        """Start a new filter."""
        field = self.query_one(FilterInput)
        field.value = ""
        field.focus()

    def action_back(self) -> None:
        """Clear the filter, or leave without a choice."""
        field = self.query_one(FilterInput)
        if field.value:
            field.value = ""
        else:
            self.dismiss(None)


def matches(entry: PresetEntry, words: str) -> bool:
    """Whether each of the words is somewhere in what the list says of a preset."""
    words_of = (*entry.tags, *entry.groups, *entry.experiments)
    text = " ".join((entry.name, entry.title, entry.about, entry.origin, *words_of)).lower()
    return all(word in text for word in words.lower().split())


def described(entry: PresetEntry) -> Content:
    """A preset in two lines: name and title; origin, tags and purpose."""
    head = Content.styled(entry.name, "bold")
    if entry.error is not None:
        broken = Content.styled("  ! broken", "$text-error")
        return head + broken + Content(f"\n  {entry.error.splitlines()[0]}")
    below = "  ".join(part for part in (entry.origin, " ".join(entry.tags), entry.about) if part)
    return (
        head
        + Content(f"  {entry.title}\n  ")
        + Content.styled(" ".join(below.split("\n")), "$foreground 75%")
    )


def grouped(entries: list[PresetEntry]) -> list[tuple[str, list[PresetEntry]]]:
    """Presets under headings: those to start with, the user's own, then the comparisons by name."""
    first = {entry.name: entry for entry in entries if entry.origin == "bundled"}
    start = [first.pop(name) for name in START if name in first]
    groups = {"Start here": start}
    groups["Your own"] = [entry for entry in entries if entry.origin != "bundled"]
    for entry in sorted(first.values(), key=lambda entry: (entry.groups or ("~",))[0]):
        title = entry.groups[0].replace("-", " ").capitalize() if entry.groups else "Others"
        groups.setdefault(title, []).append(entry)
    return [(title, members) for title, members in groups.items() if members]
