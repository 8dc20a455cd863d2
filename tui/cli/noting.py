"""`gradlab runs rename|tag|note|stop`: what a user says to a run that exists."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ...engine.escaping.plain_text import printable
from ...engine.runs.control import request_stop
from ...engine.runs.ids import find_run
from ...engine.runs.notes import annotate, rename, tag
from .options import Run, RunsDir
from .output import say


def rename_command(
    run: Run,
    name: Annotated[str, typer.Argument(metavar="NAME", help='The new name; "" takes it away.')],
    runs_dir: RunsDir = Path("runs"),
) -> None:
    """Give a run a name to be listed by; its id stays."""
    rename(find_run(run, runs_dir), name)


def tag_command(
    run: Run,
    changes: Annotated[list[str], typer.Argument(metavar="+TAG|-TAG...", help="Tags to change.")],
    runs_dir: RunsDir = Path("runs"),
) -> None:
    """Add (+word) and remove (-word) tags; prints those the run has then."""
    print(printable(" ".join(tag(find_run(run, runs_dir), changes))))


def note_command(
    run: Run,
    text: Annotated[str, typer.Argument(metavar="TEXT", help='The note; "" takes it away.')],
    runs_dir: RunsDir = Path("runs"),
) -> None:
    """Write a note about a run."""
    annotate(find_run(run, runs_dir), text)


def stop_command(run: Run, runs_dir: RunsDir = Path("runs")) -> None:
    """Ask a training to stop and keep everything, whichever process or machine it runs in."""
    path = find_run(run, runs_dir)
    request_stop(path)
    say(f"asked {printable(path.name)} to stop; it does so at the end of its block of steps")
