"""`gradlab sweep`: a preset over a grid of settings."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ...engine.errors import PresetError
from .options import RunsDir
from .output import print_json
from .presets import AsJson, Sets


def sweep(
    preset: Annotated[
        str | None,
        typer.Argument(metavar="PRESET", help="A preset or a sweep file, by name or path."),
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="KEY=VALUES...",
            help="model.depth=1..10 model.activation=tanh,relu optimizer.learning_rate=log(1e-4..1e-1,7)",
        ),
    ] = None,
    assignments: Sets = None,
    repeats: Annotated[
        int | None, typer.Option(help="Seeds of each point, on one compilation.", min=1)
    ] = None,
    jobs: Annotated[int | None, typer.Option(help="Trainings at a time.", min=1, max=256)] = None,
    dask: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="Train on a Dask cluster; local:N starts N workers."),
    ] = None,
    resources: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=AMOUNT", help="What a trial takes of its Dask worker: GPU=1."),
    ] = None,
    random: Annotated[
        int | None, typer.Option(metavar="N", help="Draw N points from the ranges.", min=1)
    ] = None,
    optuna: Annotated[
        int | None,
        typer.Option(metavar="N", help="Let Optuna choose N points from the ranges.", min=1),
    ] = None,
    maximize: Annotated[
        str | None, typer.Option(metavar="METRIC", help="What --optuna is to raise.")
    ] = None,
    minimize: Annotated[
        str | None, typer.Option(metavar="METRIC", help="What --optuna is to lower.")
    ] = None,
    metric: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="What the picture shows: val_accuracy, best.val_loss, healthy, delta_ratio, ...",
        ),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Continue a sweep (PRESET is its id or @sweep).")
    ] = False,
    show: Annotated[
        bool, typer.Option("--show", help="Only show a sweep (PRESET is its id or @sweep).")
    ] = False,
    listing: Annotated[
        bool, typer.Option("--list", help="List the sweeps that have names.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask about many trials.")] = False,
    as_json: AsJson = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV, a line a point.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress, no picture.")] = False,
    trust: Annotated[
        bool, typer.Option("--trust", help="Let the preset run Python code of its own.")
    ] = False,
    runs_dir: RunsDir = Path("runs"),
) -> None:
    """Train a preset over a grid of settings, every point a run or several, and show what they do."""
    if as_json and as_csv:
        raise PresetError("choose one of --json and --csv")
    if listing:
        _list(as_json)
        return
    if preset is None:
        raise PresetError(
            "say what to sweep, such as: gradlab sweep circles-tanh-5 model.depth=1..10; "
            "`gradlab sweep --list` shows the sweeps that have names"
        )
    from . import sweeping

    output = sweeping.Output(as_json, as_csv, quiet, metric or "")
    if resources and not dask:
        raise PresetError("--resources goes with --dask: what a trial takes of its worker")
    lanes = sweeping.Lanes(jobs, dask, dict(map(sweeping.resource, resources or ())))
    if resume or show:
        given = {
            "KEY=VALUES": settings,
            "--set": assignments,
            "--repeats": repeats,
            "--random": random,
            "--optuna": optuna,
            "--maximize": maximize,
            "--minimize": minimize,
        }
        if unfit := [name for name, value in given.items() if value]:
            raise PresetError(
                f"{', '.join(unfit)}: a sweep that has begun keeps its trials as they were"
            )
        code = sweeping.again(preset, runs_dir, output, lanes, only_show=show)
    else:
        wanted = sweeping.Wanted(
            preset, tuple(settings or ()), tuple(assignments or ()),
            repeats, trust, yes, random, optuna, maximize, minimize,
        )  # fmt: skip
        code = sweeping.begin_and_report(wanted, runs_dir, output, lanes)
    raise typer.Exit(code)


def _list(as_json: bool) -> None:
    from ...engine.sweeps.sweep_file import available

    entries = available()
    if as_json:
        print_json(
            [
                {"name": entry.name, "path": str(entry.path), "error": entry.error or None}
                | (entry.content.model_dump() if entry.content else {})
                for entry in entries
            ]
        )
        return
    width = max((len(entry.name) for entry in entries), default=0)
    for entry in entries:
        text = entry.content.title if entry.content else f"broken: {entry.error}"
        print(f"{entry.name:{width}}  {text}".rstrip())
