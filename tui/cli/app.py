"""The Typer application. Nothing here, or imported from here, loads TensorFlow or Textual."""

from __future__ import annotations

import sys
from enum import StrEnum
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from ...engine.errors import GradlabError
from . import check, compare, doctor, fix, presets, report, run, runs, verify
from .options import RunsDir
from .output import Exit, say

LAB = "The lab"
"""Heading of the options that only the lab has."""


class Theme(StrEnum):
    """The lab's themes; `tui/themes.py` has their colours, which would load Textual."""

    DARK = "dark"
    LIGHT = "light"
    ANSI = "ansi"
    ANSI_LIGHT = "ansi-light"
    COLOUR_BLIND = "colour-blind"


app = typer.Typer(
    name="gradlab",
    help="A terminal laboratory for the vanishing and exploding gradient problem.",
    context_settings={"help_option_names": ["-h", "--help"]},
    no_args_is_help=False,
    pretty_exceptions_show_locals=False,
)
app.command()(run.run)
app.command()(check.check)
app.command()(fix.fix)
app.command()(compare.compare)
app.command()(report.report)
app.command()(doctor.doctor)
presets.app.command()(verify.verify)
app.add_typer(presets.app, name="presets")
app.add_typer(runs.app, name="runs")


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"gradlab {version('gradlab')}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def root(
    context: typer.Context,
    show_version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
    runs_dir: RunsDir = Path("runs"),
    preset: Annotated[
        str | None,
        typer.Option(
            help="Preset to open: a name or a path.",
            autocompletion=presets.complete_preset,
            rich_help_panel=LAB,
        ),
    ] = None,
    theme: Annotated[
        Theme, typer.Option(envvar="GRADLAB_THEME", help="Colours.", rich_help_panel=LAB)
    ] = Theme.DARK,
    refresh: Annotated[
        float | None,
        typer.Option(
            metavar="HZ",
            min=0.1,
            max=20,
            help="Updates a second; by default 2, over SSH 1.",
            rich_help_panel=LAB,
        ),
    ] = None,
    ascii_only: Annotated[
        bool, typer.Option("--ascii", help="Draw with ASCII characters.", rich_help_panel=LAB)
    ] = False,
) -> None:
    """Without a command: the lab."""
    if context.invoked_subcommand is not None:
        return
    from ..launch import open_lab, refusal

    if reason := refusal():
        say(f"gradlab: {reason}")
        raise typer.Exit(Exit.USAGE)
    code = open_lab(
        preset=preset,
        runs_dir=runs_dir,
        refresh=refresh,
        theme=theme.value,
        ascii_only=ascii_only,
    )
    raise typer.Exit(code)


def main() -> None:
    """Run the command line; errors a user can cause become one message and an exit code."""
    try:
        app()
    except GradlabError as error:
        say(f"gradlab: {error}")
        sys.exit(error.exit_code)
