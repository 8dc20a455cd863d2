"""The Typer application. Nothing here, or imported from here, loads TensorFlow or Textual."""

from __future__ import annotations

import sys
from importlib.metadata import version
from typing import Annotated

import typer

from ...engine.errors import GradlabError
from . import doctor, presets, run, runs
from .output import Exit, say

app = typer.Typer(
    name="gradlab",
    help="A terminal laboratory for the vanishing and exploding gradient problem.",
    context_settings={"help_option_names": ["-h", "--help"]},
    no_args_is_help=False,
    pretty_exceptions_show_locals=False,
)
app.command()(run.run)
app.command()(doctor.doctor)
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
) -> None:
    """Without a command: the lab."""
    if context.invoked_subcommand is None:
        say("The lab is not built yet; try: gradlab --help")
        raise typer.Exit(Exit.USAGE)


def main() -> None:
    """Run the command line; errors a user can cause become one message and an exit code."""
    try:
        app()
    except GradlabError as error:
        say(f"gradlab: {error}")
        sys.exit(error.exit_code)
