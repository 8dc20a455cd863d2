"""A run from its directory in the lab's charts: read-only, and followed while somebody trains it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Input

from ...engine.errors import GradlabError
from ...engine.escaping.plain_text import printable
from ...engine.findings.finding import Remedy
from ...engine.runs.control import request_stop
from ...engine.runs.followed import Reading, RecordedRun
from ..charts.layer_names import numbered
from ..drawing.rows import Span, fit
from ..followed.saved import SavedRun
from ..messages import CompareRuns, OpenPresetOf
from ..widgets.findings import FindingsPanel
from ..widgets.header import RunHeader
from ..widgets.key_line import KeyLine
from ..widgets.lines import Lines
from ..widgets.stage import Stage
from ..words.finding_words import set_in_words
from ..words.run_names import named
from .confirm import ConfirmScreen
from .explain import ExplainScreen
from .stage_screen import StageScreen

SECONDS = 0.5
"""Time between two looks at a live run; its writer flushes every half a second."""


class WatchScreen(StageScreen):
    """The charts of one run directory. Leaving it disturbs nothing.

    Args:
        path: the run directory.
    """

    CSS = """
    WatchScreen { layout: vertical; }
    WatchScreen.-single PanelTabs { display: block; }
    WatchScreen #damage { display: none; padding: 0 1; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("s", "stop", "Stop", id="watch.stop",
                tooltip="Ask the process that trains it to stop; everything is kept"),
        Binding("e", "edit", "Edit", id="watch.edit",
                tooltip="Open its preset in the lab, as it was trained"),
        Binding("f", "fork", "Fork", id="watch.fork",
                tooltip="Open its preset in the lab with the chosen cure"),
        Binding("c", "compare", "Compare", id="watch.compare",
                tooltip="With the run it was forked from, or the one before it"),
        Binding("Y", "copy", "Copy", show=False, id="watch.copy",
                tooltip="Copy the run's id (OSC 52)"),
    ]  # fmt: skip

    @dataclass
    class Read(Message):
        """The directory has been looked at."""

        reading: Reading

    @dataclass
    class Glanced(Message):
        """A long run has been looked at; what is left is being read."""

        run: RecordedRun

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.run = SavedRun(path)
        self._reading = False
        self._read_once = False

    def compose(self) -> ComposeResult:
        """Header, charts, findings, keys."""
        yield RunHeader()
        with Horizontal(id="body"), Vertical(id="charts"):
            yield Stage(id="stage")
            yield Lines(id="damage")
            yield FindingsPanel(id="findings")
        yield Input(placeholder="layers, as a regular expression: dense_[0-3]", id="filter",
                    compact=True)  # fmt: skip
        yield KeyLine()

    def on_mount(self) -> None:
        """Read the run, and go on reading while it is live."""
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        self.run_worker(self.stage.show_runs([self.run]), group="show")
        self.stage.views[0].slot(2).panel.focus()
        self.set_interval(SECONDS, self._look)
        self._look()

    def _look(self) -> None:
        if self._reading or (self._read_once and not self.run.alive):
            return
        self.run.look_at_machine()
        self._reading = True
        self._read()

    @work(thread=True, group="read")
    def _read(self) -> None:
        if not self._read_once and (first := self.run.glance()) is not None:
            self.post_message(self.Glanced(first))
        self.post_message(self.Read(self.run.read()))

    def on_watch_screen_read(self, message: Read) -> None:
        """Show what has come."""
        changed = self.run.show(message.reading)
        self._read_once, self._reading = True, False
        self._show_damage()
        if changed or not len(self.run.history.steps):
            self.follow()

    def on_watch_screen_glanced(self, message: Glanced) -> None:
        """Show the first, incomplete look."""
        self.run.show_glance(message.run)
        self.follow()

    def _show_damage(self) -> None:
        """Name what could not be read, for as long as it cannot."""
        line, damage = self.query_one("#damage", Lines), self.run.damage
        line.display = bool(damage)
        more = f" and {len(damage) - 1} more" if len(damage) > 1 else ""
        text = f"damaged, shown is what can be read: {damage[0]}{more}" if damage else ""
        row = (Span(fit(printable(text), self.size.width - 2), "warn"),)
        self.call_after_refresh(line.show, row)

    def follow(self) -> None:
        """Show what the run has said."""
        # Under a modal screen, Textual sends the whole screen for every cell that changes.
        if not self.is_mounted or not self.is_active:
            return
        run = self.run
        self.query_one(RunHeader).show_run(
            run, named(run.name, run.changes), self.stage.frozen, self.busy, self.stage.filter_words
        )
        self.stage.follow()
        if not self._read_once:
            hint = "reading…"
        elif run.reason:
            hint = f"{run.state}: {run.reason}"
        else:
            hint = "No findings so far." if run.alive else "No findings."
        self.query_one(FindingsPanel).show_findings(
            run.history.standing, hint, numbered(run.history.layers), run.history.past
        )

        self.update_keys()

    def words_now(self) -> dict[str, str]:
        """What can be done with the run as it is."""
        words = super().words_now()
        if not self.run.alive:
            words["stop"] = ""
        if self.query_one(FindingsPanel).remedy is None:
            words["fork"] = ""
        return words

    def on_screen_resume(self) -> None:
        """Catch up with what has come meanwhile."""
        self.follow()

    def leave(self) -> None:
        """Back to the runs; whoever trains goes on."""
        self.dismiss()

    def action_stop(self) -> None:
        """Ask before asking: somebody else may be waiting for this training."""

        def stop_if(wanted: bool | None) -> None:
            if wanted:
                self._stop()

        if not self.run.alive:
            self.notify(f"It is not being trained ({self.run.state}).", markup=False)
            return
        self.app.push_screen(
            ConfirmScreen(f"Ask {printable(self.run.path.name)} to stop? It keeps everything.",
                          "Stop it", "Go on"), stop_if,
        )  # fmt: skip

    def _stop(self) -> None:
        try:
            request_stop(self.run.path)
        except GradlabError as error:
            self.notify(str(error), severity="error", markup=False)
            return
        self.run.stopping = True
        self.follow()

    def action_edit(self) -> None:
        """Open the preset in the lab."""
        self.post_message(OpenPresetOf(self.run.path))

    def action_fork(self) -> None:
        """Open the preset with the cure under the cursor."""
        remedy = self.query_one(FindingsPanel).remedy
        if remedy is None:
            self.notify("No finding offers a cure; e opens the preset in the lab.", markup=False)
        else:
            self._open_cure(remedy)

    def _open_cure(self, remedy: Remedy) -> None:
        self.post_message(OpenPresetOf(self.run.path, remedy.set))
        words = set_in_words(remedy.set)
        self.notify(f"Its preset is open with {words}; r trains it.", markup=False)

    def action_compare(self) -> None:
        """Compare with the run's parent, or with its predecessor."""
        self.post_message(CompareRuns([self.run.path]))

    def action_copy(self) -> None:
        """Copy the id, or why the run failed, by OSC 52, which works over SSH."""
        run = self.run
        text = run.reason if run.state == "failed" and run.reason else run.path.name
        self.app.copy_to_clipboard(text)
        self.notify(f"Copied: {printable(text)}", markup=False)

    @on(FindingsPanel.Explain)
    def explain(self, message: FindingsPanel.Explain) -> None:
        """Show a finding in full; a cure that is chosen there opens in the lab."""

        def open_if(remedy: Remedy | None) -> None:
            if remedy is not None:
                self._open_cure(remedy)

        self.app.push_screen(ExplainScreen(message.finding, message.labels), open_if)
