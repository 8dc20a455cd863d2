"""The Typer application. Nothing here, or imported from here, loads TensorFlow or Textual."""

from __future__ import annotations

import sys
from errno import EDQUOT, EIO, ENOSPC, EPIPE
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any, cast

import typer

from ...engine.errors import GradlabError
from ...engine.machine.quick_keras import hasten_keras
from ..settings.file import Settings, read_settings, settings_file
from ..terminal.door import Door, install_doors
from . import (
    check,
    compare,
    data,
    demo,
    doctor,
    fix,
    presets,
    record,
    report,
    run,
    runs,
    sweep,
    verify,
    watch,
)
from .options import LAB, Ascii, Notify, Refresh, RunsDir, Theme, ThemeOption
from .output import Exit, say

app = typer.Typer(
    name="gradlab",
    help="A terminal laboratory for the vanishing and exploding gradient problem.",
    context_settings={"help_option_names": ["-h", "--help"]},
    no_args_is_help=False,
    pretty_exceptions_show_locals=False,
)
app.command()(demo.demo)
app.command()(run.run)
app.command()(sweep.sweep)
app.command()(check.check)
app.command()(fix.fix)
app.command()(compare.compare)
app.command()(report.report)
app.command()(watch.watch)
app.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})(
    record.record
)
app.command()(doctor.doctor)
presets.app.command()(verify.verify)
presets.app.command("data")(data.data_command)
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
    theme: ThemeOption = Theme.DARK,
    refresh: Refresh = None,
    ascii_only: Ascii = False,
    notify: Notify = None,
    trust: Annotated[
        bool,
        typer.Option(
            "--trust", help="Let presets run Python code of their own.", rich_help_panel=LAB
        ),
    ] = False,
) -> None:
    """Without a command: the lab."""
    settings = context.obj or Settings()
    for problem in settings.problems:
        say(f"gradlab: {problem}")
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
        trust=trust,
        notify=notify,
        settings=settings,
    )
    raise typer.Exit(code)


def main() -> None:
    """Run the command line; errors a user can cause become one message and an exit code."""
    install_doors()
    hasten_keras()
    out = cast(Door, sys.stdout)
    code = _answer()
    out.flush()
    if out.lost is not None and code == Exit.DONE:
        # A reader who went away, as `head` does, knows that it has.
        if out.lost.errno != EPIPE:
            say(f"gradlab: cannot write to stdout: {out.lost.strerror}")
        code = Exit.FAILED
    sys.exit(code)


def worded(arguments: list[str]) -> list[str]:
    """The command line in full: the path of a preset as its first word opens that in the lab."""
    path = bool(arguments) and not arguments[0].startswith("-") and arguments[0].endswith(".toml")
    return ["--preset", *arguments] if path else arguments


def _defaults(settings: Settings) -> dict[str, Any]:
    """The settings as defaults of the options of every command: variables and flags go before them."""
    shared = settings.defaults
    found: dict[str, Any] = dict(shared)
    for command in app.registered_commands:
        found[command.name or getattr(command.callback, "__name__", "")] = shared
    for group in app.registered_groups:
        typer_of = group.typer_instance
        commands = typer_of.registered_commands if typer_of else []
        names = (c.name or getattr(c.callback, "__name__", "") for c in commands)
        found[str(group.name)] = {**shared, **dict.fromkeys(names, shared)}
    return found


def _answer() -> int:
    """Do what the command line asks, and return the exit code."""
    try:
        Path.cwd()
    except OSError:
        say("gradlab: the current folder is gone or cannot be entered; go to another one")
        return Exit.USAGE
    try:
        settings = read_settings(settings_file())
        app(args=worded(sys.argv[1:]), obj=settings, default_map=_defaults(settings))
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else Exit.DONE
    except GradlabError as error:
        say(f"gradlab: {error}")
        return error.exit_code
    except OSError as error:
        if error.errno not in (ENOSPC, EDQUOT, EIO):
            raise
        say(f"gradlab: cannot write: {error.strerror}")
        return Exit.FAILED
    return Exit.DONE
