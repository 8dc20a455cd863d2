"""`gradlab watch`: the charts of a run that trains elsewhere, or that is over."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ...engine.errors import RunError
from ...engine.runs.ids import find_run
from ...engine.runs.listing import list_runs
from .options import RUN_HELP, Ascii, Refresh, RunsDir, Theme, ThemeOption, complete_run
from .output import Exit, say


def watch(
    run: Annotated[
        str | None,
        typer.Argument(
            metavar="RUN",
            help=f"{RUN_HELP} Without it, the newest run that is being trained.",
            show_default=False,
            autocompletion=complete_run,
        ),
    ] = None,
    theme: ThemeOption = Theme.DARK,
    refresh: Refresh = None,
    ascii_only: Ascii = False,
    runs_dir: RunsDir = Path("runs"),
) -> None:
    """Open a run in the lab's charts and follow it, whichever process or shell trains it.

    Leaving disturbs nothing; s asks the training to stop.
    """
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
    )
    raise typer.Exit(code)


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
