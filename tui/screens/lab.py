"""The lab: edit a preset, train it, watch where the gradient goes."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Input

from ...engine.diagnosis.verdict import comparable_losses, judge, on_other_data
from ...engine.errors import GradlabError
from ...engine.escaping.plain_text import printable
from ...engine.preset.diff import diff
from ...engine.preset.edit import dump
from ...engine.preset.load import recorded
from ...engine.stream.events import Event
from ..charts.beginning import Beginning
from ..charts.layer_names import numbered
from ..charts.step_axis import AXES
from ..charts.views import VIEWS
from ..drawing.rows import Span, fit
from ..followed.live import LiveRun
from ..settings.layout import KeptLayout, read_layout, write_layout
from ..widgets.arrangement import HUGE
from ..widgets.findings import FindingsPanel
from ..widgets.header import RunHeader
from ..widgets.key_line import KeyLine
from ..widgets.lines import Lines
from ..widgets.slot import Slot
from ..widgets.stage import Stage
from ..words.finding_words import set_in_words
from .lab_training import LabTraining
from .preset_list import PresetList
from .preset_pane import PresetPane

WAITING = {
    "reading the data": "Files, columns and cells are looked at before anything else.",
    "loading TensorFlow": "Once in each session of the lab, which takes some seconds.",
    "building the model": "Layers, first weights, optimizer.",
    "compiling": "The step is traced and compiled; from then on steps are fast.",
}
"""What is said of each phase before the first step, in the place of findings."""

OUTCOME_STYLES = {"cured": "good", "better": "good", "worse": "bad"}


PANE_KEYS = (
    ("f6", "revert", "Revert"),
    ("f7", "save_as", "Save as"),
    ("f8", "toggle_text", "Form or TOML"),
    ("f9", "edit_text", "$EDITOR"),
)
"""Keys of the preset that work everywhere in the lab."""


class LabScreen(LabTraining):
    """One preset, one run of it, and perhaps a fork beside it.

    Args:
        preset: name or path of the preset to open.
        runs_dir: where runs live.
        refresh: times a second that it follows the training.
        trust: whether presets may run Python code of their own.
        hear: told everything that runs say.
    """

    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "train", "Run", tooltip="Train the preset as it stands", id="lab.run"),
        Binding("p", "pause", "Pause", tooltip="Pause training, or go on", id="lab.pause"),
        Binding("s", "stop", "Stop", tooltip="Stop training and keep everything", id="lab.stop"),
        Binding("f", "fork", "Fork", id="lab.fork",
                tooltip="Train a copy with the chosen cure, or with your edits, beside this run"),
        Binding("R", "reseed", "New seed", show=False, id="lab.reseed",
                tooltip="Train again with another seed"),
        Binding("e", "pane", "Edit", tooltip="Go to the preset; from there, hide it", id="lab.pane"),
        Binding("E,ctrl+e", "editor", "Editor", show=False, id="lab.editor",
                tooltip="Open the preset in $VISUAL or $EDITOR"),
        Binding("f2", "edits", "Edits", id="lab.edits",
                tooltip="What was edited in the preset, before it is trained"),
        Binding("o", "presets", "Presets", tooltip="Open another preset", id="lab.presets"),
        # Textual's TextArea has f6 and f7 for selecting.
        *(Binding(key, f"on_pane('{action}')", name, show=False, priority=True, id=f"lab.{action}")
          for key, action, name in PANE_KEYS),
        Binding("ctrl+s", "save", "Save", show=False, tooltip="Save the preset", id="lab.save"),
        Binding("c", "app.compare", "Compare", id="lab.compare",
                tooltip="The run and its fork side by side, with all their numbers"),
        Binding("Y", "copy", "Copy", show=False, id="lab.copy",
                tooltip="Copy the finding, or the command that repeats this run (OSC 52)"),
        Binding("escape", "back", "Back", show=False, id="lab.back",
                tooltip="Drop the cursor, the filter, the single panel, the drawer"),
    ]  # fmt: skip

    def __init__(
        self,
        preset: str,
        runs_dir: Path,
        *,
        refresh: float,
        trust: bool,
        hear: Callable[[LiveRun, Event], None] = lambda *_: None,
    ) -> None:
        super().__init__(runs_dir, trust=trust, hear=hear)
        self._opening = preset
        self._refresh_hz = refresh

    def compose(self) -> ComposeResult:
        """Header, preset beside charts, findings under the charts they speak of, keys."""
        yield RunHeader()
        with Horizontal(id="body"):
            yield PresetPane(self._opening, id="pane")
            with Vertical(id="charts"):
                yield Stage(id="stage")
                yield Lines(id="verdict")
                yield Lines(id="trouble")
                yield FindingsPanel(id="findings")
        yield Input(placeholder="layers, as a regular expression: dense_[0-3]", id="filter",
                    compact=True)  # fmt: skip
        yield KeyLine()

    def on_mount(self) -> None:
        """Follow the training, with the keys at the profile."""
        self.set_interval(1 / self._refresh_hz, self.drain)
        self._restore(read_layout())
        self.stage.views[0].slot(2).panel.focus()

    def _restore(self, kept: KeptLayout) -> None:
        """Arrange the lab as it was left."""
        self._pane_hidden = kept.pane_hidden
        self.stage.unit = kept.unit if kept.unit in AXES else "step"
        for number, name in kept.views.items():
            known = [view.name for view in VIEWS.get(number, ())]
            if name in known:
                self.stage.views[0].slot(number).index = known.index(name)
        self.lay_out(*self.app.size)

    @on(Slot.Turned)
    def _keep_layout(self) -> None:
        """Keep how the lab is arranged."""
        views = {number: self.stage.views[0].slot(number).view.name for number in VIEWS}
        try:
            write_layout(KeptLayout(self._pane_hidden, views, self.stage.unit))
        except OSError as error:
            self.log(str(error))

    def action_unit(self) -> None:
        """Count steps, epochs or seconds along the axes."""
        super().action_unit()
        self._keep_layout()

    def lay_out(self, width: int, height: int) -> None:
        """Choose the layout, and whether there is room for the preset."""
        super().lay_out(width, height)
        self.set_class(width >= HUGE - 40, "-huge")
        if self.has_class("-narrow"):
            self.hide_pane(not self.has_class("-drawer"))
        elif not self.has_class("-forked"):
            self.hide_pane(self._pane_hidden)

    _pane_hidden = False
    """Whether the user has hidden the pane where there is room for it."""

    def hide_pane(self, hidden: bool) -> None:
        """Hide the preset, or show it."""
        self.pane.set_class(hidden, "-hidden")
        self.set_class(not hidden and self.has_class("-narrow"), "-drawer")

    def open_preset(self, reference: str) -> None:
        """Open a preset by name or path."""
        try:
            self.pane.open(reference)
        except GradlabError as error:
            self.notify(str(error), severity="error", markup=False, timeout=10)
        self.follow()

    def open_preset_of(self, run: Path, changes: Mapping[str, Any]) -> None:
        """Open the preset of a saved run, as it was trained or with changes by dotted key."""
        from ...engine.runs.documents import read_info

        info, _ = read_info(run)
        preset = recorded(info.get("preset"))
        if preset is None:
            why = "was imported, so it has no preset" if "imported_from" in info else ""
            self.notify(
                f"{printable(run.name)} {why or 'has no preset that can be read'}.",
                severity="error",
                markup=False,
            )
            return
        self.pane.open_text(dump(preset), name=run.name)
        if changes:
            try:
                self.pane.apply(changes)
            except GradlabError as error:
                self.notify(str(error), severity="error", markup=False, timeout=10)

    def action_presets(self) -> None:
        """Choose another preset from the list."""

        def open_if(name: str | None) -> None:
            if name:
                self.open_preset(name)

        self.app.push_screen(PresetList(self.pane.preset_name), open_if)

    # what is on the screen

    def follow(self) -> None:
        """Show what the runs have said."""
        # Under a modal screen, Textual sends the whole screen for every cell that changes.
        if not self.is_mounted or not self.is_active:
            return
        runs, pane = self.runs, self.pane
        self.stage.teach(Beginning(pane.preset_name, pane.preset, pane.error, base=self.base))
        self.query_one(RunHeader).show_run(
            runs[0] if runs else None,
            self._title(),
            self.stage.frozen,
            self.busy,
            self.stage.filter_words,
        )
        self.stage.follow()
        if not self.stage.frozen:
            self.show_findings()
        self.update_keys()

    def on_screen_resume(self) -> None:
        """Catch up with what has come meanwhile."""
        self.follow()

    def _title(self) -> str:
        return f"{self.pane.preset_name} *" if self.pane.dirty else self.pane.preset_name

    def show_findings(self) -> None:
        """Show the findings of the run that the user looks at, and the verdict on a fork."""
        run = self.run
        panel = self.query_one(FindingsPanel)
        if run is None:
            panel.show_findings([], "Findings appear here while the preset trains.  r runs it.")
        else:
            panel.show_findings(
                run.history.standing,
                self._hint(run),
                numbered(run.history.layers),
                run.history.past,
            )
        self._show_trouble(run)
        if len(self.runs) == 2:
            before, after = self.runs
            judged = judge(
                before.history,
                after.history,
                same_loss=comparable_losses(before.preset, after.preset),
            )
            style = OUTCOME_STYLES.get(judged.outcome, "strong")
            elsewhere = on_other_data(diff(before.preset, after.preset))
            lines = self.query_one("#verdict", Lines)
            sentence = textwrap.wrap(
                f"{elsewhere}{judged.sentence.replace('_', ' ')}", max(lines.size.width - 2, 20)
            )
            lines.styles.height = len(sentence)
            lines.show(*((Span(part, style),) for part in sentence))

    @staticmethod
    def _hint(run: LiveRun) -> str:
        """What stands in the place of findings."""
        if run.waited is not None:
            return WAITING.get(run.state, "The first step is on its way.")
        if not run.alive:
            return "No findings."
        return "No findings so far." if len(run.history.steps) else ""

    def _show_trouble(self, run: LiveRun | None) -> None:
        """Name what cannot be kept or diagnosed while the training goes on, or what ended it."""
        line = self.query_one("#trouble", Lines)
        troubles = [*run.history.troubles.values()] if run else []
        more = f" (and {len(troubles) - 1} more)" if len(troubles) > 1 else ""
        text, style = f"{troubles[0].reason}{more}" if troubles else "", "warn"
        if run and run.reason and len(run.history.steps):
            text, style = f"{run.state}: {run.reason}", "bad" if run.state == "failed" else "warn"
        line.display = bool(text)

        def draw() -> None:
            width = max(line.size.width - 2, 20)
            parts = textwrap.wrap(printable(text), width)[:4]
            line.styles.height = len(parts)
            line.show(*((Span(fit(part, width), style),) for part in parts))

        # A line that has just come into sight has no width yet.
        self.call_after_refresh(draw)

    def show_runs(self, runs: list[LiveRun]) -> None:
        """Show a run, or a run and its fork, from now on."""
        self.started = [*runs, *(run for run in self.training if run not in runs)]
        # The pictures that were held are of other runs.
        self.stage.frozen = False
        forked = len(runs) > 1
        self.set_class(forked, "-forked")
        if forked or self.has_class("-narrow"):
            self.hide_pane(True)
        elif not self._pane_hidden:
            self.hide_pane(False)
        self.run_worker(self._show(runs), exclusive=True, group="show")

    async def _show(self, runs: list[LiveRun]) -> None:
        await self.stage.show_runs(runs)
        self.call_after_refresh(self.follow)

    # display

    def action_back(self) -> None:
        """Undo the last thing that narrows the view; the drawer is one."""
        if self.has_class("-drawer") and not self.query_one("#filter").has_class("-open"):
            self._leave_pane()
        else:
            super().action_back()

    def leave(self) -> None:
        """Give the keys back to the charts: the lab is where one leaves to."""
        self.stage.select(self.stage.selected)

    def action_pane(self) -> None:
        """Go to the preset, or hide it when the keys are there already."""
        if self.pane.has_focus_within:
            self._leave_pane()
            return
        if not self.has_class("-narrow"):
            self._pane_hidden = False
            self._keep_layout()
        self.hide_pane(False)
        self.pane.take_keys()

    def _leave_pane(self) -> None:
        if not self.has_class("-narrow"):
            self._pane_hidden = True
            self._keep_layout()
        self.hide_pane(True)
        self.stage.select(self.stage.selected)

    def action_save(self) -> None:
        """Save the preset."""
        self.pane.save()

    def action_on_pane(self, action: str) -> None:
        """Do what the preset's own key does, wherever the keys are."""
        getattr(self.pane, f"action_{action}")()

    def action_editor(self) -> None:
        """Edit the preset's document in $VISUAL or $EDITOR."""
        self.pane.edit_text()

    @on(PresetPane.Changed)
    def _preset_changed(self) -> None:
        self.follow()

    def action_copy(self) -> None:
        """Copy what can be pasted elsewhere, by OSC 52, which works over SSH."""
        findings, run = self.query_one(FindingsPanel), self.run
        if run is not None and run.state == "failed":
            text = run.reason
        elif findings.has_focus and findings.finding:
            text = findings.finding.message
        elif run is not None:
            reference = self.pane.path or run.name
            text = f"gradlab run {reference} {set_in_words(run.changes)}".strip()
        else:
            text = f"gradlab run {self.pane.path or self.pane.preset_name}"
        self.app.copy_to_clipboard(text)
        self.notify(f"Copied: {text}", markup=False)
