"""Every saved run, live ones too: find, open, mark, compare, name and delete them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import ClassVar

from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Input

from ...engine.errors import RunError
from ...engine.runs.followed import Reading
from ...engine.runs.following import RunList
from ...engine.runs.listing import RunRow
from ...engine.runs.query import filter_runs, sort_runs
from ..charts.profile import profile_chart
from ..drawing.rows import Row, Span, fit
from ..messages import CompareRuns, OpenRun
from ..tables.loss_lines import LossLines
from ..tables.run_columns import LINES, SORTS, cells, columns, heading
from ..tables.run_preview import PreviewedRun, preview_lines, preview_page
from ..widgets.chart import Chart
from ..widgets.key_line import KeyLine
from ..widgets.lines import Lines
from ..widgets.run_table import RunTable
from .run_actions import RunActions

SECONDS = 1.0
"""Time between two looks at the runs."""

PREVIEW = 120
"""Columns from which on there is a page for the run under the cursor."""

LETTERS = "ABCD"
"""What marked runs will be called when they are compared."""


class RunsScreen(RunActions):
    """The table of runs.

    Args:
        runs_dir: where runs live.
        only: a query that is always asked for, as on the runs of a sweep's point; `escape` then leads back
            to the screen before.
    """

    CSS = """
    RunsScreen { layout: vertical; }
    RunsScreen #title { background: $panel; padding: 0 1; }
    RunsScreen #beside { display: none; width: 42; border-left: solid $foreground 20%; padding: 0 0 0 1; }
    RunsScreen.-wide #beside { display: block; }
    RunsScreen.-huge #beside { width: 52; }
    RunsScreen #page { height: auto; max-height: 60%; }
    RunsScreen #profile { height: 1fr; min-height: 6; }
    RunsScreen #below { height: 2; padding: 0 1; }
    RunsScreen.-wide #below { display: none; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "mark", "Mark", tooltip="Mark the run to compare it: A, B, C, D",
                id="runs.mark"),
        Binding("c", "compare", "Compare", id="runs.compare",
                tooltip="The marked runs; with fewer than two, this one and its parent"),
        Binding("b", "baseline", "Baseline", id="runs.baseline",
                tooltip="Compare the others against this run"),
        Binding("slash", "filter", "Filter", key_display="/", id="runs.filter",
                tooltip="lr>=1e-3 preset:circles finding:vanishing -status:failed"),
        Binding("o", "sort(1)", "Sort", tooltip="The next order", id="runs.sort"),
        Binding("O", "sort(-1)", "Sort back", show=False, id="runs.sort-back"),
        Binding("t", "tag", "Tag", show=False, id="runs.tag",
                tooltip="Add and remove tags: +good -draft"),
        Binding("n", "note", "Note", show=False, tooltip="Write a note", id="runs.note"),
        Binding("N", "rename", "Name", show=False, tooltip="Give the run a name", id="runs.rename"),
        Binding("s", "stop", "Stop", show=False, id="runs.stop",
                tooltip="Ask the process that trains the run to stop"),
        Binding("d,delete", "delete", "Delete", key_display="d", id="runs.delete",
                tooltip="Move the marked runs, or this one, to the trash"),
        Binding("u", "restore", "Bring back", show=False, id="runs.restore",
                tooltip="Take the run that was deleted last out of the trash"),
        Binding("r", "resume", "Resume", show=False, id="runs.resume",
                tooltip="Train an unfinished run to its end, in the lab"),
        Binding("T", "trash", "Trash", show=False, id="runs.trash",
                tooltip="What was deleted: bring any of it back, or empty it"),
        Binding("w", "report", "Report", show=False, id="runs.report",
                tooltip="Write the marked runs, or this one, as an HTML page or a table"),
        Binding("e", "edit", "Edit", show=False, id="runs.edit",
                tooltip="Open the run's preset in the lab"),
        Binding("Y", "copy", "Copy", show=False, tooltip="Copy the run's id (OSC 52)",
                id="runs.copy"),
        Binding("escape", "back", "Back", show=False, id="runs.back",
                tooltip="Drop the filter, then the marks; then go to the lab"),
    ]  # fmt: skip

    @dataclass
    class Listed(Message):
        """The runs have been looked at."""

        rows: list[RunRow]
        problem: str = ""

    class Drawn(Message):
        """Losses have been read."""

    @dataclass
    class Previewed(Message):
        """The run under the cursor has been read, or read on."""

        run: PreviewedRun
        reading: Reading

    def __init__(self, runs_dir: Path, only: str = "") -> None:
        super().__init__(runs_dir)
        self._only = only
        self.rows: list[RunRow] = []
        """Every run."""
        self.shown: dict[str, RunRow] = {}
        """Those that the filter lets through, in the order of the table."""
        self.marked: list[str] = []
        """Ids of marked runs in the order in which they were marked."""
        self.baseline = ""
        """Id of the run that the others are compared with; "" for the first marked."""
        self._sort = 0
        self._problem = ""
        self._looking = self._listed = self._reading = False
        self._lines = LossLines()
        self._list: RunList | None = None
        self._preview: PreviewedRun | None = None
        self._preview_timer: Timer | None = None

    @property
    def table(self) -> RunTable:
        """The table."""
        return self.query_one(RunTable)

    @property
    def row(self) -> RunRow | None:
        """The run under the cursor."""
        return self.shown.get(self.table.key)

    def compose(self) -> ComposeResult:
        """Title and headings over the table, the run under the cursor beside or below it."""
        yield Lines(id="title")
        with Horizontal():
            with Vertical():
                yield Lines(id="heading")
                yield RunTable()
            with Vertical(id="beside"):
                yield Lines(id="page")
                yield Chart(id="profile")
        yield Lines(id="below")
        yield Input(placeholder="lr>=1e-3 preset:circles finding:vanishing -status:failed",
                    id="filter", compact=True)  # fmt: skip
        yield KeyLine()

    def on_mount(self) -> None:
        """Look at the runs, now and then again."""
        self._list = RunList(self.runs_dir)
        self.table.focus()
        self.set_interval(SECONDS, self.relist)
        self.relist()

    def on_resize(self, event: events.Resize) -> None:
        """Choose the layout."""
        self.set_class(event.size.width >= PREVIEW, "-wide")
        self.set_class(event.size.width >= 150, "-huge")
        self.call_after_refresh(self._show)

    def on_screen_resume(self) -> None:
        """Show what has changed meanwhile."""
        self.relist()

    def relist(self) -> None:
        """Read the runs again, unless that is under way."""
        if self.is_current and not self._looking and self._list is not None:
            self._looking = True
            self._read(self._list)

    @work(thread=True, group="list")
    def _read(self, runs: RunList) -> None:
        try:
            self.post_message(self.Listed(runs.rows()))
        except RunError as error:
            self.post_message(self.Listed([], str(error)))

    def on_runs_screen_listed(self, message: Listed) -> None:
        """Show the runs as they are now."""
        self._looking, self._listed = False, True
        self.rows, self._problem = message.rows, message.problem
        known = {row.id for row in self.rows}
        self.marked = [run for run in self.marked if run in known]
        self._show()
        if self._preview is not None and self.row and self._preview.path == self.row.path:
            self._read_preview()

    def _show(self) -> None:
        if not self.is_mounted:
            return
        problem = self._problem
        order = SORTS[self._sort]
        query = self.query_one("#filter", Input).value
        try:
            rows = filter_runs(self.rows, f"{self._only} {query}")
        except RunError as error:
            rows, problem = list(self.shown.values()), str(error)
            rows = [row for row in self.rows if row.id in {shown.id for shown in rows}]
        try:
            rows = sort_runs(rows, order[0])
        except RunError:
            order = ("-created", f"newest; no run has {order[1]}")
        self.shown = {row.id: row for row in rows}
        width = self.table.size.width - 1
        shown = columns(width, date.today(), self._lines.of)
        self.query_one("#heading", Lines).show((Span(" "), *heading(shown)))
        self.table.show(
            list(self.shown), [(self._mark(row.id), *cells(row, shown)) for row in rows]
        )
        self._show_title(order[1], query, problem)
        self._show_preview()
        if width >= LINES:
            self._read_lines(rows)

    def _read_lines(self, rows: list[RunRow]) -> None:
        """Read the losses of the runs in sight, unless that is under way."""
        top = self.table.scroll_offset.y
        due = self._lines.due(rows[top : top + self.table.size.height])
        if due and not self._reading:
            self._reading = True
            self._draw_lines(due)

    @work(thread=True, group="lines")
    def _draw_lines(self, rows: list[RunRow]) -> None:
        self._lines.read(rows)
        self.post_message(self.Drawn())

    def on_runs_screen_drawn(self) -> None:
        """Show the losses that have been read."""
        self._reading = False
        self._show()

    def _mark(self, run: str) -> Span:
        if run not in self.marked:
            return Span("    ")
        star = "*" if run == self.baseline else " "
        return Span(f"{LETTERS[self.marked.index(run)]}{star}  ", "key")

    def _show_title(self, order: str, query: str, problem: str) -> None:
        title, width = self.query_one("#title", Lines), self.size.width - 2
        live = sum(row.live for row in self.rows)
        if not self._listed:
            count = "reading…"
        elif query.strip():
            count = f"{len(self.shown)} of {len(self.rows)} runs, {live} live"
        else:
            count = f"{len(self.rows)} {'run' if len(self.rows) == 1 else 'runs'}, {live} live"
        left = [Span("Runs", "strong"), Span(f"  {order}", "dim")]
        if query.strip():
            left.append(Span(f"  filter: {fit(query, 30)}", "warn"))
        if problem:
            left = [Span(fit(problem, width - len(count) - 2), "bad")]
        elif self._listed and not self.rows:
            where = f"none yet in {self.runs_dir}; F2 opens the lab, r runs a preset"
            left = [Span("Runs  ", "strong"), Span(fit(where, width - len(count) - 8))]
        room = width - sum(len(s.text) for s in left) - len(count)
        title.show((*left, Span(" " * max(room, 1)), Span(count, "strong" if live else "dim")))

    def _show_preview(self) -> None:
        row, page = self.row, self.query_one("#page", Lines)
        below = self.query_one("#below", Lines)
        if row is None:
            page.show()
            below.show((), ())
            return
        below.show(*preview_lines(row, below.size.width))
        if not self.has_class("-wide"):
            return
        read = self._preview if self._preview and self._preview.path == row.path else None
        rows: list[Row] = preview_page(row, read.history if read else None, page.size.width)
        page.styles.height = len(rows)
        page.show(*rows)
        if read and read.history is not None:
            self.query_one(Chart).spec = profile_chart(read.history)

    @on(RunTable.Moved)
    def _moved(self) -> None:
        self._show_preview()
        if self._preview_timer:
            self._preview_timer.stop()
        self._preview_timer = self.set_timer(0.15, self._read_preview)

    def _read_preview(self) -> None:
        row = self.row
        if row is None or not self.has_class("-wide"):
            return
        if self._preview is None or self._preview.path != row.path:
            self._preview = PreviewedRun(row.path)
        if self._preview.due(row):
            self._read_run(self._preview)

    @work(thread=True, group="preview")
    def _read_run(self, run: PreviewedRun) -> None:
        self.post_message(self.Previewed(run, run.read()))

    def on_runs_screen_previewed(self, message: Previewed) -> None:
        """Draw the run's profile and list its findings."""
        message.run.take(message.reading)
        self._show_preview()

    # runs

    def chosen(self) -> list[RunRow]:
        """The marked runs, else the one under the cursor."""
        marked = [row for row in self.rows if row.id in self.marked]
        return marked or ([self.row] if self.row else [])

    @on(RunTable.Chosen)
    def _open(self, message: RunTable.Chosen) -> None:
        if row := self.shown.get(message.key):
            self.post_message(OpenRun(row.path))

    def action_mark(self) -> None:
        """Mark the run, or take its mark away, and go on to the next."""
        row = self.row
        if row is None:
            return
        if row.id in self.marked:
            self.marked.remove(row.id)
            if self.baseline == row.id:
                self.baseline = ""
        elif len(self.marked) == len(LETTERS):
            self.notify(f"{len(LETTERS)} runs can be compared side by side; "
                        "gradlab compare takes up to 20.", markup=False)  # fmt: skip
            return
        else:
            self.marked.append(row.id)
        self.table.action_move(1)
        self._show()

    def action_baseline(self) -> None:
        """Take deltas from this run."""
        row = self.row
        if row is None:
            return
        if row.id not in self.marked:
            if len(self.marked) == len(LETTERS):
                self.notify("Take a mark away first: four runs are marked.", markup=False)
                return
            self.marked.append(row.id)
        self.baseline = "" if self.baseline == row.id else row.id
        self._show()

    def action_compare(self) -> None:
        """Compare what is marked; one run alone, with its parent or its predecessor."""
        paths = {row.id: row.path for row in self.rows}
        runs = list(self.marked)
        if len(runs) < 2 and self.row and self.row.id not in runs:
            runs.append(self.row.id)
        if runs:
            pinned = runs.index(self.baseline) if self.baseline in runs else 0
            self.post_message(CompareRuns([paths[run] for run in runs], pinned))

    def action_sort(self, by: int) -> None:
        """Order the table by something else."""
        self._sort = (self._sort + by) % len(SORTS)
        self._show()

    def action_filter(self) -> None:
        """Ask for a query."""
        line = self.query_one("#filter", Input)
        line.add_class("-open")
        line.focus()

    @on(Input.Changed, "#filter")
    def _filter_changed(self) -> None:
        self._show()

    @on(Input.Submitted, "#filter")
    def _close_filter(self) -> None:
        self.query_one("#filter", Input).remove_class("-open")
        self.table.focus()

    def action_back(self) -> None:
        """Drop the filter, then the marks; with neither, go to the lab."""
        line = self.query_one("#filter", Input)
        if line.has_class("-open") or line.value:
            line.value = ""
            self._close_filter()
        elif self.marked:
            self.marked, self.baseline = [], ""
            self._show()
        elif self._only:
            self.dismiss()
        else:
            self.app.switch_mode("lab")
