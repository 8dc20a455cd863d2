"""One of the six places for a picture: it shows one of its views, as a line chart or a heatmap."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.message import Message
from textual.widget import Widget

from ..charts.beginning import picture
from ..charts.views import VIEWS, Shot, Spec, View
from ..drawing.chart_spec import ChartSpec
from ..drawing.heatmaps import HeatmapSpec
from ..drawing.text_page import TextPage
from .chart import Chart
from .heatmap import Heatmap
from .histogram import Histogram
from .panel import Panel


class Slot(Container):
    """A numbered place for a picture."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "scale", "Scale", show=False, tooltip="Linear, log, heatmap", id="panel.scale"),
        Binding(
            "v", "view(1)", "View", tooltip="What the panel shows: the next picture",
            id="panel.view",
        ),
        Binding(
            "V", "view(-1)", "View back", show=False, tooltip="The picture before",
            id="panel.view-back",
        ),
    ]  # fmt: skip

    DEFAULT_CSS = """
    Slot { height: 1fr; width: 1fr; }
    Slot > Panel { height: 1fr; width: 1fr; }
    """

    @dataclass
    class Turned(Message):
        """The user chose another view or form; panels of the same number follow."""

        slot: Slot

    def __init__(self, number: int) -> None:
        """Make the place.

        Args:
            number: 1 to 5.
        """
        super().__init__(id=f"slot-{number}")
        self.number = number
        self.index = 0
        """Which of the views is shown."""
        self.as_heatmap = False
        """Whether a view that has both forms is shown as a heatmap."""

    def compose(self) -> ComposeResult:
        """A widget for each form; one is on display."""
        if self.number != 4:
            yield Chart()
        if self.number in (3, 4):
            yield Heatmap()
        if self.number == 5:
            yield Histogram()

    def on_mount(self) -> None:
        """Show the first view, with nothing in it yet."""
        self._display(Heatmap if self.number == 4 else Histogram if self.number == 5 else Chart)

    @property
    def views(self) -> tuple[View, ...]:
        """What can be shown here."""
        return VIEWS[self.number]

    @property
    def view(self) -> View:
        """What is shown here."""
        return self.views[self.index]

    @property
    def panel(self) -> Panel:
        """The widget on display."""
        return next(panel for panel in self.query(Panel) if panel.display)

    def make(self, shot: Shot, *, alone: bool) -> Spec:
        """The picture of a run in the form that is chosen; before its first step, words.

        Args:
            shot: what the picture is made from.
            alone: whether no other panel is in sight.
        """
        if shot.beginning is not None and not len(shot.history.steps):
            page = picture(shot.beginning, self.number, alone=alone)
            if page is not None:
                return page
        heatmap = self.view.heatmap if self.as_heatmap else None
        spec = (heatmap or self.view.make)(shot)
        return replace(spec, empty="Reading the run...") if shot.reading else spec

    def show(self, spec: Spec) -> None:
        """Show a picture."""
        spec = replace(spec, title=f"{self.number} {spec.title}")
        if isinstance(spec, TextPage):
            self.panel.show_page(spec)
            return
        kind = {ChartSpec: Chart, HeatmapSpec: Heatmap}.get(type(spec), Histogram)
        panel = self._display(kind)
        panel.page = None
        panel.spec = spec  # type: ignore[attr-defined]

    def turn_like(self, other: Slot) -> None:
        """Take over another place's view, form and scale."""
        self.index, self.as_heatmap = other.index, other.as_heatmap
        for mine, theirs in zip(self.query(Chart), other.query(Chart), strict=True):
            mine.scale = theirs.scale

    def action_view(self, by: int) -> None:
        """Show the next view, or the one before."""
        self.index = (self.index + by) % len(self.views)
        for chart in self.query(Chart):
            chart.scale = None
            chart.cursor = None
        self.as_heatmap = False
        self.post_message(self.Turned(self))

    def action_scale(self) -> None:
        """Leave the heatmap for the linear chart; a chart's own key cycles its scales."""
        if self.as_heatmap:
            self.as_heatmap = False
            self.post_message(self.Turned(self))

    def on_chart_scale_changed(self, message: Chart.ScaleChanged) -> None:
        """After the log scale comes the heatmap, where there is one."""
        if message.scale == "linear" and self.view.heatmap:
            self.as_heatmap = True
        self.post_message(self.Turned(self))

    def _display(self, kind: type[Panel]) -> Panel:
        """Put one form on display; the keys stay with this place."""
        chosen = self.query_one(kind)
        if not chosen.display or sum(p.display for p in self.query(Panel)) > 1:
            focused = self.has_focus_within
            for panel in self.query(Panel):
                panel.display = panel is chosen
            if focused:
                chosen.focus(scroll_visible=False)
        return chosen


def slot_of(widget: Widget | None) -> Slot | None:
    """The place that a widget is in."""
    if widget is None:
        return None
    return next((node for node in widget.ancestors_with_self if isinstance(node, Slot)), None)
