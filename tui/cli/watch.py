"""`gradlab watch`: the charts of a run that trains elsewhere, or that is over."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated

import typer

from ...engine.errors import RunError
from ...engine.runs.ids import find_run
from ...engine.runs.listing import list_runs
from .options import RUN_HELP, Ascii, Refresh, RunsDir, Theme, ThemeOption, complete_run
from .output import Exit, say


def watch(
    context: typer.Context,
    run: Annotated[
        str | None,
        typer.Argument(
            metavar="RUN",
            help=f"{RUN_HELP} HOST:PATH for a run, or the newest of runs, that ssh reaches. "
            "Without it, the newest run that is being trained.",
            show_default=False,
            autocompletion=complete_run,
        ),
    ] = None,
    theme: ThemeOption = Theme.DARK,
    refresh: Refresh = None,
    ascii_only: Ascii = False,
    runs_dir: RunsDir = Path("runs"),
    remote: Annotated[
        str,
        typer.Option(
            "--remote-gradlab",
            envvar="GRADLAB_REMOTE",
            metavar="COMMAND",
            help="What gradlab is called on HOST, such as ~/venv/bin/gradlab.",
        ),
    ] = "gradlab",
) -> None:
    """Open a run in the lab's charts and follow it, whichever process, shell or machine trains it.

    Leaving disturbs nothing; s asks the training to stop. HOST:PATH is read through ssh (or
    GRADLAB_SSH), which may be cut and comes back.
    """
    with ExitStack() as stack:
        if run is not None and (place := elsewhere(run)):
            path = stack.enter_context(mirrored(*place, remote))
        else:
            path = find_run(run, runs_dir) if run is not None else newest_live(runs_dir)
        from ..launch import open_lab, refusal

        if reason := refusal():
            say(f"gradlab: {reason}")
            raise typer.Exit(Exit.USAGE)
        code = open_lab(
            preset=None,
            runs_dir=path.parent,
            refresh=refresh,
            theme=theme.value,
            ascii_only=ascii_only,
            watch=path,
            settings=context.obj,
        )
    raise typer.Exit(code)


def send_command(
    path: Annotated[
        str, typer.Argument(metavar="PATH", help="A run's directory, or that of runs.")
    ],
) -> None:
    """Send a run to a `gradlab watch` elsewhere; it starts this through ssh."""
    from ...engine.runs.sending import send

    send(path)


def elsewhere(reference: str) -> tuple[str, str] | None:
    """Host and path of a run on another machine, as scp writes them; None of what is here."""
    host, colon, path = reference.partition(":")
    if not colon or not host or "/" in host or Path(reference).exists():
        return None
    return host, path or "runs"


@contextmanager
def mirrored(host: str, path: str, remote: str) -> Iterator[Path]:
    """A copy of a run on another machine, kept up to date meanwhile.

    Raises:
        RunError: there is no such run, or no way to it.
    """
    from ...engine.runs.mirror import Mirror, ssh_command

    command = ssh_command(host, remote, path, os.environ.get("GRADLAB_SSH"))
    with tempfile.TemporaryDirectory(prefix="gradlab-watch-") as folder:
        mirror = Mirror(command, Path(folder), f"{host}:{path}")
        try:
            yield mirror.start()
        finally:
            mirror.close()


def newest_live(runs_dir: Path) -> Path:
    """The newest run that somebody trains.

    Raises:
        RunError: nobody trains any.
    """
    rows = list_runs(runs_dir)
    live = next((row for row in rows if row.live), None)
    if live is not None:
        return live.path
    if not rows:
        raise RunError(
            f"there are no runs in {runs_dir}; train one with `gradlab run PRESET`, or say where "
            "they are with --runs-dir or GRADLAB_RUNS"
        )
    raise RunError(
        f"none of the {len(rows)} runs in {runs_dir} is being trained; "
        "open one that is over: gradlab watch @last"
    )
