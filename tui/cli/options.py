"""Options and arguments that several commands share."""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

RunsDir = Annotated[
    Path,
    typer.Option("--runs-dir", envvar="GRADLAB_RUNS", metavar="DIR", help="Where runs live."),
]
"""The --runs-dir option of every command; its default is `Path("runs")`."""


LAB = "The lab"
"""Heading of the options that only the lab has."""


class Theme(StrEnum):
    """The lab's themes; `tui/themes.py` has their colours, which would load Textual."""

    DARK = "dark"
    LIGHT = "light"
    ANSI = "ansi"
    ANSI_LIGHT = "ansi-light"
    COLOUR_BLIND = "colour-blind"


ThemeOption = Annotated[
    Theme, typer.Option("--theme", envvar="GRADLAB_THEME", help="Colours.", rich_help_panel=LAB)
]
"""The --theme option of every command that opens a screen."""

Refresh = Annotated[
    float | None,
    typer.Option(
        "--refresh",
        metavar="HZ",
        min=0.1,
        max=20,
        help="Updates a second; by default 2, over SSH 1.",
        rich_help_panel=LAB,
    ),
]
"""The --refresh option of every command that opens a screen."""

Notify = Annotated[
    str | None,
    typer.Option(
        "--notify",
        envvar="GRADLAB_NOTIFY",
        metavar="COMMAND|URL",
        help="Tell of findings and the end: a command with GRADLAB_RUN and GRADLAB_TEXT, or JSON to a URL.",
    ),
]
"""The --notify option of the lab and of `run`."""

Ascii = Annotated[
    bool, typer.Option("--ascii", help="Draw with ASCII characters.", rich_help_panel=LAB)
]
"""The --ascii option of every command that opens a screen."""


def complete_run(context: typer.Context, incomplete: str) -> list[str]:
    """Ids of runs, newest first, that start with what has been typed; for shell completion."""
    from ...engine.runs.ids import run_directories

    root = context.params.get("runs_dir") or os.environ.get("GRADLAB_RUNS") or "runs"
    ids = [run.name for run in reversed(run_directories(Path(root)))]
    return [name for name in [*ids, "@last"] if name.startswith(incomplete)]


RUNS_HELP = (
    "A run's id, a unique beginning of one, @last, @last~1, a path, or a sweep: its id or @sweep."
)

RUN_HELP = "A run's id, a unique beginning of one, @last, @last~1, or a path."

Run = Annotated[str, typer.Argument(metavar="RUN", help=RUN_HELP, autocompletion=complete_run)]
"""The RUN argument of every command that takes one."""

Runs = Annotated[
    list[str] | None,
    typer.Argument(metavar="RUN...", help=RUNS_HELP, autocompletion=complete_run),
]
"""The RUN arguments of every command that takes several."""
