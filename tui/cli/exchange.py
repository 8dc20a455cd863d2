"""`gradlab runs export` and `import`: runs to and from other tools."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ...engine.errors import RunError
from ...engine.escaping.plain_text import printable
from ...engine.runs.ids import find_run
from .options import Run, RunsDir
from .output import refuse_target, say

if TYPE_CHECKING:
    from ...engine.exchange.selection import Selection

MOST_ROWS = {"tb": 10_000, "mlflow": 1_000}
"""Rows that these formats get unless --every says otherwise: both are slow with more, and show fewer."""


class ExportFormat(StrEnum):
    """What a run can be written as."""

    CSV = "csv"
    PARQUET = "parquet"
    JSONL = "jsonl"
    TENSORBOARD = "tb"
    MLFLOW = "mlflow"


class ImportFormat(StrEnum):
    """What a run can be made of."""

    TENSORBOARD = "tb"
    CSV_LOGGER = "csvlogger"


def export_command(
    run: Run,
    form: Annotated[
        ExportFormat, typer.Option("--format", "-f", help="What to write.")
    ] = ExportFormat.CSV,
    series: Annotated[
        list[str] | None,
        typer.Option(metavar="GLOB", help="Only these series, such as */delta_norm; repeatable."),
    ] = None,
    every: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Only every N-th recorded step.")
    ] = None,
    output: Annotated[
        str | None,
        typer.Option("-o", "--output", metavar="PATH", help="Where to write; - is stdout; for "
                     "mlflow, its tracking URI."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace what is there.")] = False,
    runs_dir: RunsDir = Path("runs"),
) -> None:  # fmt: skip
    """Write a run's series for another tool."""
    from ...engine.exchange.selection import every_for, rows_of, select, thinned

    path = find_run(run, runs_dir)
    selection = select(path, series or (), every or 1)
    for damage in selection.damage:
        say(f"damaged: {printable(damage)}")
    if every is None and (most := MOST_ROWS.get(form.value)):
        every = every_for(rows_of(selection), most)
        if every > 1:
            say(f"wrote every {every}th of {rows_of(selection):,} rows; --every 1 writes all")
            selection = thinned(selection, every)
    if form is ExportFormat.MLFLOW:
        from ...engine.exchange.mlflow_store import log_run

        print(log_run(selection, output or "sqlite:///mlflow.db"))
        return
    suffix = {"tb": "-tb"}.get(form.value, f".{form.value}")
    where = output or f"{path.name}{suffix}"
    _write(selection, form, where, force)
    if where != "-":
        print(where)


def _write(selection: Selection, form: ExportFormat, where: str, force: bool) -> None:
    from ...engine.exchange.event_files import write_events
    from ...engine.exchange.tables import write_csv, write_jsonl, write_parquet

    target = Path(where)
    if where == "-" and form not in (ExportFormat.CSV, ExportFormat.JSONL):
        raise RunError(f"{form.value} cannot go to stdout; say where with -o PATH")
    if where != "-" and target.exists() and not force:
        raise RunError(f"{where} exists; choose another place with -o PATH, or add --force")
    if where != "-":
        refuse_target(target)
    write = write_csv if form is ExportFormat.CSV else write_jsonl
    if where == "-":
        write(selection, sys.stdout.buffer)
        return
    try:
        if form is ExportFormat.TENSORBOARD:
            write_events(target, selection.parts)
        elif form is ExportFormat.PARQUET:
            write_parquet(selection, target)
        else:
            with target.open("wb") as file:
                write(selection, file)
    except OSError as error:
        raise RunError(f"cannot write {where}: {error.strerror or error}") from error


def import_command(
    source: Annotated[
        Path, typer.Argument(metavar="PATH", help="Event files, or a CSVLogger file.")
    ],
    form: Annotated[
        ImportFormat | None,
        typer.Option("--format", "-f", help="What it is; else told by its name."),
    ] = None,
    name: Annotated[str | None, typer.Option(help="A name for the run.")] = None,
    runs_dir: RunsDir = Path("runs"),
) -> None:
    """Make a run of TensorBoard scalars or of a Keras CSVLogger file."""
    from ...engine.exchange.importing import import_run

    made = import_run(source, runs_dir, form.value if form else None, name)
    for damage in made.damage:
        say(f"damaged: {printable(damage)}")
    say(f"{made.series} series, {made.epochs} epochs")
    print(made.path)
