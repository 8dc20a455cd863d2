"""What the lab does with runs: train the preset that is open, anew or with another seed, and fork runs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from textual import on

from ...engine.errors import GradlabError
from ...engine.escaping.plain_text import printable
from ...engine.findings.finding import Remedy
from ...engine.preset.diff import diff
from ...engine.preset.edit import dump
from ...engine.preset.load import base_folder, load_text, recorded
from ...engine.preset.schema import Preset
from ...engine.runs.followed import FollowedRun
from ...engine.stream.events import Event
from ..followed.live import LiveRun
from ..widgets.findings import FindingsPanel
from ..words.finding_words import set_in_words
from .confirm import ConfirmScreen
from .edits import EditsScreen
from .explain import ExplainScreen
from .preset_pane import PresetPane
from .stage_screen import StageScreen


class LabTraining(StageScreen):
    """A screen with a preset's pane and the charts of one run, or of a run and its fork.

    Args:
        runs_dir: where runs live.
        trust: whether presets may run Python code of their own.
        hear: told everything that runs say.
    """

    def __init__(
        self, runs_dir: Path, *, trust: bool, hear: Callable[[LiveRun, Event], None]
    ) -> None:
        super().__init__()
        self._hear = hear
        self._runs_dir = runs_dir
        self._trust = trust
        self.started: list[LiveRun] = []
        """Every training of this process that has not ended, and those on display."""
        self._newest: LiveRun | None = None
        self._went = False
        self._heard = 0

    @property
    def pane(self) -> PresetPane:
        """The preset."""
        return self.query_one(PresetPane)

    @property
    def base(self) -> Path:
        """Folder that relative paths in the preset start from."""
        return base_folder(self.pane.path) if self.pane.path else Path.cwd()

    def hide_pane(self, hidden: bool) -> None:
        """Hide the preset, or show it."""
        raise NotImplementedError

    def show_runs(self, runs: list[LiveRun]) -> None:
        """Show a run, or a run and its fork, from now on."""
        raise NotImplementedError

    @property
    def runs(self) -> list[LiveRun]:
        """The runs on display: none, one, or a run and its fork."""
        return [view.run for view in self.stage.views if isinstance(view.run, LiveRun)]

    @property
    def training(self) -> list[LiveRun]:
        """The runs whose worker has not ended."""
        return [run for run in self.started if run.alive]

    def drain(self) -> None:
        """Take in what the runs have said, and show it."""
        for run in self.started:
            failed = run.state == "failed"
            for event in run.drain():
                self._hear(run, event)
            run.look_at_machine()
            if run.state == "failed" and not failed:
                self.pane.blame(run.reason)
        going, self._went = self._went, bool(self.training)
        # Nothing changes on the screen of a lab in which nothing trains.
        before, self._heard = self._heard, sum(run.heard for run in self.started)
        if self._heard != before or going or self._went:
            self.follow()

    @property
    def run(self) -> LiveRun | None:
        """The run that has the keys; the first one if none has."""
        focused = self.focused
        for view in self.stage.views:
            if isinstance(view.run, LiveRun) and focused and view in focused.ancestors:
                return view.run
        return self.runs[0] if self.runs else None

    def words_now(self) -> dict[str, str]:
        """What can be done with the preset and the run that has the keys as they are."""
        words, run = super().words_now(), self.run
        if run is None or not run.alive or run.ending:
            words |= {"pause": "", "stop": ""}
        elif run.paused:
            words["pause"] = "Go on"
        if run is None or not (self._cure or self.pane.preset not in (None, run.preset)):
            words["fork"] = ""
        if len(self.runs) < 2:
            words["app.compare"] = ""
        if not self.pane.dirty:
            words["edits"] = ""
        if self.pane.has_focus_within:
            words["pane"] = "Hide"
        return words

    @property
    def _cure(self) -> dict[str, Any]:
        """What the chosen remedy sets; nothing without one."""
        remedy = self.query_one(FindingsPanel).remedy
        return remedy.set if remedy else {}

    def action_train(self) -> None:
        """Train the preset as it stands in the pane."""
        preset = self.pane.preset
        if preset is None:
            self.notify("The preset has mistakes; the pane marks them.", severity="error")
            self.hide_pane(False)
            return
        self._replace(preset, "Stop the training and begin anew?")

    @on(PresetPane.Wanted)
    def _wanted(self) -> None:
        self.action_train()

    def action_edits(self) -> None:
        """Show what was edited, and train it if that is wanted."""
        preset = self.pane.preset
        if preset is None:
            self.notify("The preset has mistakes; the pane marks them.", severity="error")
            return

        def train_if(wanted: bool | None) -> None:
            if wanted:
                self.action_train()

        self.app.push_screen(
            EditsScreen(self.pane.preset_name, self._differences(preset)), train_if
        )

    def action_reseed(self) -> None:
        """Train the same preset with the next seed."""
        run = self.run
        if run is None:
            self.action_train()
            return
        again = run.preset.model_copy(update={"seed": run.preset.seed + 1})
        self._replace(again, f"Stop the training and begin anew with seed {again.seed}?")

    def _replace(self, preset: Preset, question: str) -> None:
        """Train a preset in the place of whatever is on display, after asking if that trains."""
        if not any(run.alive and not run.ending for run in self.runs):
            self._begin(preset)
            return

        def begin_if(wanted: bool | None) -> None:
            if wanted:
                self._begin(preset)

        self.app.push_screen(ConfirmScreen(question, "Stop and run", "Go on"), begin_if)

    def _begin(self, preset: Preset) -> None:
        for run in self.runs:
            if run.alive:
                run.stop()
        self.show_runs([self._new_run(preset)])

    def _new_run(
        self, preset: Preset, parent: LiveRun | None = None, changes: dict[str, Any] | None = None
    ) -> LiveRun:
        """Begin a run of the preset in the pane, or a fork, which keeps its parent's name."""
        run = LiveRun(
            preset,
            name=parent.name if parent else self.pane.preset_name,
            runs_dir=self._runs_dir,
            base=parent.base if parent else self.base,
            parent=parent,
            changes=changes,
            changed=parent.changed | (changes or {}) if parent else self._edits(preset),
            trust=self._trust,
            follows=self._newest,
        )
        self._newest = run
        run.start()
        return run

    def _edits(self, preset: Preset) -> dict[str, Any]:
        """What was edited, by dotted key."""
        return {key: new for key, (_, new) in self._differences(preset).items()}

    def _differences(self, preset: Preset) -> dict[str, tuple[Any, Any]]:
        """What differs from the preset as it was opened or last saved, both values by dotted key."""
        try:
            saved = load_text(self.pane.draft.saved, where=self.pane.preset_name)
        except GradlabError:
            # It was opened with mistakes, which the user has put right: nothing to compare with.
            return {}
        return diff(saved, preset)

    async def resume(self, run: Path) -> None:
        """Train an unfinished run to its end in the place of whatever is on display."""
        if self.training:
            self.notify("Stop the training here first: s stops it.", severity="warning")
            return
        reading = await asyncio.to_thread(FollowedRun(run).read)
        preset = recorded(reading.preset)
        if preset is None:
            self.notify(f"{printable(run.name)} has no preset that can be read.", severity="error",
                        markup=False)  # fmt: skip
            return
        live = LiveRun(
            preset, name=reading.name, runs_dir=self._runs_dir, resume=run, trust=self._trust
        )
        live.take(reading.events)
        live.start()
        self.show_runs([live])

    def action_pause(self) -> None:
        """Pause or go on: the run that has the keys, or the only one."""
        run = self.run
        if run is not None and run.alive:
            run.toggle_pause()
            self.follow()

    def action_stop(self) -> None:
        """Stop the run that has the keys, and keep everything."""
        run = self.run
        if run is not None and run.alive:
            run.stop()
            self.follow()

    def action_fork(self) -> None:
        """Fork with the chosen cure; without one, with what was edited since the run began."""
        run = self.run
        if run is None:
            self.notify("There is no run to fork yet; r runs the preset.")
            return
        if self._cure:
            self.fork(run, self._cure)
            return
        edited = self.pane.preset
        changes = {k: new for k, (_, new) in diff(run.preset, edited).items()} if edited else {}
        if changes:
            self.fork(run, changes)
        else:
            self.notify("Nothing to change: no finding offers a cure, and the preset is as it ran.")

    def fork(self, run: LiveRun, changes: dict[str, Any]) -> None:
        """Train an edited copy of a run beside it, from the same seed."""
        try:
            preset = load_text(dump(run.preset), where=run.name, overrides=list(changes.items()))
        except GradlabError as error:
            self.notify(str(error), severity="error", markup=False, timeout=10)
            return
        for other in self.runs:
            if other.parent is run and other.alive:
                other.stop()
        self.notify(f"Forked with {set_in_words(changes)}", markup=False)
        self.show_runs([run, self._new_run(preset, parent=run, changes=changes)])

    @on(FindingsPanel.Explain)
    def explain(self, message: FindingsPanel.Explain) -> None:
        """Show a finding in full."""
        run = self.run

        def fork_if(remedy: Remedy | None) -> None:
            if remedy and run:
                self.fork(run, remedy.set)

        self.app.push_screen(ExplainScreen(message.finding, message.labels), fork_if)
