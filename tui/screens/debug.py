"""What a bug report needs: versions, terminal, paths, runs, and what drawing costs."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

if TYPE_CHECKING:
    from ..app import GradlabApp

PACKAGES = ("gradlab", "textual", "plotext", "tensorflow", "keras", "numpy", "typer", "pydantic")
VARIABLES = ("TERM", "COLORTERM", "NO_COLOR", "LANG", "LC_ALL", "TMUX", "SSH_CONNECTION")


class DebugScreen(ModalScreen[None]):
    """Facts to paste into an issue."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,f12", "dismiss", "Close", id="debug.close"),
        Binding("Y,c", "copy", "Copy", id="debug.copy"),
    ]

    DEFAULT_CSS = """
    DebugScreen {
        align: center middle;
        VerticalScroll {
            width: 84; max-width: 100%; height: auto; max-height: 100%; padding: 0 1;
            border: round $primary; background: $surface;
        }
    }
    """

    def compose(self) -> ComposeResult:
        """All facts as text."""
        with VerticalScroll() as page:
            page.border_title = "Debug"
            page.border_subtitle = "c copies, esc closes"
            yield Static(self._text(), markup=False)

    def on_mount(self) -> None:
        """Let the arrows scroll."""
        self.query_one(VerticalScroll).focus()

    def action_copy(self) -> None:
        """Copy all facts by OSC 52."""
        self.app.copy_to_clipboard(self._text())
        self.notify("Copied.")

    def _text(self) -> str:
        return "\n".join(f"{name:<16} {fact}" for name, fact in facts(cast("GradlabApp", self.app)))


def facts(app: GradlabApp) -> list[tuple[str, Any]]:
    """Name and value of each fact."""
    found: list[tuple[str, Any]] = [("python", platform.python_version())]
    found += [(package, _version(package)) for package in PACKAGES]
    found += [
        ("system", platform.platform()),
        ("size", f"{app.size.width}x{app.size.height}"),
        ("colours", app.console.color_system),
        ("encoding", app.console.encoding),
        ("theme", app.theme),
        ("refresh", f"{app.refresh_hz:g} Hz"),
        ("runs", app.runs_dir.resolve()),
        ("native log", app.native_log),
    ]
    found += [(name, os.environ[name]) for name in VARIABLES if name in os.environ]
    for run in app.runs:
        found.append(("run", f"{run.id or run.name}: {run.state}, step {run.history.step}"))
        found.append(("  dropped", f"{run.session.buffer.dropped} records by the display"))
        if run.session.error:
            found.append(("  error", repr(run.session.error)))
    for stage in app.screen_stack[0].query("Stage"):
        found.append(("drawing", f"{getattr(stage, 'draw_seconds', 0.0):.2f} s of processor time"))
    return found


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "missing"
