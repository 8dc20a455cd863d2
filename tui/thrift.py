"""Sends only the cells that changed: a fraction of the bytes of Textual's own partial updates over SSH."""

from __future__ import annotations

from rich.color import Color, ColorSystem
from rich.console import COLOR_SYSTEMS, Console, RenderableType
from rich.control import Control
from rich.style import Style
from textual._compositor import ChopsUpdate
from textual.app import App
from textual.reactive import Reactive
from textual.screen import Screen
from textual.widget import Widget

ATTRIBUTES = (
    "bold",
    "dim",
    "italic",
    "underline",
    "blink",
    "blink2",
    "reverse",
    "conceal",
    "strike",
)
CODES = (1, 2, 3, 4, 5, 6, 7, 8, 9)
ENDS = {1: 22, 2: 22, 3: 23, 4: 24, 5: 25, 6: 25, 7: 27, 8: 28, 9: 29}
"""The code that ends each attribute; bold and dim end together."""

SEEN_ON_BLANKS = frozenset({4, 5, 6, 7, 9})
"""Attributes that show on a blank."""


class Pen:
    """Writes styled text with escapes only for what differs from the text before it.

    Args:
        system: colours the terminal knows.
    """

    def __init__(self, system: ColorSystem) -> None:
        self._system = system
        self._attributes: frozenset[int] = frozenset()
        self._colours: tuple[str, str] = ("", "")

    def write(self, text: str, style: Style | None) -> str:
        """The text with the escapes that its style needs now."""
        style = style or Style.null()
        if style.link:
            link = style.render(text, color_system=self._system)
            return self.lift() + link
        attributes = frozenset(
            c for a, c in zip(ATTRIBUTES, CODES, strict=True) if getattr(style, a)
        )
        colours = self._colour(style.color, True), self._colour(style.bgcolor, False)
        if text.isspace() and not SEEN_ON_BLANKS & (attributes | self._attributes):
            # A blank shows its background only; the rest may stay as it is.
            attributes, colours = self._attributes, (self._colours[0], colours[1])
        ends = {ENDS[code] for code in self._attributes - attributes}
        kept = {code for code in self._attributes & attributes if ENDS[code] not in ends}
        codes = [str(code) for code in [*sorted(ends), *sorted(attributes - kept)]]
        for old, new, default in zip(self._colours, colours, ("39", "49"), strict=True):
            if new != old:
                codes.append(new or default)
        self._attributes, self._colours = attributes, colours
        return f"\x1b[{';'.join(codes)}m{text}" if codes else text

    def lift(self) -> str:
        """The escape that ends all styles, if any is on."""
        on = self._attributes or any(self._colours)
        self._attributes, self._colours = frozenset(), ("", "")
        return "\x1b[0m" if on else ""

    def _colour(self, colour: Color | None, foreground: bool) -> str:
        if colour is None:
            return ""
        return ";".join(colour.downgrade(self._system).get_ansi_codes(foreground))


class CroppedUpdate(ChopsUpdate):
    """An update whose spans are cut at both ends; Textual 8 sends a widget's row from its start."""

    def render_segments(self, console: Console) -> str:
        """The escape sequences and text of the changed spans.

        Args:
            console: Console instance.
        """
        system = COLOR_SYSTEMS.get(console.color_system or "", ColorSystem.TRUECOLOR)
        pen = Pen(system)
        parts: list[str] = []
        for y, x1, x2 in self.spans:
            for end, (x, strip) in zip(self.chop_ends[y], self.chops[y].items(), strict=False):
                first, last = max(x, x1), min(end, x2)
                if strip is not None and first < last:
                    parts.append(Control.move_to(first, y).segment.text)
                    parts += [
                        pen.write(text, style) for text, style, _ in strip.crop(first - x, last - x)
                    ]
        return "".join([*parts, pen.lift()])


class ThriftyScreen(Screen[None]):
    """A screen that is not drawn anew as a whole, and sent, whenever the focus moves in it."""

    # The widgets that lose and get the focus refresh themselves.
    focused: Reactive[Widget | None] = Reactive(None, repaint=False)


class ThriftyApp(App):
    """An app that sends cropped updates."""

    def _display(self, screen: Screen, renderable: RenderableType | None) -> None:
        if isinstance(renderable, ChopsUpdate):
            renderable = CroppedUpdate(renderable.chops, renderable.spans, renderable.chop_ends)
        super()._display(screen, renderable)
