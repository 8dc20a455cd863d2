"""A sweep as it trains or as it was: its points as a map or a list, its effects, and the runs of a point."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.message import Message

from ...engine.errors import GradlabError
from ...engine.runs.following import RunList
from ...engine.sweeps.directories import sweep_directories
from ...engine.sweeps.layout import cells, distinct, is_map
from ...engine.sweeps.outcome import Outcome, Point, measures, outcome, remeasured
from ...engine.sweeps.plan import read_plan
from ...engine.sweeps.signs import PAUSE, STOP, ask, asked, forget
from ..charts.sweeps import sweep_map
from ..drawing.grid_map import render_grid_map
from ..drawing.rows import Row, Span, fit
from ..messages import OpenRuns
from ..terminal.thrift import ThriftyScreen
from ..widgets.key_line import KeyLine
from ..widgets.lines import Lines
from ..words.sweep_words import effect_lines, point_cells, verdict_lines
from ..words.text import table

SECONDS = 1.0
"""Time between two looks at the runs."""


class SweepScreen(ThriftyScreen):
    """The newest sweep, or another one.

    Args:
        runs_dir: where sweeps live.
    """

    CSS = """
    SweepScreen #title { background: $panel; padding: 0 1; }
    SweepScreen VerticalScroll { padding: 0 1; }
    SweepScreen #picture, SweepScreen #below { height: auto; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1, 0)", "Up", show=False, id="sweep.up"),
        Binding("down", "move(1, 0)", "Down", show=False, id="sweep.down"),
        Binding("left", "move(0, -1)", "Left", show=False, id="sweep.left"),
        Binding("right", "move(0, 1)", "Right", show=False, id="sweep.right"),
        Binding("enter", "runs", "Runs", key_display="enter", tooltip="The runs of the point",
                id="sweep.runs"),
        Binding("v", "measure(1)", "Measure", tooltip="Show the next result", id="sweep.measure"),
        Binding("V", "measure(-1)", "Measure back", show=False, id="sweep.measure-back"),
        Binding("o", "other", "Older", tooltip="The sweep before this one", id="sweep.other"),
        Binding("p", "pause", "Pause", tooltip="Pause its trainings, or let them go on",
                id="sweep.pause"),
        Binding("s", "stop", "Stop", tooltip="Stop it; gradlab sweep --resume goes on",
                id="sweep.stop"),
        Binding("escape", "back", "Back", show=False, id="sweep.back"),
    ]  # fmt: skip

    @dataclass
    class Looked(Message):
        """A sweep has been read."""

        found: Outcome | None
        count: int
        problem: str = ""

    def __init__(self, runs_dir: Path) -> None:
        super().__init__()
        self.runs_dir = runs_dir
        self.found: Outcome | None = None
        """What is shown."""
        self.cursor = (0, 0)
        """Row and column of the point that is looked at."""
        self._metric = ""
        self._back = 0
        self._count = 0
        self._problem = ""
        self._looking = False
        self._runs: RunList | None = None

    def compose(self) -> ComposeResult:
        """A title, the picture, what it says."""
        yield Lines(id="title")
        with VerticalScroll(can_focus=False):
            yield Lines(id="picture")
            yield Lines(id="below")
        yield KeyLine()

    def on_mount(self) -> None:
        """Look at the sweep, now and then again."""
        self.set_interval(SECONDS, self.look)
        self.look()

    def on_screen_resume(self) -> None:
        """Show what has changed meanwhile."""
        self.look()

    def on_resize(self) -> None:
        """Use the room there is now."""
        self.call_after_refresh(self._show)

    def look(self) -> None:
        """Read the sweep again, unless that is under way."""
        if self.is_current and not self._looking:
            self._looking = True
            self._read()

    @work(thread=True, group="look")
    def _read(self) -> None:
        try:
            sweeps = sweep_directories(self.runs_dir)
            if not sweeps:
                self.post_message(self.Looked(None, 0))
                return
            path = sweeps[-1 - self._back % len(sweeps)]
            if self._runs is None or self._runs.root != path:
                self._runs = RunList(path)
            found = outcome(path, read_plan(path), rows=self._runs.rows())
            self.post_message(self.Looked(found, len(sweeps)))
        except GradlabError as error:
            self.post_message(self.Looked(None, 0, str(error)))

    def on_sweep_screen_looked(self, message: Looked) -> None:
        """Show the sweep as it is now."""
        self._looking = False
        self._count, self._problem = message.count, message.problem
        self.found = message.found
        if self.found is not None and self._metric in measures(self.found):
            self.found = remeasured(self.found, self._metric)
        self._show()

    def _show(self) -> None:
        title, picture = self.query_one("#title", Lines), self.query_one("#picture", Lines)
        below, found = self.query_one("#below", Lines), self.found
        if found is None:
            nothing = (
                f"none yet: gradlab sweep PRESET model.depth=1..10 makes one in {self.runs_dir}"
            )
            text = self._problem or ("reading…" if self._looking else nothing)
            style = "bad" if self._problem else ""
            title.show((Span("Sweep  ", "strong"), Span(fit(text, self.size.width - 9), style)))
            picture.show()
            below.show()
            return
        title.show(self._title(found))
        width = max(self.size.width - 2, 1)
        rows = _map_rows(found, self.cursor, width) if is_map(found) else self._list_rows(found)
        said = [*self._point_lines(found), *effect_lines(found, width), *verdict_lines(found)]
        texts = [line for text in said for line in text.split("\n")]
        picture.styles.height = len(rows) + 1
        below.styles.height = len(texts)
        picture.show(*rows, ())
        below.show(*((Span(fit(text, width)),) for text in texts))

    def _title(self, found: Outcome) -> Row:
        statuses = ", ".join(f"{count} {status}" for status, count in found.statuses.items())
        state = " paused" if asked(found.sweep, PAUSE) else ""
        state = " stopping" if asked(found.sweep, STOP) and found.progress < 1 else state
        name = found.plan.title or found.plan.preset_name
        return (
            Span("Sweep", "strong"),
            Span(f"  {fit(name, 40)}"),
            Span(f"  {found.metric}", "key"),
            Span(f"  {found.progress:.0%}{state}  ", "strong"),
            Span(fit(statuses, 60), "dim"),
        )

    def _list_rows(self, found: Outcome) -> list[Row]:
        keys = found.plan.keys
        lines = table(
            [*keys, found.metric, "runs", "findings"],
            [point_cells(point, keys, "±") for point in self._listed(found)],
        )
        row = min(self.cursor[0], len(found.points) - 1)
        rows: list[Row] = [(Span("  " + lines[0], "strong"),)]
        for index, line in enumerate(lines[1:]):
            here = index == row
            rows.append((Span("▸ " if here else "  ", "key"), Span(line, "key" if here else "")))
        return rows

    def _listed(self, found: Outcome) -> list[Point]:
        if len(found.plan.keys) != 1:
            return list(found.points)
        (key,) = found.plan.keys
        order = distinct(found, key)
        return sorted(found.points, key=lambda point: order.index(point.settings[key]))

    @property
    def point(self) -> Point | None:
        """The point under the cursor."""
        if self.found is None:
            return None
        if is_map(self.found):
            rows, columns, placed = cells(self.found)
            row, column = self.cursor
            return placed[min(row, len(rows) - 1), min(column, len(columns) - 1)]
        return self._listed(self.found)[min(self.cursor[0], len(self.found.points) - 1)]

    def _point_lines(self, found: Outcome) -> list[str]:
        point = self.point
        if point is None:
            return []
        *values, mean, runs, findings = point_cells(point, found.plan.keys, "±")
        named = " ".join(f"{k}={v}" for k, v in zip(found.plan.keys, values, strict=True))
        return [f"{named}: {found.metric} {mean}, {runs} runs  {findings}", ""]

    def action_move(self, down: int, across: int) -> None:
        """Look at a neighbouring point."""
        if self.found is None:
            return
        rows, columns = len(self.found.points), 1
        if is_map(self.found):
            down_values, across_values, _ = cells(self.found)
            rows, columns = len(down_values), len(across_values)
        row, column = self.cursor
        self.cursor = (
            min(max(row + down, 0), rows - 1),
            min(max(column + across, 0), columns - 1),
        )
        self._show()
        self.query_one(VerticalScroll).scroll_to(y=self.cursor[0] - 3, animate=False)

    def action_runs(self) -> None:
        """Show the runs of the point under the cursor."""
        point = self.point
        ids = [row.id for row in point.rows if row is not None] if point else []
        if self.found is None or not ids:
            self.notify("The point has no run yet.")
            return
        self.post_message(OpenRuns(self.found.sweep, f"id:{','.join(ids)}"))

    def action_measure(self, by: int) -> None:
        """Show another result."""
        if self.found is None:
            return
        names = measures(self.found)
        at = names.index(self.found.metric) if self.found.metric in names else -by
        self._metric = names[(at + by) % len(names)]
        self.found = remeasured(self.found, self._metric)
        self._show()

    def action_other(self) -> None:
        """Show the sweep before this one; after the oldest, the newest."""
        if self._count > 1:
            self._back = (self._back + 1) % self._count
            self.cursor, self._metric = (0, 0), ""
            self.look()

    def action_pause(self) -> None:
        """Pause the sweep's trainings, or let them go on."""
        if self.found is None:
            return
        if asked(self.found.sweep, PAUSE):
            forget(self.found.sweep, PAUSE)
        else:
            self._ask(self.found.sweep, PAUSE)
        self._show()

    def action_stop(self) -> None:
        """Stop the sweep; what was begun is kept."""
        if self.found is not None and self.found.progress < 1:
            self._ask(self.found.sweep, STOP)
            self.notify(f"It stops; gradlab sweep --resume {self.found.sweep.name} goes on.",
                        markup=False)  # fmt: skip
            self._show()

    def _ask(self, sweep: Path, what: str) -> None:
        try:
            ask(sweep, what)
        except GradlabError as error:
            self.notify(str(error), severity="error", markup=False)

    def action_back(self) -> None:
        """Go to the lab."""
        self.app.switch_mode("lab")


def _map_rows(found: Outcome, cursor: tuple[int, int], width: int) -> list[Row]:
    """The map in the styles that lines have: larger is brighter."""
    rows, columns, _ = cells(found)
    here = min(cursor[0], len(rows) - 1), min(cursor[1], len(columns) - 1)
    styles = {"title": "strong", "axis": "dim", "cursor": "key", "bad": "bad", "": ""}
    styles |= {f"heat-{i}": "dim" if i < 4 else "" if i < 8 else "good" for i in range(12)}
    drawn = render_grid_map(sweep_map(found, cursor=here), width)
    return [tuple(Span(span.text, styles[span.style]) for span in row) for row in drawn]
