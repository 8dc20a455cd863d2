"""The keys of the moment in one line at the bottom of a screen."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from textual import events
from textual.binding import ActiveBinding
from textual.screen import Screen

from ..drawing.rows import Span
from ..terminal.thrift import ThriftyScreen
from .lines import Lines


class ShownKey(NamedTuple):
    """A key, and what it is for."""

    key: str
    display: str
    description: str
    tooltip: str
    enabled: bool

    @property
    def width(self) -> int:
        """Cells that it takes, with the blank after it."""
        return len(self.display) + len(self.description) + 2


class KeyLine(Lines):
    """What the keys do here and now, for the widget that has them; a click on a key presses it.

    Textual's Footer mounts a widget for each key anew whenever the focus moves, and lays the whole
    screen out three times for it: 60 ms of a core for each key pressed. This is one row of text.
    """

    ALLOW_SELECT = False

    DEFAULT_CSS = """
    KeyLine {
        dock: bottom;
        color: $footer-description-foreground;
        background: $footer-background;
        .lines--key { color: $footer-key-foreground; }
    }
    """

    def __init__(self) -> None:
        """Start empty; the first change of focus fills it.

        Args:
        """
        super().__init__()
        self._keys: list[ShownKey] = []

    def on_mount(self) -> None:
        """Follow the bindings of the screen."""
        self.screen.bindings_updated_signal.subscribe(self, self._bindings_changed)

    def on_resize(self) -> None:
        """Show as many keys as there is room for now."""
        self._show_keys()

    def _bindings_changed(self, screen: Screen) -> None:
        # A terminal window without the focus takes it from the widgets; the keys stay.
        if self.is_attached and self.app.app_focus and screen is self.screen:
            self._show_keys()

    def _show_keys(self) -> None:
        self._keys = self._fitting(self.size.width)
        row: list[Span] = []
        for key in self._keys:
            row.append(Span(key.display, "key" if key.enabled else "dim"))
            row.append(Span(f" {key.description} ", "" if key.enabled else "dim"))
        self.show(tuple(row))

    def _fitting(self, width: int) -> list[ShownKey]:
        """The keys to show, one for each action; the last two, to quit and for help, always."""
        keys: dict[str, ShownKey] = {}
        focused = self.screen.focused
        words = self.screen.words_now() if isinstance(self.screen, ThriftyScreen) else {}
        typing = focused is not None and focused.check_consume_key("a", "a")
        for _, binding, enabled, tooltip in self._own_first():
            # Textual does not know that a slash is a character, which goes into the field.
            if typing and binding.key == "slash":
                continue
            word = words.get(binding.action, binding.description)
            # Who types must see the way out, which no character is.
            shown = word and (binding.show or (typing and binding.key == "escape"))
            if shown and binding.action not in keys:
                # A binding names the first of its keys, a character here, which goes into the field, too.
                named = replace(binding, key_display=None) if typing else binding
                display = self.app.get_key_display(named)
                keys[binding.action] = ShownKey(binding.key, display, word, tooltip, enabled)
        shown = list(keys.values())
        while len(shown) > 2 and sum(key.width for key in shown) > width + 1:
            shown.pop(-3)
        return shown

    def _own_first(self) -> list[ActiveBinding]:
        """What can be pressed, of each widget first what it does not share with its base class."""
        active = list(self.screen.active_bindings.values())

        def place(binding: ActiveBinding) -> tuple[int, int, int]:
            depth, kinds = len(binding.node.ancestors_with_self), type(binding.node).__mro__
            for age, kind in enumerate(kinds):
                ids = [getattr(known, "id", None) for known in kind.__dict__.get("BINDINGS", ())]
                if binding.binding.id in ids:
                    return -depth, age, ids.index(binding.binding.id)
            return -depth, len(kinds), 0

        # The widget with the keys comes first, the application last.
        return sorted(active, key=place)

    def key_at(self, x: int) -> ShownKey | None:
        """The key that is shown at a column."""
        end = 0
        for key in self._keys:
            end += key.width
            if x < end:
                return key
        return None

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Say more about the key under the mouse."""
        key = self.key_at(event.x)
        self.tooltip = key.tooltip or None if key else None

    def on_click(self, event: events.Click) -> None:
        """Press the key that was clicked."""
        key = self.key_at(event.x)
        if key is not None and key.enabled:
            self.app.simulate_key(key.key)
        elif key is not None:
            self.app.bell()
