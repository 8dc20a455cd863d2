"""Sends only the cells that changed: a fraction of the bytes of Textual's own partial updates over SSH."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from functools import lru_cache

from rich.color import Color, ColorSystem
from rich.console import COLOR_SYSTEMS, Console, RenderableType
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.app import App
from textual.color import Color as ThemeColor
from textual.filter import LineFilter
from textual.reactive import Reactive
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget

from ...engine.escaping.plain_text import printable
from .ascii import in_ascii

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

BYTES_PER_SECOND = 2900.0
"""Bytes a second that a lab which is left alone sends: at most 3 KB with what no picture waits for."""

BURST = 3000.0
"""Bytes that may be sent at once: about one drawing of four pictures."""

SEEN_ON_BLANKS = frozenset({4, 5, 6, 7, 9})
"""Attributes that show on a blank."""

LEVELS = (0, 95, 135, 175, 215, 255)
"""Red, green and blue of xterm's colours 16 to 231; 232 to 255 are greys from 8 in steps of 10."""


@lru_cache(maxsize=1024)
def palette_number(red: int, green: int, blue: int) -> int | None:
    """The colour's number among xterm's 256: half the bytes of red, green and blue.

    The first 16 are left out, since users choose them. Blending rounds by one, which nobody sees.
    """
    places = [
        place
        for value in (red, green, blue)
        for place, level in enumerate(LEVELS)
        if abs(level - value) <= 1
    ]
    if len(places) == 3:
        return 16 + 36 * places[0] + 6 * places[1] + places[2]
    step = round((red - 8) / 10)
    grey = 8 + 10 * step
    if 0 <= step < 24 and all(abs(value - grey) <= 1 for value in (red, green, blue)):
        return 232 + step
    return None


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
        shown = colour.downgrade(self._system)
        if shown.triplet is not None and (number := palette_number(*shown.triplet)) is not None:
            return f"{38 if foreground else 48};5;{number}"
        return ";".join(shown.get_ansi_codes(foreground))


def move(before: tuple[int, int] | None, x: int, y: int) -> str:
    """The shortest escape that puts the cursor at a cell.

    Args:
        before: column and row where it is; None if that is unknown.
        x: column, from 0.
        y: row, from 0.
    """
    if before is None or before[1] != y or x < before[0]:
        return f"\x1b[{y + 1};{x + 1}H"
    return f"\x1b[{x - before[0]}C" if x > before[0] else ""


class Budget:
    """Bytes that pictures may send by themselves: a bucket that fills as they are sent, and leaks.

    Args:
        rate: bytes a second that leak.
        burst: bytes that may stand in it before anybody has to wait; no more than twice as many count, so
            that what the user asked for does not keep the pictures waiting for long.
    """

    def __init__(self, rate: float = BYTES_PER_SECOND, burst: float = BURST) -> None:
        self._rate, self._burst = rate, burst
        self._level = 0.0
        self._at = time.monotonic()

    def spend(self, count: int) -> None:
        """Some bytes have been sent."""
        self._leak()
        self._level = min(self._level + count, 2 * self._burst)

    @property
    def wait(self) -> float:
        """Seconds until the next picture may be drawn; 0 for at once."""
        self._leak()
        return max(self._level - self._burst, 0.0) / self._rate

    def _leak(self) -> None:
        now = time.monotonic()
        self._level = max(self._level - (now - self._at) * self._rate, 0.0)
        self._at = now


def harmless(strip: Strip) -> Strip:
    """The strip as wide as it is, without links, and with ? for what could command the terminal."""
    if all(text.isprintable() and not (style and style.link) for text, style, _ in strip):
        return strip
    segments = [
        Segment(
            "".join("?" if printable(c) != c else c for c in text), style and style.update_link()
        )
        for text, style, _ in strip
    ]
    return Strip(segments).adjust_cell_length(strip.cell_length)


class HarmlessLayout(LayoutUpdate):
    """An update of a whole region in which nothing commands the terminal."""

    def render_segments(self, console: Console) -> str:
        """The escape sequences and text of the region.

        Args:
            console: Console instance.
        """
        self.strips = [[harmless(strip) for strip in line] for line in self.strips]
        return super().render_segments(console)


class CroppedUpdate(ChopsUpdate):
    """An update whose spans are cut at both ends; Textual 8 sends a widget's row from its start."""

    budget: Budget | None = None
    """What the bytes are taken from."""

    def render_segments(self, console: Console) -> str:
        """The escape sequences and text of the changed spans.

        Args:
            console: Console instance.
        """
        system = COLOR_SYSTEMS.get(console.color_system or "", ColorSystem.TRUECOLOR)
        pen = Pen(system)
        parts: list[str] = []
        cursor: tuple[int, int] | None = None
        for y, x1, x2 in self.spans:
            for end, (x, strip) in zip(self.chop_ends[y], self.chops[y].items(), strict=False):
                first, last = max(x, x1), min(end, x2)
                if strip is not None and first < last:
                    parts.append(move(cursor, first, y))
                    cursor = last, y
                    cropped = harmless(strip).crop(first - x, last - x)
                    parts += [pen.write(text, style) for text, style, _ in cropped]
        text = "".join([*parts, pen.lift()])
        if self.budget:
            self.budget.spend(len(text.encode()))
        return text


class AsciiFilter(LineFilter):
    """Puts the signs of every line into ASCII."""

    def apply(self, segments: list[Segment], background: ThemeColor) -> list[Segment]:
        """The segments in ASCII, cell for cell."""
        return [Segment(in_ascii(text), style, control) for text, style, control in segments]


class ThriftyScreen(Screen[None]):
    """A screen that is not drawn anew as a whole, and sent, whenever the focus moves in it."""

    # The widgets that lose and get the focus refresh themselves.
    focused: Reactive[Widget | None] = Reactive(None, repaint=False)

    _told: Mapping[str, str] | None = None

    def words_now(self) -> Mapping[str, str]:
        """What actions are called in the present state, for the key line; "" where they do nothing."""
        return {}

    def update_keys(self) -> None:
        """Let the key line follow when other things can be done than before."""
        words = self.words_now()
        if words != self._told:
            self._told = words
            self.refresh_bindings()


class ThriftyApp(App):
    """An app that sends cropped updates, and counts what they take.

    Its class `-ascii` says that only ASCII may be drawn: signs are replaced on their way out, and what
    needs to know before it draws, such as lines made of dots, asks for it.

    Args:
        ascii_only: whether to draw with ASCII characters.
    """

    def __init__(self, *, ascii_only: bool = False) -> None:
        super().__init__()
        self.budget = Budget()
        self.set_class(ascii_only, "-ascii")
        self._ascii_filter = AsciiFilter(enabled=ascii_only)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Textual's own, and the one that puts signs into ASCII."""
        filters = super().get_line_filters()
        return [*filters, self._ascii_filter] if self._ascii_filter.enabled else filters

    def _display(self, screen: Screen, renderable: RenderableType | None) -> None:
        if isinstance(renderable, ChopsUpdate):
            renderable = CroppedUpdate(renderable.chops, renderable.spans, renderable.chop_ends)
            renderable.budget = self.budget
        elif isinstance(renderable, LayoutUpdate):
            renderable = HarmlessLayout(renderable.strips, renderable.region)
        super()._display(screen, renderable)
