"""What pictures over steps have in common: a window that keys and the wheel move and widen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.reactive import reactive

from ..drawing.zoom import Window, panned, zoomed
from .panel import Panel

CLOSER = 0.5
"""What one press leaves of the window's length; a notch of the wheel leaves the root of it."""


class Zoomable(Panel):
    """A picture of which a part of the x axis can be shown."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("plus,equals_sign", f"zoom({CLOSER})", "Zoom in", show=False, id="zoom.in",
                key_display="+", tooltip="See fewer steps; the wheel does it, too"),
        Binding("minus", f"zoom({1 / CLOSER})", "Zoom out", show=False, id="zoom.out",
                key_display="-", tooltip="See more steps"),
        Binding("greater_than_sign,full_stop", "pan(0.5)", "Later steps", show=False, id="zoom.later",
                key_display=">"),
        Binding("less_than_sign,comma", "pan(-0.5)", "Earlier steps", show=False, id="zoom.earlier",
                key_display="<"),
        Binding("0", "whole", "All steps", show=False, id="zoom.whole"),
    ]  # fmt: skip

    window: reactive[Window | None] = reactive(None, repaint=False, init=False)
    """What is in sight; None for all."""

    @dataclass
    class Zoomed(Message):
        """The user chose another window, None for all."""

        panel: Zoomable
        window: Window | None

        @property
        def control(self) -> Zoomable:
            """The picture, for `on` selectors."""
            return self.panel

    @property
    def extent(self) -> Window | None:
        """The ends of what could be in sight; None if there is nothing to zoom."""
        raise NotImplementedError

    def position_at(self, column: int) -> float | None:
        """The position on the x axis under a column; None if nothing is drawn."""
        raise NotImplementedError

    @property
    def inspected(self) -> float | None:
        """The position under the cursor, which zooming keeps in sight."""
        raise NotImplementedError

    def watch_window(self, window: Window | None) -> None:
        """Draw another part, and tell whoever follows it."""
        self.redraw()
        self.post_message(self.Zoomed(self, window))

    def action_zoom(self, factor: float) -> None:
        """See fewer steps or more, around the cursor or the newest one."""
        self._zoom(factor, self.inspected)

    def _zoom(self, factor: float, at: float | None) -> None:
        whole = self.extent
        if whole is not None:
            self.window = zoomed(self.window, whole, factor, whole[1] if at is None else at)

    def action_pan(self, share: float) -> None:
        """See earlier or later steps."""
        if (whole := self.extent) is not None:
            self.window = panned(self.window, whole, share)

    def action_whole(self) -> None:
        """See all steps again."""
        self.window = None

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """See fewer steps around the pointer; with shift, earlier ones."""
        self._wheel(event, CLOSER**0.5, -0.1)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """See more steps around the pointer; with shift, later ones."""
        self._wheel(event, CLOSER**-0.5, 0.1)

    def _wheel(self, event: events.MouseEvent, factor: float, share: float) -> None:
        if self.extent is None:
            return
        event.stop()
        if event.shift:
            self.action_pan(share)
        elif (offset := event.get_content_offset(self)) is not None:
            self._zoom(factor, self.position_at(offset.x))
