"""`gradlab runs evaluate`: a trained model on rows of its data."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ...engine.runs.ids import find_run
from ..words.text import number, table
from .data import SplitName
from .options import Run, RunsDir
from .output import print_json


def evaluate_command(
    run: Run,
    split: Annotated[
        SplitName | None,
        typer.Option(help="Which rows; by default test, else validation, else train."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    trust: Annotated[
        bool, typer.Option("--trust", help="Let the preset run Python code of its own.")
    ] = False,
    runs_dir: RunsDir = Path("runs"),
) -> None:
    """Evaluate a run's model with its last weights and, where it kept them, with its best."""
    path = find_run(run, runs_dir)

    from ..terminal.native_log import divert_native_log

    divert_native_log()
    from ...engine.training.saved_model import evaluate_saved

    chosen, rows, found = evaluate_saved(path, split.value if split else None, trust=trust)
    if as_json:
        print_json({"run": path.name, "split": chosen, "rows": rows, "weights": found})
        return
    names = list(next(iter(found.values())))
    cells = [[kind, *(number(values[name]) for name in names)] for kind, values in found.items()]
    print(f"{path.name}: {rows} {chosen} rows")
    print("\n".join(table(["weights", *names], cells, right=range(1, len(names) + 1))))
