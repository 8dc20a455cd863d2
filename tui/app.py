"""The application: its screens, its themes, the runs that train, and how it comes to an end."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar, Literal

from textual import events, on
from textual.actions import SkipAction
from textual.binding import Binding, BindingType
from textual.command import CommandPalette, Provider
from textual.dom import DOMNode

from ..engine.stream.events import Event
from .commands import LabCommands
from .followed.compared import predecessor
from .followed.live import LiveRun
from .messages import CompareRuns, OpenPreset, OpenPresetOf, OpenRun, OpenRuns, ResumeRun
from .screens.compare import CompareScreen
from .screens.confirm import ConfirmScreen
from .screens.console import ConsoleScreen
from .screens.debug import DebugScreen
from .screens.help import HelpScreen
from .screens.lab import LabScreen
from .screens.runs import RunsScreen
from .screens.stage_screen import StageScreen
from .screens.sweep import SweepScreen
from .screens.watch import WatchScreen
from .settings.file import Settings
from .settings.notifier import Notifier
from .terminal.environment import Report, environment
from .terminal.thrift import ThriftyApp
from .themes import THEMES
from .widgets.stage import Stage

AfterExit = Literal["stop", "go on", "abandon"]
"""What becomes of sessions when the screen has closed: they stop, they go on to their end, or nobody
waits for them."""


def binding_ids() -> set[str]:
    """The id of everything that a key does anywhere in the lab."""
    kinds, ids = [DOMNode], set()
    while kinds:
        kind = kinds.pop()
        kinds += kind.__subclasses__()
        if kind.__module__.startswith("gradlab."):
            bindings = kind.__dict__.get("BINDINGS", ())
            ids |= {b.id for b in bindings if isinstance(b, Binding) and b.id}
    return ids


class GradlabApp(ThriftyApp):
    """The lab in a terminal.

    Args:
        preset: name or path of the preset to open.
        runs_dir: where runs live.
        refresh: times a second that the display follows the training.
        theme: one of THEMES.
        ascii_only: whether to draw with ASCII characters.
        native_log: where native log lines go, and what Python prints.
        watch: a run directory to open at the start.
        trust: whether presets may run Python code of their own.
        notify: whom to tell of findings and ends, a command or a URL.
        settings: keys of the user's own, and what is wrong with their file.
    """

    TITLE = "gradlab"
    CSS_PATH = "lab.tcss"
    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = {LabCommands}
    DEFAULT_MODE = "lab"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f3", "switch_mode('runs')", "Runs", id="app.runs",
                tooltip="Every saved run, live ones too"),
        Binding("q,ctrl+q", "quit", "Quit", key_display="q", id="app.quit",
                tooltip="Leave; asks while training"),
        Binding(
            "ctrl+c", "interrupt", "Stop, then quit", show=False, priority=True, id="app.interrupt",
            tooltip="Stops the training first, and quits the second time",
        ),
        Binding("question_mark,f1", "help", "Help", key_display="?", id="app.help"),
        Binding("f2", "switch_mode('lab')", "Lab", show=False, id="app.lab"),
        Binding("f4", "compare", "Compare", show=False, id="app.compare",
                tooltip="Runs side by side: a run and its fork, or the last two"),
        Binding("f5", "switch_mode('sweep')", "Sweep", show=False, id="app.sweep",
                tooltip="The newest sweep: its map, its effects, the runs of each point"),
        Binding("L", "console", "Console", show=False, id="app.console",
                tooltip="What Keras, TensorFlow and code of your own have printed"),
        Binding("f12", "debug", "Debug", show=False, id="app.debug",
                tooltip="What a bug report needs"),
        Binding("ctrl+z", "suspend", "Suspend", show=False, priority=True, id="app.suspend",
                tooltip="Back to the shell, where nothing can be undone; fg returns"),
    ]  # fmt: skip

    def __init__(
        self,
        *,
        preset: str,
        runs_dir: Path,
        refresh: float = 2.0,
        theme: str = "dark",
        ascii_only: bool = False,
        native_log: Path | None = None,
        watch: Path | None = None,
        trust: bool = False,
        notify: str | None = None,
        settings: Settings | None = None,
    ) -> None:
        super().__init__(ascii_only=ascii_only)
        self.runs_dir = runs_dir
        self.refresh_hz = refresh
        self.native_log = native_log
        self.watched = watch
        self.animation_level = "none"
        self.after_exit: AfterExit = "stop"
        self.lab_screen = LabScreen(preset, runs_dir, refresh=refresh, trust=trust, hear=self._hear)
        """The lab, whatever lies on top of it."""
        self._quitting = False
        self.settings = settings or Settings()
        self.notifier = Notifier(notify, self._say_unheard) if notify else None
        """Tells others of findings and ends, if anybody asked for it."""
        self.add_mode("lab", lambda: self.lab_screen)
        self.add_mode("runs", lambda: RunsScreen(runs_dir))
        self.add_mode("compare", lambda: CompareScreen(runs_dir))
        self.add_mode("sweep", lambda: SweepScreen(runs_dir))
        for known in THEMES.values():
            self.register_theme(known)
        self.theme = THEMES[theme].name

    def on_mount(self) -> None:
        """Answer signals, and keep what is printed."""
        self.begin_capture_print(self)
        self.set_interval(1 / self.refresh_hz, self._leave_when_stopped)
        # Textual opens the alternate screen again after fg, and leaves it empty.
        self.app_resume_signal.subscribe(self, lambda _: self.refresh(layout=True))
        self._listen()

    def on_ready(self) -> None:
        """Take the user's own keys, and open the run that was asked for."""
        problems = [*self.settings.problems]
        if self.settings.keys:
            known = binding_ids()
            unknown = [key for key in self.settings.keys if key not in known]
            problems += [f"keys.{key}: nothing has this id; ? lists the ids" for key in unknown]
            self.set_keymap({k: v for k, v in self.settings.keys.items() if k in known})
        for problem in problems:
            self.notify(problem, title="Settings", severity="warning", markup=False, timeout=15)
        if self.watched is not None:
            self.post_message(OpenRun(self.watched))

    def _hear(self, run: LiveRun, event: Event) -> None:
        if self.notifier is not None:
            self.notifier.hear(run.id or run.name, event)

    def _say_unheard(self, why: str) -> None:
        self.call_from_thread(self.notify, why, severity="warning", markup=False)

    def _listen(self) -> None:
        """Answer the signals of a terminal that goes, of a scheduler, and of `kill -INT`."""
        if sys.platform == "win32":
            return
        loop = asyncio.get_running_loop()
        try:
            loop.add_signal_handler(signal.SIGHUP, self._hang_up)
            loop.add_signal_handler(signal.SIGTERM, self._terminate)
            loop.add_signal_handler(signal.SIGINT, self.action_interrupt)
        except (RuntimeError, ValueError):
            # Not in the main thread, as when tests or a web server run the app: they have their own.
            self.log("no signal handlers outside of the main thread")

    def _hang_up(self) -> None:
        """The terminal is gone; the training is not, and nobody is left to end a pause."""
        for run in self.training:
            run.session.resume()
        self.after_exit = "go on"
        self.exit(return_code=128 + signal.SIGHUP)

    def _terminate(self) -> None:
        """Checkpoint, and go."""
        for run in self.training:
            run.stop()
        self.exit(return_code=128 + signal.SIGTERM)

    @property
    def training(self) -> list[LiveRun]:
        """The runs whose worker has not ended."""
        return self.lab_screen.training

    def _leave_when_stopped(self) -> None:
        if self._quitting and not self.training:
            self.exit()

    async def action_quit(self) -> None:
        """Leave; while something trains, ask once."""
        if self._quitting:
            self._abandon()
        elif not self.training:
            self.exit()
        elif all(run.ending for run in self.training):
            self._quit()
        elif not isinstance(self.screen, ConfirmScreen):
            question = "Training goes on. Stop it, keep what it has recorded, and quit?"
            self.push_screen(ConfirmScreen(question, "Stop and quit", "Go on"), self._quit_if)

    def _quit_if(self, wanted: bool | None) -> None:
        if wanted:
            self._quit()

    def _quit(self) -> None:
        """Stop what trains and leave when it has stopped."""
        self._quitting = True
        for screen in {self.lab_screen, *self.screen_stack}:
            if isinstance(screen, StageScreen):
                screen.say_busy("stopping... (again to leave at once)")
        recording = [run for run in self.training if run.path is not None]
        for run in self.training:
            run.stop()
        if not recording:
            # Nothing has been recorded, and TensorFlow may take seconds to load: wait for nobody.
            self._abandon()

    def _abandon(self) -> None:
        self.after_exit = "abandon"
        self.exit()

    def action_suspend(self) -> None:
        """Go back to the shell, unless the key undoes something here."""
        nodes = self.focused.ancestors_with_self if self.focused else ()
        if any(hasattr(node, "action_undo") for node in nodes):
            raise SkipAction
        self.action_suspend_process()

    def action_interrupt(self) -> None:
        """Stop what trains; with nothing left to stop, or asked again, quit."""
        going = [run for run in self.training if not run.ending]
        if going:
            for run in going:
                run.stop()
            self.notify("Stopping at the end of the block; ctrl+c again quits.")
            self.lab_screen.follow()
        elif self._quitting:
            self._abandon()
        else:
            self._quit()

    @on(OpenPreset)
    def _open_preset(self, message: OpenPreset) -> None:
        self.switch_mode("lab")
        self.lab_screen.open_preset(message.reference)

    @on(OpenPresetOf)
    def _open_preset_of(self, message: OpenPresetOf) -> None:
        self.switch_mode("lab")
        self.lab_screen.open_preset_of(message.run, message.changes)

    @on(ResumeRun)
    def _resume_run(self, message: ResumeRun) -> None:
        self.switch_mode("lab")
        self.lab_screen.run_worker(self.lab_screen.resume(message.run), group="resume")

    @on(OpenRun)
    def _open_run(self, message: OpenRun) -> None:
        if message.run in [run.path for run in self.lab_screen.runs if run.alive]:
            self.switch_mode("lab")
        else:
            # Changing modes waits for screens, which may be waiting for this very call.
            self.run_worker(self._watch(message.run), group="mode")

    @on(OpenRuns)
    def _open_runs(self, message: OpenRuns) -> None:
        self.push_screen(RunsScreen(message.runs_dir, message.query))

    async def _watch(self, run: Path) -> None:
        if self.current_mode != "runs":
            await self.switch_mode("runs")
        await self.push_screen(WatchScreen(run))

    @on(CompareRuns)
    def _compare_runs(self, message: CompareRuns) -> None:
        runs, baseline = list(message.runs), message.baseline
        if len(runs) == 1:
            other = predecessor(runs[0])
            if other is None:
                self.notify("There is no other run to compare it with.", markup=False)
                return
            runs.insert(0, other)
        self.run_worker(self._compare(runs, baseline), group="mode")

    async def _compare(self, runs: list[Path], baseline: int) -> None:
        if self.current_mode != "compare":
            await self.switch_mode("compare")
        screen = next(s for s in self.screen_stack if isinstance(s, CompareScreen))
        screen.compare(runs, baseline)

    def action_compare(self) -> None:
        """Compare the run and the fork that the lab shows; else what was compared last."""
        shown = [run.path for run in self.lab_screen.runs if run.path]
        if self.current_mode == "lab" and len(shown) >= 2:
            self.post_message(CompareRuns(shown))
        elif self.current_mode != "compare":
            self.switch_mode("compare")

    def action_command_palette(self) -> None:
        """Show the commands, and say so in few words."""
        if not CommandPalette.is_open(self):
            palette = CommandPalette(placeholder="Search for commands", id="--command-palette")
            self.push_screen(palette)

    def action_help(self) -> None:
        """Show every key that does something here."""
        if not isinstance(self.screen, HelpScreen):
            self.push_screen(HelpScreen(self.screen))

    def on_print(self, event: events.Print) -> None:
        """Put what Python prints where native libraries log, in its order among their lines."""
        if self.native_log is not None:
            os.write(2, event.text.encode(errors="replace"))

    def action_console(self) -> None:
        """Show what has been printed."""
        if not isinstance(self.screen, ConsoleScreen):
            self.push_screen(ConsoleScreen(self.native_log))

    def action_debug(self) -> None:
        """Show what a bug report needs."""
        if not isinstance(self.screen, DebugScreen):
            self.push_screen(DebugScreen(self._report()))

    def _report(self) -> Report:
        """What a bug report needs, with what drawing costs and what trains."""
        report = environment(self.runs_dir, self.native_log, self.size)
        report["terminal"] |= {
            "colours": self.console.color_system,
            "theme": self.theme,
            "refresh": f"{self.refresh_hz:g} Hz",
        }
        for stage in self.screen.query(Stage):
            report["terminal"]["drawing"] = f"{stage.draw_seconds:.2f} s of processor time"
        for run in self.lab_screen.started:
            report[run.id or run.name] = {
                "state": f"{run.state}, step {run.history.step}",
                "dropped": f"{run.session.dropped} records by the display",
                "error": repr(run.session.error) if run.session.error else "none",
            }
        return report
