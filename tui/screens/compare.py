"""Two to four runs side by side: what differs, where the gradient differs, and which is better."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from textual import events, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message

from ...engine.comparison.document import verdict
from ...engine.comparison.opened import Opened, letter
from ...engine.comparison.results import results
from ...engine.errors import RunError
from ...engine.escaping.plain_text import printable
from ...engine.runs.followed import Reading
from ...engine.runs.ids import find_run
from ...engine.runs.state import Watch
from ..charts.overlays import (
    AXIS_NAMES,
)
from ..drawing.rows import Row, Span, fit
from ..followed.compared import Compared
from ..messages import OpenRun
from ..tables.comparison_rows import (
    difference_rows,
    run_row,
)
from ..terminal.thrift import ThriftyScreen
from ..widgets.compare_stage import NAMES, CompareStage
from ..widgets.key_line import KeyLine
from ..widgets.lines import Lines
from ..widgets.sheet import Sheet

SECONDS = 1.0
"""Time between two looks at live runs."""


class CompareScreen(ThriftyScreen):
    """Overlaid curves and profiles, a map of ratios, and a table with deltas from the baseline."""

    AUTO_FOCUS = "#panel-2"

    CSS = """
    CompareScreen { layout: vertical; }
    CompareScreen #title { background: $panel; padding: 0 1; }
    CompareScreen #differs { height: auto; max-height: 8; padding: 0 1; }
    CompareScreen #verdict { display: block; height: 2; padding: 0 1; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("x", "axis", "X axis", tooltip="Step, epoch, examples, seconds", id="compare.axis"),
        Binding("v", "view(1)", "View", tooltip="What the panel shows: the next picture",
                id="compare.view"),
        Binding("V", "view(-1)", "View back", show=False, id="compare.view-back"),
        Binding("S", "smooth", "Smooth", show=False, id="compare.smooth",
                tooltip="Smooth the curves more, not at all, as usual"),
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
        self._looking = False

    @property
    def stage(self) -> CompareStage:
        """The panels."""
        return self.query_one(CompareStage)

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
        yield CompareStage()
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
        self._looking = False
        self.stage.begin_anew(baseline)
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
        if self.is_mounted:
            self.stage.rearrange()
            self.call_after_refresh(self._show)

    # reading

    def _look(self) -> None:
        due = [run for run in self.compared if run.live or run.opened is None]
        if due and not self._looking and self.is_current:
            self._looking = True
            self._read(due)

    @work(thread=True, group="compare")
    def _read(self, runs: list[Compared]) -> None:
        self.post_message(self.Looked([(run, run.read()) for run in runs]))

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
        self.stage.show_runs(runs)
        self._show_title()
        if len(runs) >= 2:
            self._show_differences(runs)
            self._show_verdict(runs)

    def _show_title(self) -> None:
        title, runs = self.query_one("#title", Lines), self.runs
        left = [Span("Compare", "strong"), Span(f"  by {AXIS_NAMES[self.stage.axis]}", "dim")]
        if not self.compared:
            left.append(Span("  mark two to four runs in F3 with space, then press c"))
            title.show(tuple(left))
            return
        if not runs:
            left.append(Span("  reading…"))
        names = [
            f"{run.letter}{'*' if i == self.stage.baseline else ''} {run.name}"
            f"{' (damaged)' if run.damage else ''}"
            for i, run in enumerate(runs)
        ]
        room = title.size.width - sum(len(s.text) for s in left) - 4
        text = fit("  ".join(names), max(room, 0))
        title.show(
            (*left, Span("  "), Span(text), Span("  * baseline" if room > 60 else "", "dim"))
        )

    def _show_differences(self, runs: list[Opened]) -> None:
        sheet = self.query_one("#differs", Sheet)
        tall = self.app.size.height
        most = 3 if tall < 30 else 5 if tall < 45 else 8

        def rows(width: int) -> list[Row]:
            found = difference_rows(runs, width)
            if len(found) > most:
                more = f"and {len(found) - most + 1} more: panel 4"
                found = [*found[: most - 1], (Span(more, "axis"),)]
            return [run_row(runs, self.stage.baseline, width), *found]

        sheet.styles.height = len(rows(sheet.content_size.width)) + 1
        sheet.show("What differs", rows)

    def _show_verdict(self, runs: list[Opened]) -> None:
        baseline = self.stage.baseline
        judged = verdict(runs, results(runs, baseline), baseline)
        lines = self.query_one("#verdict", Lines)
        style = {"cured": "good", "better": "good", "worse": "bad"}.get(judged["outcome"], "strong")
        sentence = printable(judged["sentence"].replace("_", " "))
        parts = textwrap.wrap(sentence, max(lines.size.width - 2, 20))[:3]
        lines.styles.height = max(len(parts), 1)
        lines.show(*((Span(part, style),) for part in parts))

    # keys

    def action_axis(self) -> None:
        """Draw against the next axis that all runs can be placed on."""
        self.stage.next_axis()
        self._show()

    def action_smooth(self) -> None:
        """Smooth curves more, not at all, as usual."""
        self.stage.smooth()

    def action_view(self, by: int) -> None:
        """Show something else in the panel."""
        self.stage.turn(by)

    def action_baseline(self) -> None:
        """Take deltas and ratios from the next run."""
        if self.compared:
            self.stage.baseline = (self.stage.baseline + 1) % len(self.compared)
            self._show()

    def action_panel(self, number: int) -> None:
        """Bring a panel in sight and give it the keys."""
        self.stage.select(number)

    def action_maximise(self) -> None:
        """One panel, or all."""
        self.stage.maximise()

    def action_open(self) -> None:
        """Open the run that is compared with the baseline."""
        if len(self.compared) >= 2:
            self.post_message(OpenRun(self.compared[self.stage.other].path))

    def action_choose(self) -> None:
        """Go to the table of runs."""
        self.app.switch_mode("runs")

    def action_back(self) -> None:
        """Drop the cursor, then the single panel; then go to the runs."""
        if self.stage.drop_cursor():
            self._show()
        elif self.stage.show_all_steps():
            pass
        elif self.stage.maximised:
            self.stage.maximise()
        else:
            self.app.switch_mode("runs")
