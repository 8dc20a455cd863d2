"""What every picture of the lab has in common: a title row, a cursor, and thrift with the terminal."""

from __future__ import annotations

import time
from typing import ClassVar

from textual import events
from textual.geometry import Region, Size
from textual.strip import Strip

from ..drawing.rows import Row, Span, fit, merged
from ..drawing.text_page import TextPage, render_text
from .drawn import Drawn


class Panel(Drawn, can_focus=True):
    """Rows of styled text under a title, of which only the cells that changed are sent.

    A subclass says what is in it with `draw` and `heading` and calls `redraw` when that changed.
    Nothing is drawn while the panel is out of sight.
    """

    ALLOW_MAXIMIZE = True
    PREFIX = "panel"

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "panel--title", "panel--rule", "panel--focused-title", "panel--focused-rule",
        "panel--axis", "panel--guide", "panel--mark", "panel--cursor", "panel--bad", "panel--dim",
        *(f"panel--line-{i}" for i in range(1, 9)),
        *(f"panel--heat-{i}" for i in range(12)),
    }  # fmt: skip
    """
    | Class | Description |
    | :- | :- |
    | `panel--title` | The title. |
    | `panel--rule` | The rule that the title stands on. |
    | `panel--focused-title`, `panel--focused-rule` | The same while the panel has the keys. |
    | `panel--axis` | Axes, ticks, and sentences where there is nothing to draw. |
    | `panel--guide` | Values to compare with. |
    | `panel--mark` | Events. |
    | `panel--cursor` | The inspection cursor. |
    | `panel--bad` | Values that are not finite, or zero on a log axis, and layers with a finding. |
    | `panel--dim` | Lines that are context. |
    | `panel--line-1` to `panel--line-8` | Lines, in colours near those of Okabe and Ito (2008). |
    | `panel--heat-0` to `panel--heat-11` | Levels of a heatmap, from small to large. |
    """

    DEFAULT_CSS = """
    Panel {
        padding: 0 1 0 0;
        min-width: 1;
        min-height: 1;
        .panel--title { color: $foreground; text-style: bold; }
        .panel--rule { color: #4e4e4e; }
        .panel--axis { color: #808080; }
        .panel--guide { color: #808080; }
        .panel--mark { color: #ffaf00; }
        .panel--cursor { color: $foreground; text-style: bold; }
        .panel--bad { color: $error; text-style: bold; }
        .panel--dim { color: #585858; }
        .panel--line-1 { color: #5fafd7; }
        .panel--line-2 { color: #ffaf00; }
        .panel--line-3 { color: #00af87; }
        .panel--line-4 { color: #d787af; }
        .panel--line-5 { color: #f0e442; }
        .panel--line-6 { color: #d75f00; }
        .panel--line-7 { color: #7d9bff; }
        .panel--line-8 { color: $foreground; }
        .panel--heat-0 { color: #5f5faf; }
        .panel--heat-1 { color: #5f5fd7; }
        .panel--heat-2 { color: #0087d7; }
        .panel--heat-3 { color: #0087af; }
        .panel--heat-4 { color: #008787; }
        .panel--heat-5 { color: #00afaf; }
        .panel--heat-6 { color: #00af87; }
        .panel--heat-7 { color: #00af5f; }
        .panel--heat-8 { color: #5faf5f; }
        .panel--heat-9 { color: #87d75f; }
        .panel--heat-10 { color: #afd700; }
        .panel--heat-11 { color: #ffd700; }
        .panel--focused-rule { color: $primary; }
        .panel--focused-title { color: $primary; text-style: bold; }
    }
    Panel:light {
        .panel--rule { color: $foreground 30%; }
        .panel--axis { color: $foreground 75%; }
        .panel--guide { color: $foreground 75%; }
        .panel--dim { color: $foreground 35%; }
        .panel--mark { color: #a86500; }
        .panel--line-1 { color: #0072b2; }
        .panel--line-2 { color: #b35c00; }
        .panel--line-3 { color: #007a58; }
        .panel--line-4 { color: #a3477a; }
        .panel--line-5 { color: #857700; }
        .panel--line-6 { color: #b03a00; }
        .panel--line-7 { color: #3f51c7; }
        .panel--heat-0 { color: #c9c94a; }
        .panel--heat-1 { color: #a3bf3c; }
        .panel--heat-2 { color: #7db442; }
        .panel--heat-3 { color: #58a84e; }
        .panel--heat-4 { color: #399a5b; }
        .panel--heat-5 { color: #238b66; }
        .panel--heat-6 { color: #1d7b6e; }
        .panel--heat-7 { color: #226b75; }
        .panel--heat-8 { color: #2b5a7a; }
        .panel--heat-9 { color: #34477c; }
        .panel--heat-10 { color: #3c3279; }
        .panel--heat-11 { color: #401a6b; }
    }
    Panel:ansi {
        .panel--rule, .panel--guide, .panel--dim { color: ansi_bright_black; }
        .panel--axis { color: ansi_default; }
        .panel--mark, .panel--line-2 { color: ansi_yellow; }
        .panel--line-1 { color: ansi_bright_blue; }
        .panel--line-3 { color: ansi_green; }
        .panel--line-4 { color: ansi_magenta; }
        .panel--line-5 { color: ansi_bright_yellow; }
        .panel--line-6 { color: ansi_red; }
        .panel--line-7 { color: ansi_cyan; }
        .panel--heat-0, .panel--heat-1, .panel--heat-2 { color: ansi_bright_blue; }
        .panel--heat-3, .panel--heat-4, .panel--heat-5 { color: ansi_cyan; }
        .panel--heat-6, .panel--heat-7, .panel--heat-8 { color: ansi_green; }
        .panel--heat-9, .panel--heat-10, .panel--heat-11 { color: ansi_yellow; }
    }
    """

    build_seconds = 0.0
    """Time that the last drawing took; a screen paces itself by it."""

    cells_sent = 0
    """Cells that drawings have changed so far, repaints of the whole panel left out."""

    page: TextPage | None = None
    """Words that are shown in the place of the picture."""

    _drawn_size = Size(0, 0)
    _stale = True

    @property
    def ascii_only(self) -> bool:
        """Whether the picture shall be made for ASCII; other signs are replaced on their way out."""
        return self.app.has_class("-ascii")

    def draw(self, width: int, height: int) -> list[Row]:
        """The picture under the title: `height` rows of `width` cells."""
        raise NotImplementedError

    def heading(self) -> tuple[str, Row]:
        """The title, and spans for the right end of its row (a legend, or values at the cursor)."""
        raise NotImplementedError

    def show_page(self, page: TextPage) -> None:
        """Show words in the place of the picture, until that is drawn again."""
        if page != self.page:
            self.page = page
            self.redraw()

    def redraw(self) -> None:
        """Draw anew if in sight, and send the cells that changed; else when next in sight."""
        if not (self.is_mounted and self.screen.is_current and self.is_on_screen):
            if not self._stale:
                self._stale = True
                self.refresh()
            return
        if self._drawn_size != self.content_size:
            self.refresh()
            return
        before = self._rows
        self._build()
        self.cells_sent += self.send_changes(before)

    def render_lines(self, crop: Region) -> list[Strip]:
        """Draw first what was put off while the panel was out of sight or had another size."""
        if self._stale or self._drawn_size != self.content_size:
            self._build()
        return super().render_lines(crop)

    def on_focus(self, event: events.Focus) -> None:
        """Take the keys without what Textual does then: repaint every row and apply the CSS anew."""
        event.prevent_default()
        self.has_focus = True
        if self.parent is not None:
            self.parent.post_message(events.DescendantFocus(self))

    def on_blur(self, event: events.Blur) -> None:
        """Give the keys away, as sparingly."""
        event.prevent_default()
        self.has_focus = False
        if self.parent is not None:
            self.parent.post_message(events.DescendantBlur(self))

    def watch_has_focus(self, _has_focus: bool) -> None:
        """Show by shape, not by colour alone, which panel has the keys."""
        height, width = self._drawn_size.height, self._drawn_size.width
        if self._stale or self._drawn_size != self.content_size or height < 3:
            self.redraw()
            return
        # Only the title tells who has the keys; the picture below it costs far more to build.
        self._rows[0] = self._title_row(width)
        self.refresh(Region(0, 0, width, 1))

    def _build(self) -> None:
        start = time.perf_counter()
        width, height = self._drawn_size = self.content_size
        self._stale = False
        if width < 1 or height < 1:
            self._rows = []
            return
        # Below three rows the picture is worth more than its title.
        self._rows = [self._title_row(width)] if height >= 3 else []
        room = height - len(self._rows)
        self._rows += render_text(self.page, width, room) if self.page else self.draw(width, room)
        self.build_seconds = time.perf_counter() - start

    def _title_row(self, width: int) -> Row:
        rule = "═" if self.has_focus else "─"
        title, right = (self.page.title, ()) if self.page else self.heading()
        room = width - sum(len(span.text) for span in right)
        if room < 12:
            right, room = (), width
        title = fit(title, max(room - 4, 0))
        state = "focused-" if self.has_focus else ""
        line, name = f"{state}rule", f"{state}title"
        left = [Span(rule, line), Span(f" {title} ", name)] if title else []
        used = sum(len(span.text) for span in left)
        spans = [*left, Span(rule * (room - used), line), *right]
        return merged([(c, span.style) for span in spans for c in span.text][:width])
