"""Opens the lab, and sees to what is left when its screen has closed."""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO, cast

from ..engine.escaping.plain_text import printable
from ..engine.preset.load import resolve
from .settings.file import Settings
from .terminal.native_log import divert_native_log, leave

ENTER, LEAVE = "\x1b[?1049h\x1b[2J\x1b[H", "\x1b[?1049l"
"""Take the alternate screen, empty, with the cursor at its top; and give it back."""

LEFT = f"\x1b[?1000;1002;1003;1006;1015;2004;1004l\x1b[<u{LEAVE}\x1b[?25h"
"""What the lab would write on its way out: no mouse, paste, focus or key reports, the cursor shown."""

DEFAULT_PRESET = "vanishing-sigmoid"


def refusal() -> str | None:
    """Why no screen can be drawn here; None if it can."""
    if os.environ.get("TERM", "") == "dumb":
        return "TERM=dumb cannot show the lab; train without a screen: gradlab run PRESET"
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return (
            "the lab needs a terminal on stdin and stderr (over ssh: ssh -t); "
            "train without a screen: gradlab run PRESET"
        )
    return None


def default_refresh() -> float:
    """Updates a second: half as many over SSH, where each costs the line."""
    return 1.0 if os.environ.get("SSH_CONNECTION") else 2.0


def open_lab(
    *,
    preset: str | None,
    runs_dir: Path,
    refresh: float | None = None,
    theme: str = "dark",
    ascii_only: bool = False,
    watch: Path | None = None,
    trust: bool = False,
    notify: str | None = None,
    settings: Settings | None = None,
) -> int:
    """Run the lab until it is closed; returns the exit code.

    Args:
        preset: name or path of the preset to open.
        runs_dir: where runs live.
        refresh: updates a second.
        theme: one of the themes.
        ascii_only: whether to draw with ASCII characters.
        watch: a run directory to open instead of the preset.
        trust: whether presets may run Python code of their own.
        notify: whom to tell of findings and ends, a command or a URL.
        settings: keys of the user's own, and what is wrong with their file.

    Raises:
        PresetError: there is no such preset.
    """
    if preset is not None:
        resolve(preset)
    # Read when textual is imported: nothing here moves, so nothing has to be drawn in between.
    os.environ.setdefault("TEXTUAL_ANIMATIONS", "none")
    log = divert_native_log(leave_screen=LEFT)
    with first_frame(watch.name if watch else preset or DEFAULT_PRESET):
        from .app import GradlabApp

        app = GradlabApp(
            preset=preset or DEFAULT_PRESET,
            runs_dir=runs_dir,
            refresh=refresh or default_refresh(),
            theme=theme,
            ascii_only=ascii_only,
            native_log=log,
            watch=watch,
            trust=trust,
            notify=notify,
            settings=settings,
        )
    app.run()
    code = settle(app)
    if app.notifier is not None:
        app.notifier.close()
    return code


@contextmanager
def first_frame(preset: str) -> Iterator[None]:
    """Answer at once on the screen that the lab will take over; give it back if the lab cannot."""
    terminal = cast(TextIO, sys.__stderr__)
    terminal.write(f"{ENTER} gradlab  {printable(preset)}  opening the lab")
    terminal.flush()
    # Collecting while hundreds of modules load finds nothing, and costs a tenth of the time.
    gc.disable()
    try:
        yield
    except BaseException:
        terminal.write(LEAVE)
        terminal.flush()
        raise
    finally:
        gc.freeze()
        gc.enable()


def settle(app) -> int:
    """See to what still trains, and return the exit code.

    After a hang-up the process lives on without a terminal until its runs have ended, or SIGTERM
    stops them. After SIGTERM or a crash, what trains is stopped, so that everything recorded is sealed.
    """
    code = app.return_code or 0
    training = app.training
    if app.after_exit == "go on":
        _detach()

        def stop(*_: object) -> None:
            for run in training:
                run.stop()

        # The screen has taken its own handler of SIGTERM with it.
        signal.signal(signal.SIGTERM, stop)
        for run in training:
            run.session.join()
        return code
    for run in training:
        run.stop()
    if app.after_exit == "abandon":
        _leave(code)
    recording = [run for run in training if run.path is not None]
    for run in recording:
        run.session.join()
    if code == 1:
        kept = "".join(f"; the run is kept: {run.path}" for run in recording)
        print(f"gradlab: the lab has crashed{kept}", file=sys.stderr, flush=True)
    if len(recording) < len(training):
        # Nothing was recorded yet: TensorFlow may be loading, and takes seconds to.
        _leave(code)
    return code


def _detach() -> None:
    """Let go of the terminal: whatever is written from now on has nobody to read it."""
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1):
        os.dup2(nowhere, descriptor)
    sys.stdout = sys.stderr = sys.__stderr__ = open(os.devnull, "w")  # type: ignore[misc]  # noqa: SIM115


def _leave(code: int) -> None:
    """End the process without waiting for a worker that is in the middle of an import."""
    sys.stderr.flush()
    leave(code)
