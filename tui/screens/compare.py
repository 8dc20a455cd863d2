"""Two to four runs side by side: what differs, where the gradient differs, and which is better."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

from textual import events, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.message import Message

from ...engine.compare.curves import XAxis
from ...engine.compare.depth import common_step
from ...engine.compare.document import position, verdict
from ...engine.compare.opened import Opened, letter
from ...engine.compare.results import results
from ...engine.errors import RunError
from ...engine.plain_text import printable
from ...engine.runs.followed import Reading
from ...engine.runs.ids import find_run
from ...engine.runs.state import Watch
from ..charts.overlays import (
    AXIS_NAMES,
    available_axes,
    available_curves,
    curve_overlay,
    profile_overlay,
    ratio_map,
    step_at,
)
from ..drawing.rows import Row, Span, fit
from ..followed.compared import Compared
from ..messages import OpenRun
from ..tables.comparison_rows import (
    damage_rows,
    difference_rows,
    finding_rows,
    result_rows,
    run_row,
)
from ..terminal.thrift import ThriftyScreen
from ..widgets.arrangement import NARROW
from ..widgets.chart import Chart
from ..widgets.heatmap import Heatmap
from ..widgets.key_line import KeyLine
from ..widgets.lines import Lines
from ..widgets.panel import Panel
from ..widgets.ratio import RatioMap
from ..widgets.sheet import Sheet

SECONDS = 1.0
"""Time between two looks at live runs."""

NAMES = {1: "Curves", 2: "Profile", 3: "Ratio", 4: "Results"}
"""What each panel is called."""

PROFILES = ("delta_norm", "grad_norm")
"""Norms by depth that panels 2 and 3 go through."""


class CompareScreen(ThriftyScreen):
    """Overlaid curves and profiles, a map of ratios, and a table with deltas from the baseline."""

    AUTO_FOCUS = "#panel-2"

    CSS = """
    CompareScreen { layout: vertical; }
    CompareScreen #title { background: $panel; padding: 0 1; }
    CompareScreen #differs { height: auto; max-height: 8; padding: 0 1; }
    CompareScreen #tabs { display: none; padding: 0 1; }
    CompareScreen.-single #tabs { display: block; }
    CompareScreen #grid { layout: grid; grid-size: 2; height: 1fr; }
    CompareScreen.-single #grid { grid-size: 1; }
    CompareScreen #grid > Panel { height: 1fr; width: 1fr; }
    CompareScreen #verdict { display: block; height: 2; padding: 0 1; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("x", "axis", "X axis", tooltip="Step, epoch, examples, seconds", id="compare.axis"),
        Binding("v", "view(1)", "View", tooltip="What the panel shows: the next picture",
                id="compare.view"),
        Binding("V", "view(-1)", "View back", show=False, id="compare.view-back"),
        Binding("b", "baseline", "Baseline", tooltip="Take deltas and ratios from the next run",
                id="compare.baseline"),
        *(Binding(str(n), f"panel({n})", name, show=False, id=f"compare.panel-{n}")
          for n, name in NAMES.items()),
        Binding("m", "maximise", "Max", tooltip="One panel only, or all of them",
                id="compare.maximise"),
        Binding("e", "open", "Open", show=False, id="compare.open",
                tooltip="Open the run that is compared with the baseline"),
        Binding("c", "choose", "Choose runs", tooltip="Mark others in the table of runs",
                id="compare.choose"),
        Binding("escape", "back", "Back", show=False, id="compare.back",
                tooltip="Drop the cursor, the single panel; then go to the runs"),
    ]  # fmt: skip

    @dataclass
    class Looked(Message):
        """Runs have been read."""

        looks: list[tuple[Compared, Reading]]

    def __init__(self, runs_dir: Path) -> None:
        """Start without runs.

        Args:
            runs_dir: where runs live.
        """
        super().__init__()
        self._runs_dir = runs_dir
        self.compared: list[Compared] = []
        """The runs, in the order of their letters."""
        self.baseline = 0
        """Place of the run that deltas are taken from."""
        self.axis: XAxis = "step"
        """What curves and findings are drawn against."""
        self.selected = 2
        """The panel that the user chose last."""
        self.maximised = False
        """Whether only the chosen panel is shown."""
        self._curve = 0
        self._statistic = 0
        self._other = 0
        self._cursor: float | None = None
        self._looking = False

    @property
    def runs(self) -> list[Opened]:
        """The runs that have been read; [] while one has not."""
        opened = [run.opened for run in self.compared]
        return [] if None in opened else [run for run in opened if run is not None]

    def compose(self) -> ComposeResult:
        """Title, differences, four panels, verdict, keys."""
        yield Lines(id="title")
        differs = Sheet(id="differs")
        differs.can_focus = False
        yield differs
        yield Lines(id="tabs")
        with Container(id="grid"):
            yield Chart(id="panel-1")
            yield Chart(id="panel-2")
            yield RatioMap(id="panel-3")
            yield Sheet(id="panel-4")
        yield Lines(id="verdict")
        yield KeyLine()

    def on_mount(self) -> None:
        """Compare the last two runs unless others have been chosen, and follow those that are live."""
        if not self.compared:
            try:
                pair = [find_run(name, self._runs_dir) for name in ("@last~1", "@last")]
            except RunError:
                pair = []
            if pair:
                self.compare(pair)
        self.set_interval(SECONDS, self._look)
        self.call_after_refresh(self._arrange)

    def compare(self, runs: Sequence[Path], baseline: int = 0) -> None:
        """Show other runs from now on.

        Args:
            runs: two to four run directories.
            baseline: place of the run that deltas are taken from.
        """
        watch = Watch()
        self.compared = [
            Compared(path, letter(index), watch) for index, path in enumerate(runs[:4])
        ]
        self.baseline, self._cursor, self._looking = baseline, None, False
        self._curve = self._other = 0
        self._look()
        self._show()

    def on_resize(self, event: events.Resize) -> None:
        """Choose the layout."""
        self.call_after_refresh(self._arrange)

    def on_screen_resume(self) -> None:
        """Catch up with what has come meanwhile."""
        self._look()
        self._show()

    def _arrange(self) -> None:
        """Put the right panels in sight."""
        if not self.is_mounted:
            return
        width, height = self.app.size
        single = self.maximised or width < NARROW or height < 24
        self.set_class(single, "-single")
        for number in NAMES:
            self._panel(number).display = not single or number == self.selected
        if not self._panel(self.selected).has_focus:
            self._panel(self.selected).focus(scroll_visible=False)
        self.call_after_refresh(self._show)

    def _panel(self, number: int) -> Panel:
        return self.query_one(f"#panel-{number}", Panel)

    # reading

    def _look(self) -> None:
        due = [run for run in self.compared if run.live or run.opened is None]
        if due and not self._looking and self.is_current:
            self._looking = True
            self._read(due)

    @work(thread=True, group="compare")
    def _read(self, runs: list[Compared]) -> None:
        self.post_message(self.Looked([(run, run.look()) for run in runs]))

    def on_compare_screen_looked(self, message: Looked) -> None:
        """Show what has come; what belongs to runs that were exchanged meanwhile is dropped."""
        changed = False
        for run, look in message.looks:
            if run in self.compared:
                self._looking = False
                changed |= bool(look.events) or run.opened is None or not look.live
                run.take(look)
        if changed:
            self._show()

    # showing

    def _show(self) -> None:
        if not self.is_mounted or not self.is_current:
            return
        runs = self.runs
        self._show_title()
        self._show_tabs()
        if len(runs) < 2:
            return
        self.baseline = min(self.baseline, len(runs) - 1)
        if self.axis not in (axes := available_axes(runs)):
            self.axis = axes[0]
        shown = {number for number in NAMES if self._panel(number).display}
        self._show_differences(runs)
        if 1 in shown:
            self._show_curves(runs)
        if 2 in shown:
            self._show_profile(runs)
        if 3 in shown:
            self._show_ratio(runs)
        if 4 in shown:
            self.query_one("#panel-4", Sheet).show("4 Results and findings", self._results)
        self._show_verdict(runs)

    def _show_title(self) -> None:
        title, runs = self.query_one("#title", Lines), self.runs
        left = [Span("Compare", "strong"), Span(f"  by {AXIS_NAMES[self.axis]}", "dim")]
        if not self.compared:
            left.append(Span("  mark two to four runs in F3 with space, then press c"))
            title.show(tuple(left))
            return
        if not runs:
            left.append(Span("  reading…"))
        names = [
            f"{run.letter}{'*' if i == self.baseline else ''} {run.name}"
            f"{' (damaged)' if run.damage else ''}"
            for i, run in enumerate(runs)
        ]
        room = title.size.width - sum(len(s.text) for s in left) - 4
        text = fit("  ".join(names), max(room, 0))
        title.show(
            (*left, Span("  "), Span(text), Span("  * baseline" if room > 60 else "", "dim"))
        )

    def _show_tabs(self) -> None:
        spans = [Span("")]
        for number, name in NAMES.items():
            chosen = number == self.selected
            label = f"{number} {name.upper() if chosen else name}"
            spans += [Span(label, "strong" if chosen else "dim"), Span(" │ ", "dim")]
        self.query_one("#tabs", Lines).show(tuple(spans[:-1]))

    def _show_differences(self, runs: list[Opened]) -> None:
        sheet = self.query_one("#differs", Sheet)
        tall = self.app.size.height
        most = 3 if tall < 30 else 5 if tall < 45 else 8

        def rows(width: int) -> list[Row]:
            found = difference_rows(runs, width)
            if len(found) > most:
                more = f"and {len(found) - most + 1} more: panel 4"
                found = [*found[: most - 1], (Span(more, "axis"),)]
            return [run_row(runs, self.baseline, width), *found]

        sheet.styles.height = len(rows(sheet.content_size.width)) + 1
        sheet.show("What differs", rows)

    def _show_curves(self, runs: list[Opened]) -> None:
        views = available_curves(runs)
        chart = self.query_one("#panel-1", Chart)
        if not views:
            return
        spec = curve_overlay(runs, views[self._curve % len(views)], self.axis)
        chart.spec = replace(spec, title=f"1 {spec.title}")

    def _show_profile(self, runs: list[Opened]) -> None:
        steps = [step_at(run, self._cursor, self.axis) for run in runs]
        if self._cursor is None:
            steps = [common_step(runs)] * len(runs)
        spec = profile_overlay(runs, PROFILES[self._statistic], steps)
        self.query_one("#panel-2", Chart).spec = replace(spec, title=f"2 {spec.title}")

    def _show_ratio(self, runs: list[Opened]) -> None:
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

    def _show_verdict(self, runs: list[Opened]) -> None:
        judged = verdict(runs, results(runs, self.baseline), self.baseline)
        lines = self.query_one("#verdict", Lines)
        style = {"cured": "good", "better": "good", "worse": "bad"}.get(judged["outcome"], "strong")
        sentence = printable(judged["sentence"].replace("_", " "))
        parts = textwrap.wrap(sentence, max(lines.size.width - 2, 20))[:3]
        lines.styles.height = max(len(parts), 1)
        lines.show(*((Span(part, style),) for part in parts))

    @property
    def other(self) -> int:
        """Place of the run whose norms are divided by the baseline's."""
        others = [index for index in range(len(self.compared)) if index != self.baseline]
        return others[self._other % len(others)]

    # the cursor

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
        self._show_profile(runs)

    # keys

    def action_axis(self) -> None:
        """Draw against the next axis that all runs can be placed on."""
        runs = self.runs
        if len(runs) < 2:
            return
        axes = available_axes(runs)
        self.axis = axes[(axes.index(self.axis) + 1) % len(axes)]
        chart = self.query_one("#panel-1", Chart)
        with self.prevent(Chart.CursorMoved, Heatmap.CursorMoved):
            chart.cursor = self.query_one(RatioMap).cursor = None
        self._cursor = None
        self._show()

    def action_view(self, by: int) -> None:
        """Show something else: other curves, the weights' gradients, another pair of runs."""
        runs = self.runs
        if len(runs) < 2:
            return
        if self.selected == 1:
            self._curve = (self._curve + by) % max(len(available_curves(runs)), 1)
            self.query_one("#panel-1", Chart).scale = None
        elif self.selected == 3 and len(runs) > 2:
            self._other += by
        else:
            self._statistic = (self._statistic + by) % len(PROFILES)
        self._show()

    def action_baseline(self) -> None:
        """Take deltas and ratios from the next run."""
        if self.compared:
            self.baseline = (self.baseline + 1) % len(self.compared)
            self._show()

    def action_panel(self, number: int) -> None:
        """Bring a panel in sight and give it the keys."""
        self.selected = number
        self._arrange()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """The panel that has the keys is the chosen one."""
        number = (event.widget.id or "").removeprefix("panel-")
        if number.isdigit():
            self.selected = int(number)

    def action_maximise(self) -> None:
        """One panel, or all."""
        self.maximised = not self.maximised
        self._arrange()

    def action_open(self) -> None:
        """Open the run that is compared with the baseline."""
        if len(self.compared) >= 2:
            self.post_message(OpenRun(self.compared[self.other].path))

    def action_choose(self) -> None:
        """Go to the table of runs."""
        self.app.switch_mode("runs")

    def action_back(self) -> None:
        """Drop the cursor, then the single panel; then go to the runs."""
        if self._cursor is not None:
            with self.prevent(Chart.CursorMoved, Heatmap.CursorMoved):
                self.query_one("#panel-1", Chart).cursor = None
                self.query_one(RatioMap).cursor = None
            self._cursor = None
            self._show()
        elif self.maximised:
            self.action_maximise()
        else:
            self.app.switch_mode("runs")
