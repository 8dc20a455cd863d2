"""What the command palette offers, noun first: presets, saved runs, charts, themes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path
from typing import Protocol, cast

from textual.command import DiscoveryHit, Hit, Hits, Provider

from ..engine.escaping.plain_text import printable
from .charts.views import PANELS, VIEWS
from .messages import OpenPreset, OpenRun
from .screens.stage_screen import StageScreen
from .themes import THEMES

Command = tuple[str, str, Callable[[], object]]
"""Title, help, and what to call."""


class Lab(Protocol):
    """What commands need to know of the application."""

    runs_dir: Path


class LabCommands(Provider):
    """Presets, runs, views and themes, and everything that has a key on the screen."""

    async def startup(self) -> None:
        """Look at presets and runs once for each opening of the palette."""
        self._commands = [
            *self._harmless(), *self._actions(), *self._screens(), *self._presets(),
            *self._runs(), *self._looks(), *self._textual(),
        ]  # fmt: skip

    async def discover(self) -> Hits:
        """Everything, before anything was typed."""
        for title, about, call in self._commands:
            yield DiscoveryHit(title, call, help=about)

    async def search(self, query: str) -> AsyncIterator[Hit]:
        """What matches."""
        matcher = self.matcher(query)
        for title, about, call in self._commands:
            score = matcher.match(title)
            if score > 0:
                yield Hit(score, matcher.highlight(title), call, help=about)

    def _harmless(self) -> list[Command]:
        """What enter does before anything was typed or chosen."""
        keys = partial(self.app.run_action, "help")
        return [("help: Keys (?)", "Everything that can be pressed here", keys)]

    def _textual(self) -> list[Command]:
        """Textual's own commands but for those that have keys here, as help shows them."""
        return [
            (f"app: {command.title}", command.help, command.callback)
            for command in self.app.get_system_commands(self.screen)
            if command.title not in ("Keys", "Maximize", "Minimize")
        ]

    def _screens(self) -> list[Command]:
        return [
            ("screen: Lab (f2)", "Edit, train, watch", partial(self.app.switch_mode, "lab")),
            ("screen: Runs (f3)", "Every saved run, live ones too",
             partial(self.app.switch_mode, "runs")),
            ("screen: Compare (f4)", "Runs side by side", partial(self.app.run_action, "compare")),
            ("screen: Sweep (f5)", "The newest sweep", partial(self.app.run_action, "switch_mode('sweep')")),
        ]  # fmt: skip

    def _actions(self) -> list[Command]:
        screen = self.screen
        commands: list[Command] = []
        owners = [kind for kind in type(screen).__mro__ if kind.__module__.startswith("gradlab.")]
        for kind in owners:
            noun = kind.__name__.removesuffix("Screen").lower()
            noun = "charts" if noun == "stage" else noun
            for binding in kind.__dict__.get("BINDINGS", ()):
                action = getattr(binding, "action", "")
                if action.isidentifier():
                    call = getattr(screen, f"action_{action}")
                    name = str(getattr(binding, "description", action))
                    about = str(getattr(binding, "tooltip", "") or "")
                    key = getattr(binding, "key", "")
                    commands.append((f"{noun}: {name} ({key})", about, call))
        if not isinstance(screen, StageScreen):
            return commands
        for number, views in VIEWS.items():
            for index, view in enumerate(views):
                call = partial(screen.show_view, number, index)
                commands.append((f"chart: {view.name}", f"Panel {number}, {PANELS[number]}", call))
        return commands

    def _presets(self) -> list[Command]:
        from ..engine.preset.load import available

        return [
            (f"preset: {entry.name}", entry.error or entry.title,
             partial(self.app.post_message, OpenPreset(entry.name)))
            for entry in available()
        ]  # fmt: skip

    def _runs(self) -> list[Command]:
        from ..engine.errors import GradlabError
        from ..engine.runs.ids import run_directories

        try:
            newest = run_directories(cast("Lab", self.app).runs_dir)[::-1][:50]
        except GradlabError:
            return []  # runs that cannot be read are none to offer; `gradlab runs` says why
        return [
            (f"run: {printable(path.name)}", "Open this run in the lab's charts",
             partial(self.app.post_message, OpenRun(path)))
            for path in newest
        ]  # fmt: skip

    def _looks(self) -> list[Command]:
        def choose(name: str) -> None:
            self.app.theme = THEMES[name].name

        return [(f"theme: {name}", "Colours", partial(choose, name)) for name in THEMES]
