"""`gradlab record`: a script of somebody's own, unchanged, with every `fit` in it recorded."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from ...engine.errors import GradlabError
from .options import RunsDir


def record(
    script: Annotated[
        list[str],
        typer.Argument(metavar="SCRIPT [ARGUMENT]...", help="The script, and what it is given."),
    ],
    module: Annotated[
        bool, typer.Option("-m", help="SCRIPT is a module's name, as with python -m.")
    ] = False,
    name: Annotated[
        str | None, typer.Option(help="A name for the runs; by default the script's.")
    ] = None,
    activity: Annotated[
        bool, typer.Option("--activity", help="Record deltas and activations of layers too.")
    ] = False,
    runs_dir: RunsDir = Path("runs"),
) -> None:
    """Run a Keras script as it is, and record every fit in it as a run.

    Output, exit code and ctrl+c are the script's own. Options of gradlab go before SCRIPT.
    """
    target, *arguments = script
    if module:
        _check_module(target)
    elif not Path(target).is_file():
        raise GradlabError(f"{target} is not a file; record takes a Python script, or -m MODULE")
    name = name or (target.rpartition(".")[2] if module else Path(target).stem)
    runner = [sys.executable, "-m", "gradlab.engine.recording.script"]
    # Another interpreter in this process: what is the script's own is then Python's own.
    ways = ["activity" if activity else "-", "-m" if module else "-"]
    os.execv(sys.executable, [*runner, str(runs_dir), name, *ways, target, *arguments])


def _check_module(name: str) -> None:
    """Raise GradlabError if Python finds no such module from here."""
    sys.path.insert(0, os.getcwd())
    try:
        found = importlib.util.find_spec(name)
    except (ImportError, ValueError):
        found = None
    if found is None:
        raise GradlabError(
            f"there is no module {name}; record -m takes its name, such as pkg.train"
        )
