"""The pictures of one run, or of two side by side: what is in sight, and when it is drawn anew."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.timer import Timer

from ..charts.beginning import Beginning, Curve, activation_of, curve
from ..charts.layer_names import matches
from ..charts.shared_axes import share_axes
from ..charts.smoothing import SMOOTHINGS, next_smoothing
from ..charts.step_axis import AXES, StepAxis, told_in
from ..charts.views import Spec
from ..drawing.chart_spec import ChartSpec
from ..drawing.zoom import Window
from ..followed.shown_run import ShownRun
from .arrangement import Arrangement, arrange
from .chart import Chart
from .heatmap import Heatmap
from .panel import Panel
from .run_view import RunView
from .slot import Slot, slot_of
from .tabs import PanelTabs
from .zoomable import Zoomable

if TYPE_CHECKING:
    from ...engine.stream.history import History
    from ..terminal.thrift import ThriftyApp

SHARE = 0.02
"""Share of the machine that drawing may take while training goes on: a training that uses all cores is held
up by as much of each of them."""


PAUSE = 0.15
"""Seconds without a key after which a filter is applied."""


class Stage(Vertical):
    """Draws the panels in sight, one at a time, no more often than core and line allow."""

    DEFAULT_CSS = """
    Stage { width: 1fr; height: 1fr; }
    """

    class Filtered(Message):
        """Other layers are shown, or none would have been."""

    @dataclass
    class Drawable(Message):
        """The curve of an activation has been worked out, if it has one."""

        key: str
        curve: Curve | None

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        """Start with one empty view.

        Args:
            id: The ID of the widget in the DOM.
        """
        super().__init__(id=id)
        self.selected = 2
        """The panel that the user chose last."""
        self.maximised = False
        """Whether only the chosen panel is shown."""
        self.pattern = ""
        """Regular expression that chooses layers."""
        self.typed = ""
        """The one that was asked for last; it may match no layer."""
        self._filtering: Timer | None = None
        self._unmatched = False
        self.step: int | None = None
        """The step under the inspection cursor."""
        self.window: Window | None = None
        """The steps in sight; None for all."""
        self.unit: StepAxis = "step"
        """What the axes of steps count."""
        self.smoothing = SMOOTHINGS[0]
        """How much lines over steps are smoothed."""
        self.frozen = False
        """Whether the pictures stay as they are while training goes on."""
        self.draw_seconds = 0.0
        """Processor time that drawing has taken so far."""
        self._taught: Beginning | None = None
        self._heard: list[tuple[ShownRun, int]] = []
        self._curves: dict[str, Curve | None] = {}
        self._row = Horizontal(id="views")
        self._arrangement: tuple[Arrangement, int] | None = None
        self._due: deque[int] = deque()
        self._pumping = False
        self._next_draw = 0.0

    def compose(self) -> ComposeResult:
        """The names of the panels over a view for each run."""
        yield PanelTabs()
        with self._row:
            yield RunView(id="view-1")

    @property
    def views(self) -> list[RunView]:
        """A view for each run; one that is being mounted is none yet."""
        children = self._row.children
        return [view for view in children if isinstance(view, RunView) and view.ready]

    @property
    def panels(self) -> tuple[int, ...]:
        """The panels in sight."""
        return self._arrangement[0].panels if self._arrangement else ()

    async def show_runs(self, runs: Sequence[ShownRun]) -> None:
        """Show these runs, one or two, from now on."""
        views = self.views
        if len(runs) > len(views):
            view = RunView(id="view-2")
            await self._row.mount(view)
            for number in range(1, 6):
                view.slot(number).turn_like(views[0].slot(number))
        elif len(runs) < len(views):
            views[-1].ready = False
            await views[-1].remove()
        for view, run in zip(self.views, runs, strict=True):
            if view.run is not run:
                view.run = run
                self.drop_cursor()
                self.show_all_steps()
            view.set_class(len(runs) > 1, "-side")
        self.rearrange()
        self.draw_now()

    def on_resize(self) -> None:
        """Use the room there is now."""
        self.rearrange()

    def rearrange(self) -> None:
        """Put the right panels in sight."""
        width, height = self.app.size
        views = self.views
        arrangement = arrange(
            width, height, self.selected, runs=len(views), maximised=self.maximised
        )
        if self._arrangement != (arrangement, len(views)):
            self._arrangement = arrangement, len(views)
            for view in views:
                view.lay_out(arrangement)
            self.call_after_refresh(self.draw_now)
        single = len(arrangement.panels) == 1
        self.screen.set_class(single, "-single")
        if single:
            self.call_after_refresh(self._show_tabs)

    def _show_tabs(self) -> None:
        self.query_one(PanelTabs).show_selected(self.selected)

    def select(self, number: int) -> None:
        """Bring a panel in sight and give it the keys."""
        self.selected = number
        self.rearrange()
        focused = self.screen.focused
        view = next((v for v in self.views if focused and v in focused.ancestors), self.views[0])
        panel = view.data.panel if number == 6 else view.slot(number).panel
        # Unlike the panel's own `focus`, this repaints nothing but what the panel asks for.
        self.screen.set_focus(panel, scroll_visible=False)

    def maximise(self) -> None:
        """Show only the panel that has the keys, or all of them again."""
        slot = slot_of(self.screen.focused)
        if slot and not self.maximised:
            self.selected = slot.number
        self.maximised = not self.maximised
        self.select(self.selected)

    def on_panel_tabs_chosen(self, message: PanelTabs.Chosen) -> None:
        """Show the panel whose name was clicked."""
        self.select(message.number)

    def filter_layers(self, pattern: str) -> None:
        """Show only layers whose name matches, once the typing pauses; where none does, all stays."""
        self.typed = pattern
        if self._filtering is not None:
            self._filtering.stop()
        self._filtering = self.set_timer(PAUSE, self._filter)

    def _filter(self) -> None:
        names = [layer.name for view in self.views if view.run for layer in view.run.history.layers]
        self._unmatched = bool(names) and not any(matches(self.typed, name) for name in names)
        if not self._unmatched:
            self.pattern = self.typed
            self.draw_now()
        self.post_message(self.Filtered())

    @property
    def filter_words(self) -> str:
        """What is said of the filter: which layers are shown, or that none has such a name."""
        if self._unmatched:
            return f"no layer matches {self.typed}"
        return f"layers {self.pattern}" if self.pattern else ""

    def drop_cursor(self) -> bool:
        """Take the inspection cursor away; returns whether there was one."""
        had = self.step is not None
        self.step = None
        with self.prevent(Chart.CursorMoved, Heatmap.CursorMoved):
            for panel in (*self.query(Chart), *self.query(Heatmap)):
                had = had or panel.cursor is not None
                panel.cursor = None
        return had

    def on_zoomable_zoomed(self, message: Zoomable.Zoomed) -> None:
        """Show the same steps everywhere."""
        if isinstance(message.panel, Chart) and message.panel.spec.x_label != "step":
            return
        self._show_window(message.window)

    def show_all_steps(self) -> bool:
        """Take the window away; returns whether there was one."""
        had = self.window is not None
        if had:
            self._show_window(None)
        return had

    def _show_window(self, window: Window | None) -> None:
        self.window = window
        with self.prevent(Zoomable.Zoomed):
            for panel in self.query(Zoomable):
                panel.window = window
        if self.unit != "step":
            self.draw_now()

    def on_chart_cursor_moved(self, message: Chart.CursorMoved) -> None:
        """Inspect the same step everywhere."""
        if message.chart.spec.x_label == "step":
            self._inspect(message.x, message.chart)

    def on_heatmap_cursor_moved(self, message: Heatmap.CursorMoved) -> None:
        """Inspect the same step everywhere."""
        self._inspect(message.cursor[1] if message.cursor else None, message.heatmap)

    def _inspect(self, step: float | None, source: Chart | Heatmap) -> None:
        self.step = None if step is None else int(step)
        with self.prevent(Chart.CursorMoved, Heatmap.CursorMoved):
            for chart in self.query(Chart):
                if chart is not source and chart.spec.x_label == "step":
                    chart.cursor = step
            for heatmap in self.query(Heatmap):
                if heatmap is not source and len(heatmap.spec.layers):
                    top = heatmap.cursor[0] if heatmap.cursor else len(heatmap.spec.layers) - 1
                    heatmap.cursor = None if step is None else (top, step)
        if 2 in self.panels:
            self._draw(2)

    def on_slot_turned(self, message: Slot.Turned) -> None:
        """Show the same view of both runs."""
        for view in self.views:
            slot = view.slot(message.slot.number)
            if slot is not message.slot:
                slot.turn_like(message.slot)
        self._draw(message.slot.number)

    def teach(self, beginning: Beginning) -> None:
        """Say of the preset that is open what there is to say before it is trained."""
        if beginning != self._taught:
            self._taught = beginning
            if any(view.run is None for view in self.views):
                self.draw_now()

    def next_unit(self) -> None:
        """Tell steps in epochs, in seconds, and in steps again."""
        self.unit = AXES[(AXES.index(self.unit) + 1) % len(AXES)]
        self.draw_now()

    def smooth(self) -> None:
        """Smooth lines more, not at all, and as usual again."""
        self.smoothing = next_smoothing(self.smoothing)
        self.draw_now()

    def _in_unit(self, spec: Spec, history: History) -> Spec:
        return (
            told_in(spec, history, self.unit, self.window) if isinstance(spec, ChartSpec) else spec
        )

    def _beginning(self, view: RunView) -> Beginning | None:
        """What there is to say of a view's run before its first step, or of the preset."""
        run = view.run
        if run is None:
            taught = self._taught
        elif len(run.history.steps) or run.reading:
            return None
        else:
            taught = Beginning(run.name, run.preset, failure=run.reason)
        return replace(taught, curve=self._curve(activation_of(taught.preset))) if taught else None

    def _curve(self, activation: Any) -> Curve | None:
        """An activation's curve; worked out in a thread the first time."""
        key = str(activation)
        if activation is not None and key not in self._curves:
            self._curves[key] = None
            self.run_worker(lambda: self._work_out(key, activation), thread=True)
        return self._curves.get(key)

    def _work_out(self, key: str, activation: Any) -> None:
        self.post_message(self.Drawable(key, curve(activation)))

    def on_stage_drawable(self, message: Drawable) -> None:
        """Draw a curve that has been worked out."""
        message.stop()
        self._curves[message.key] = message.curve
        if message.curve is not None and 2 in self.panels:
            self._draw(2)

    def follow(self) -> None:
        """Draw what is in sight when its turn comes; called after new records have come."""
        for view in self.views:
            view.show_caption()
            self._show_data(view)
        heard = [(view.run, view.run.heard) for view in self.views if view.run]
        if self.frozen or heard == self._heard:
            return
        self._heard = heard
        self._due.extend(number for number in self.panels if number not in self._due)
        if self._due and not self._pumping:
            self._pumping = True
            self._wait()

    def _show_data(self, view: RunView) -> None:
        if view.run is not None:
            view.data.show_run(view.run)
        elif self._taught is not None:
            view.data.show_taught(self._taught)

    def draw_now(self) -> None:
        """Draw all that is in sight at once, as the user has changed something."""
        for view in self.views:
            view.show_caption()
            self._show_data(view)
        for number in self.panels:
            self._draw(number)

    def _wait(self) -> None:
        self.set_timer(max(self._next_draw - time.monotonic(), 0.001), self._pump)

    def _pump(self) -> None:
        """Draw one panel, and the next one when this one's share of a core and of the line is paid off."""
        if wait := cast("ThriftyApp", self.app).budget.wait:
            self.set_timer(wait, self._pump)
            return
        number = self._due.popleft()
        if number in self.panels and not self.frozen:
            self._draw(number)
        if self._due:
            self._wait()
        else:
            self._pumping = False

    def _draw(self, number: int) -> None:
        """Draw a panel of every run, on the same axes."""
        if number == 6:
            return
        began = time.thread_time()
        # A lab that is being closed loses its panels before their timer.
        pairs = [
            (slot, view.shot(self.pattern, self.step, self._beginning(view), self.smoothing))
            for view in self.views
            for slot in view.query(Slot)
            if slot.number == number and any(panel.display for panel in slot.query(Panel))
        ]
        alone = len(self.panels) == 1
        specs = share_axes(
            [self._in_unit(slot.make(shot, alone=alone), shot.history) for slot, shot in pairs]
        )
        for (slot, _), spec in zip(pairs, specs, strict=True):
            slot.show(spec)
        cost = time.thread_time() - began
        self.draw_seconds += cost
        self._next_draw = time.monotonic() + cost / (SHARE * (os.cpu_count() or 1))
