"""Options and arguments that several commands share."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

RunsDir = Annotated[
    Path,
    typer.Option("--runs-dir", envvar="GRADLAB_RUNS", metavar="DIR", help="Where runs live."),
]
"""The --runs-dir option of every command; its default is `Path("runs")`."""


def complete_run(context: typer.Context, incomplete: str) -> list[str]:
    """Ids of runs, newest first, that start with what has been typed; for shell completion."""
    from ...engine.runs.ids import run_directories

    root = context.params.get("runs_dir") or os.environ.get("GRADLAB_RUNS") or "runs"
    ids = [run.name for run in reversed(run_directories(Path(root)))]
    return [name for name in [*ids, "@last"] if name.startswith(incomplete)]


RUN_HELP = "A run's id, a unique beginning of one, @last, @last~1, or a path."

Run = Annotated[str, typer.Argument(metavar="RUN", help=RUN_HELP, autocompletion=complete_run)]
"""The RUN argument of every command that takes one."""

Runs = Annotated[
    list[str] | None,
    typer.Argument(metavar="RUN...", help=RUN_HELP, autocompletion=complete_run),
]
"""The RUN arguments of every command that takes several."""
