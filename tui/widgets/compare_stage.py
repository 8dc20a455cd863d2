"""The panels of a comparison: curves and profiles on shared axes, a map of ratios, a table of results."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from textual import events
from textual.app import ComposeResult
from textual.containers import Container, Vertical

from ...engine.comparison.curves import XAxis
from ...engine.comparison.depth import common_step
from ...engine.comparison.document import position
from ...engine.comparison.opened import Opened
from ..charts.overlays import (
    AXIS_NAMES,
    available_axes,
    available_curves,
    curve_overlay,
    profile_overlay,
    ratio_map,
    step_at,
    time_overlay,
    weight_overlay,
)
from ..charts.smoothing import SMOOTHINGS, next_smoothing
from ..drawing.rows import Row, Span
from ..tables.comparison_rows import damage_rows, difference_rows, finding_rows, result_rows
from .arrangement import NARROW
from .chart import Chart
from .heatmap import Heatmap
from .lines import Lines
from .panel import Panel
from .ratio import RatioMap
from .sheet import Sheet
from .zoomable import Zoomable

NAMES = {1: "Curves", 2: "Profile", 3: "Ratio", 4: "Results"}
"""What each panel is called."""

PROFILES = ("delta_norm", "grad_norm")
"""Norms by depth that panels 2 and 3 go through."""

MEASURED = (time_overlay, weight_overlay)
"""Further pictures of panel 2: of the newest measurements of the probe batch."""


class CompareStage(Vertical):
    """Four panels of the same runs, with one cursor in all of them."""

    DEFAULT_CSS = """
    CompareStage { height: 1fr; }
    CompareStage #tabs { display: none; padding: 0 1; }
    CompareStage.-single #tabs { display: block; }
    CompareStage #grid { layout: grid; grid-size: 2; height: 1fr; }
    CompareStage.-single #grid { grid-size: 1; }
    CompareStage #grid > Panel { height: 1fr; width: 1fr; }
    """

    def __init__(self) -> None:
        """Start without runs."""
        super().__init__()
        self.runs: Sequence[Opened] = ()
        """The runs, in the order of their letters; none while one has not been read."""
        self.baseline = 0
        """Place of the run that deltas and ratios are taken from."""
        self.axis: XAxis = "step"
        """What curves and findings are drawn against."""
        self.smoothing = SMOOTHINGS[0]
        """How much curves are smoothed."""
        self.selected = 2
        """The panel that the user chose last."""
        self.maximised = False
        """Whether only the chosen panel is shown."""
        self._curve = 0
        self._statistic = 0
        self._picture = 0
        self._other = 0
        self._cursor: float | None = None

    def compose(self) -> ComposeResult:
        """The names of the panels over the panels."""
        yield Lines(id="tabs")
        with Container(id="grid"):
            yield Chart(id="panel-1")
            yield Chart(id="panel-2")
            yield RatioMap(id="panel-3")
            yield Sheet(id="panel-4")

    def begin_anew(self, baseline: int) -> None:
        """Other runs come: begin with their first pictures."""
        self.runs, self.baseline, self._cursor = (), baseline, None
        self._curve = self._other = 0

    def show_runs(self, runs: Sequence[Opened]) -> None:
        """Show these runs from now on."""
        self.runs = runs
        self._show_tabs()
        if len(runs) < 2:
            return
        self.baseline = min(self.baseline, len(runs) - 1)
        if self.axis not in (axes := available_axes(runs)):
            self.axis = axes[0]
        shown = {number for number in NAMES if self._panel(number).display}
        if 1 in shown:
            self._show_curves()
        if 2 in shown:
            self._show_profile()
        if 3 in shown:
            self._show_ratio()
        if 4 in shown:
            self.query_one("#panel-4", Sheet).show("4 Results and findings", self._results)

    def rearrange(self) -> None:
        """Put the right panels in sight, and give the keys to the chosen one."""
        width, height = self.app.size
        single = self.maximised or width < NARROW or height < 24
        self.set_class(single, "-single")
        for number in NAMES:
            self._panel(number).display = not single or number == self.selected
        if not self._panel(self.selected).has_focus:
            self._panel(self.selected).focus(scroll_visible=False)
        self.call_after_refresh(self._show)

    def _show(self) -> None:
        if self.screen.is_current:
            self.show_runs(self.runs)

    def select(self, number: int) -> None:
        """Bring a panel in sight and give it the keys."""
        self.selected = number
        self.rearrange()

    def maximise(self) -> None:
        """Show one panel, or all."""
        self.maximised = not self.maximised
        self.rearrange()

    def _panel(self, number: int) -> Panel:
        return self.query_one(f"#panel-{number}", Panel)

    def _show_tabs(self) -> None:
        spans = [Span("")]
        for number, name in NAMES.items():
            chosen = number == self.selected
            label = f"{number} {name.upper() if chosen else name}"
            spans += [Span(label, "strong" if chosen else "dim"), Span(" │ ", "dim")]
        self.query_one("#tabs", Lines).show(tuple(spans[:-1]))

    def _show_curves(self) -> None:
        runs = self.runs
        views = available_curves(runs)
        chart = self.query_one("#panel-1", Chart)
        if not views:
            return
        spec = curve_overlay(runs, views[self._curve % len(views)], self.axis, self.smoothing)
        chart.spec = replace(spec, title=f"1 {spec.title}")

    def _show_profile(self) -> None:
        runs, chart = self.runs, self.query_one("#panel-2", Chart)
        if self._picture >= len(PROFILES):
            spec = MEASURED[self._picture - len(PROFILES)](runs)
            chart.spec = replace(spec, title=f"2 {spec.title}")
            return
        steps = [step_at(run, self._cursor, self.axis) for run in runs]
        if self._cursor is None:
            steps = [common_step(runs)] * len(runs)
        spec = profile_overlay(runs, PROFILES[self._picture], steps)
        chart.spec = replace(spec, title=f"2 {spec.title}")

    def _show_ratio(self) -> None:
        runs = self.runs
        base, other = self.baseline, self.other
        spec = ratio_map(runs[other], runs[base], (other, base), PROFILES[self._statistic])
        self.query_one(RatioMap).spec = replace(spec, title=f"3 {spec.title}")

    def _results(self, width: int) -> list[Row]:
        runs = self.runs
        if len(runs) < 2:
            return []
        return [
            *result_rows(runs, self.baseline, width),
            (),
            (Span(f"findings, by {AXIS_NAMES[self.axis]}", "title"),),
            *finding_rows(runs, self.axis, width),
            *damage_rows(runs),
            (),
            (Span("everything that differs", "title"),),
            *difference_rows(runs, width),
        ]

    @property
    def other(self) -> int:
        """Place of the run whose norms are divided by the baseline's."""
        others = [index for index in range(len(self.runs)) if index != self.baseline]
        return others[self._other % len(others)]

    def on_chart_cursor_moved(self, message: Chart.CursorMoved) -> None:
        """Read every run at the position."""
        if message.chart.id == "panel-1":
            self._inspect(message.x, message.chart)

    def on_heatmap_cursor_moved(self, message: Heatmap.CursorMoved) -> None:
        """Read every run where the baseline took that step."""
        runs = self.runs
        if message.cursor is None or len(runs) < 2:
            self._inspect(None, message.heatmap)
        else:
            step = int(message.cursor[1])
            self._inspect(position(runs[self.baseline], step, self.axis), message.heatmap)

    def on_zoomable_zoomed(self, message: Zoomable.Zoomed) -> None:
        """Show the same steps in the curves and in the map of ratios."""
        if self.axis == "step":
            with self.prevent(Zoomable.Zoomed):
                self.query_one("#panel-1", Chart).window = message.window
                self.query_one(RatioMap).window = message.window

    def show_all_steps(self) -> bool:
        """Take the window away; returns whether there was one."""
        panels = [panel for panel in self.query(Zoomable) if panel.window is not None]
        with self.prevent(Zoomable.Zoomed):
            for panel in panels:
                panel.window = None
        return bool(panels)

    def _inspect(self, x: float | None, source: Panel) -> None:
        self._cursor = x
        runs = self.runs
        if len(runs) < 2:
            return
        curves, ratio = self.query_one("#panel-1", Chart), self.query_one(RatioMap)
        with self.prevent(Chart.CursorMoved, Heatmap.CursorMoved):
            if source is not curves:
                curves.cursor = x
            if source is not ratio:
                step = step_at(runs[self.baseline], x, self.axis)
                layer = ratio.cursor[0] if ratio.cursor else len(ratio.spec.layers) - 1
                ratio.cursor = None if step is None or layer < 0 else (layer, float(step))
        self._show_profile()

    def drop_cursor(self) -> bool:
        """Take the inspection cursor away; returns whether there was one."""
        had = self._cursor is not None
        with self.prevent(Chart.CursorMoved, Heatmap.CursorMoved):
            self.query_one("#panel-1", Chart).cursor = self.query_one(RatioMap).cursor = None
        self._cursor = None
        return had

    def next_axis(self) -> None:
        """Draw against the next axis that all runs can be placed on."""
        if len(self.runs) < 2:
            return
        axes = available_axes(self.runs)
        self.axis = axes[(axes.index(self.axis) + 1) % len(axes)]
        self.drop_cursor()
        self.show_all_steps()

    def smooth(self) -> None:
        """Smooth curves more, not at all, and as usual again."""
        self.smoothing = next_smoothing(self.smoothing)
        self.show_runs(self.runs)

    def turn(self, by: int) -> None:
        """Show something else: other curves, the weights' gradients, another pair of runs."""
        if len(self.runs) < 2:
            return
        if self.selected == 1:
            self._curve = (self._curve + by) % max(len(available_curves(self.runs)), 1)
            self.query_one("#panel-1", Chart).scale = None
        elif self.selected == 3 and len(self.runs) > 2:
            self._other += by
        elif self.selected == 2:
            self._picture = (self._picture + by) % (len(PROFILES) + len(MEASURED))
            if self._picture < len(PROFILES):
                self._statistic = self._picture
            self.query_one("#panel-2", Chart).scale = None
        else:
            self._statistic = (self._statistic + by) % len(PROFILES)
        self.show_runs(self.runs)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """The panel that has the keys is the chosen one."""
        number = (event.widget.id or "").removeprefix("panel-")
        if number.isdigit():
            self.selected = int(number)
