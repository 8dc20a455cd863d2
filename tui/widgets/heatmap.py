"""A heatmap of norms, layers by steps, that draws itself anew only where it changed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.reactive import reactive

from ..drawing.heatmaps import (
    ASCII_SHADES,
    HeatLayout,
    HeatmapSpec,
    cursor_spans,
    heat_layout,
    heat_readout,
    legend,
    render_heatmap,
)
from ..drawing.rows import Row
from ..drawing.zoom import Window, cut_heatmap
from .zoomable import Zoomable


class Heatmap(Zoomable):
    """Norms of every layer at every step, the top layer on top, with a cursor that reads exact values."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "cursor(0, -1)", "Inspect left", show=False, id="heatmap.left"),
        Binding("right", "cursor(0, 1)", "Inspect right", show=False, id="heatmap.right"),
        Binding("up", "cursor(1, 0)", "Inspect up", show=False, id="heatmap.up"),
        Binding("down", "cursor(-1, 0)", "Inspect down", show=False, id="heatmap.down"),
        Binding(
            "shift+left,pageup",
            "cursor(0, -10)",
            "Inspect far left",
            show=False,
            id="heatmap.far-left",
        ),
        Binding(
            "shift+right,pagedown",
            "cursor(0, 10)",
            "Inspect far right",
            show=False,
            id="heatmap.far-right",
        ),
    ]

    spec: reactive[HeatmapSpec] = reactive(
        HeatmapSpec, repaint=False, init=False, always_update=True
    )
    """What is shown; its `cursor` and `shades` give way to the widget's own."""
    cursor: reactive[tuple[int, float] | None] = reactive(None, repaint=False, init=False)
    """The inspected (layer index, step), or None."""

    @dataclass
    class CursorMoved(Message):
        """The inspection cursor was moved to a record, or taken away (cursor is None)."""

        heatmap: Heatmap
        cursor: tuple[int, float] | None

        @property
        def control(self) -> Heatmap:
            """The heatmap, for `on` selectors."""
            return self.heatmap

    @property
    def shown(self) -> HeatmapSpec:
        """The spec as it is drawn, with the widget's window, cursor and shades."""
        spec = cut_heatmap(self.spec, self.window) if self.window else self.spec
        shades = ASCII_SHADES if self.ascii_only else self.spec.shades
        return replace(spec, cursor=self.cursor, shades=shades)

    @property
    def extent(self) -> Window | None:
        """First and last step."""
        x = self.spec.x
        return (float(x[0]), float(x[-1])) if len(x) > 1 else None

    def position_at(self, column: int) -> float | None:
        """The step under a column."""
        place = self._place()
        return place.step(column) if place else None

    @property
    def inspected(self) -> float | None:
        """The step under the cursor."""
        return self.cursor[1] if self.cursor else None

    def draw(self, width: int, height: int) -> list[Row]:
        """The heatmap in rows."""
        return render_heatmap(self.shown, width, height)

    def heading(self) -> tuple[str, Row]:
        """The title, and the value under the cursor or the scale of levels."""
        spec = self.spec
        if not len(spec.x):
            return spec.title, ()
        if self.cursor is not None and self.cursor[0] < len(spec.layers):
            return spec.title, cursor_spans(spec, *self.cursor)
        return spec.title, legend(self.shown)

    def watch_spec(self) -> None:
        """Draw the new data."""
        self.redraw()

    def watch_cursor(self, cursor: tuple[int, float] | None) -> None:
        """Show the cursor, and tell whoever follows it."""
        self.redraw()
        self.post_message(self.CursorMoved(self, cursor))

    def action_cursor(self, layers: int, columns: int) -> None:
        """Move the cursor by layers and by columns; it starts at the newest step of the top layer."""
        spec, place = self.spec, self._place()
        if place is None:
            return
        if self.cursor is None:
            self.cursor = (len(spec.layers) - 1, float(spec.x[-1]))
            return
        layer, step = self.cursor
        index = int(np.abs(spec.x - step).argmin())
        stride = max(1, round(len(spec.x) / place.columns))
        index = min(max(index + columns * stride, 0), len(spec.x) - 1)
        self.cursor = (min(max(layer + layers, 0), len(spec.layers) - 1), float(spec.x[index]))

    def on_click(self, event: events.Click) -> None:
        """Put the cursor on the cell that was clicked."""
        offset, place = event.get_content_offset(self), self._place()
        if offset is None or place is None:
            return
        row = min(max(offset.y - (self.content_size.height >= 3), 0), place.height - 1)
        layer = place.layers_in(row)[-1]
        self.cursor = (layer, heat_readout(self.spec, layer, place.step(offset.x))[0])

    def _place(self) -> HeatLayout | None:
        height = self.content_size.height
        return heat_layout(
            self.shown, self.content_size.width, height - 1 if height >= 3 else height
        )
