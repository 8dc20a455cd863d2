"""A line chart that draws itself anew only where it changed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Literal

import numpy as np
from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.reactive import reactive

from ..drawing.chart_layout import layout
from ..drawing.chart_spec import ChartSpec, positions, readout
from ..drawing.charts import render
from ..drawing.rows import Row, Span, fit
from ..drawing.zoom import Window, cut_chart
from .zoomable import Zoomable

Scale = Literal["linear", "full", "log"]
"""How the y axis runs: over the data, over all values there can be, or by decades."""


ZOOMED = ("step", "epoch", "example", "second")
"""Names of x axes along which a training goes on."""


class Chart(Zoomable):
    """Lines over steps, layers or values, with a cursor that reads exact values."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "cursor(-1)", "Inspect left", show=False, id="chart.left"),
        Binding("right", "cursor(1)", "Inspect right", show=False, id="chart.right"),
        Binding(
            "shift+left,pageup", "cursor(-10)", "Inspect far left", show=False, id="chart.far-left"
        ),
        Binding(
            "shift+right,pagedown",
            "cursor(10)",
            "Inspect far right",
            show=False,
            id="chart.far-right",
        ),
        Binding("home", "cursor_end(0)", "Inspect first", show=False, id="chart.first"),
        Binding("end", "cursor_end(-1)", "Inspect last", show=False, id="chart.last"),
        Binding(
            "y",
            "cycle_scale",
            "Scale",
            tooltip="Linear, whole range or log y axis",
            id="chart.scale",
        ),
    ]

    spec: reactive[ChartSpec] = reactive(ChartSpec, repaint=False, init=False, always_update=True)
    """What is shown; its `cursor`, `log` and `glyphs` give way to the widget's own."""
    scale: reactive[Scale | None] = reactive(None, repaint=False, init=False)
    """The y scale; None leaves it to the spec."""
    cursor: reactive[float | None] = reactive(None, repaint=False, init=False)
    """The inspected position on the x axis, or None."""

    @dataclass
    class CursorMoved(Message):
        """The inspection cursor was moved to a record, or taken away (x is None)."""

        chart: Chart
        x: float | None

        @property
        def control(self) -> Chart:
            """The chart, for `on` selectors."""
            return self.chart

    @dataclass
    class ScaleChanged(Message):
        """The user chose a y scale."""

        chart: Chart
        scale: Scale

        @property
        def control(self) -> Chart:
            """The chart, for `on` selectors."""
            return self.chart

    @property
    def shown(self) -> ChartSpec:
        """The spec as it is drawn, with the widget's window, scale, cursor and glyphs."""
        spec, window = self.spec, self.window
        return replace(
            cut_chart(spec, window) if window and spec.x_label in ZOOMED else spec,
            log=self.spec.log if self.scale is None else self.scale == "log",
            y_limits=self.spec.whole if self.scale == "full" else self.spec.y_limits,
            cursor=self.cursor,
            glyphs="ascii" if self.ascii_only else self.spec.glyphs,
        )

    @property
    def extent(self) -> Window | None:
        """First and last position of a training's chart."""
        places = positions(self.spec) if self.spec.x_label in ZOOMED else ()
        return (float(places[0]), float(places[-1])) if len(places) > 1 else None

    def position_at(self, column: int) -> float | None:
        """The position on the x axis under a column."""
        place = layout(self.shown, self.content_size.width, self._plot_height)
        return place.position(column) if place else None

    @property
    def inspected(self) -> float | None:
        """The position under the cursor."""
        return self.cursor

    def draw(self, width: int, height: int) -> list[Row]:
        """The chart in rows."""
        return render(self.shown, width, height)

    def heading(self) -> tuple[str, Row]:
        """The title with its scale, and the values under the cursor."""
        spec = self.shown
        names = [name for name in (spec.y_label, "log" if spec.log else "") if name]
        title = f"{spec.title}  {', '.join(names)}" if names else spec.title
        if self.cursor is None:
            return title, ()
        x, values = readout(spec, self.cursor)
        number = f"{x:.6g}"
        name = number if spec.x_label in ZOOMED else dict(spec.x_ticks).get(x, number)
        spans = [Span(f" {spec.x_label} {name}", "cursor")]
        spans += [Span(f"  {fit(label, 24)} {value:.5g}", style) for label, value, style in values]
        # Further values than fit are cut from the end, and the title gives way to them.
        room = max(self.content_size.width - 14, 12)
        while len(spans) > 1 and sum(len(span.text) for span in spans) > room:
            spans.pop()
        return title, tuple(spans)

    def watch_spec(self) -> None:
        """Draw the new data."""
        self.redraw()

    def watch_scale(self) -> None:
        """Draw on the other scale."""
        self.redraw()

    def watch_cursor(self, cursor: float | None) -> None:
        """Show the cursor, and tell whoever follows it."""
        self.redraw()
        self.post_message(self.CursorMoved(self, cursor))

    def action_cycle_scale(self) -> None:
        """Go from a linear y axis to the whole range, where that is known, to a log one, and back."""
        if self.shown.log:
            self.scale = "linear"
        else:
            self.scale = "full" if self.spec.whole and self.scale != "full" else "log"
        self.post_message(self.ScaleChanged(self, self.scale))

    def action_cursor(self, columns: int) -> None:
        """Move the cursor over the records by columns of the plot; it starts at the newest one."""
        places = positions(self.spec)
        place = layout(self.shown, self.content_size.width, self._plot_height)
        if not len(places) or place is None:
            return
        if self.cursor is None:
            self.cursor = float(places[-1])
            return
        index = int(np.abs(places - self.cursor).argmin())
        in_view = np.count_nonzero((places >= place.x.low) & (places <= place.x.high))
        stride = max(1, round(in_view / place.columns))
        target = min(max(index + columns * stride, 0), len(places) - 1)
        self.cursor = float(places[target])

    def action_cursor_end(self, index: int) -> None:
        """Move the cursor to the first (0) or the newest (-1) record."""
        places = positions(self.spec)
        if len(places):
            self.cursor = float(places[index])

    def on_click(self, event: events.Click) -> None:
        """Put the cursor on the record that was clicked."""
        offset = event.get_content_offset(self)
        place = layout(self.shown, self.content_size.width, self._plot_height)
        if offset is not None and place is not None:
            self.cursor = readout(self.spec, place.position(offset.x))[0]

    @property
    def _plot_height(self) -> int:
        height = self.content_size.height
        return height - 1 if height >= 3 else height
