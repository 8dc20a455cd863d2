"""`gradlab run`: train a preset from the shell."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ...engine.errors import PresetError
from .findings import FailOn, failing_findings
from .options import Notify, RunsDir
from .presets import AsJson, Reference, Sets


def run(
    preset: Reference,
    assignments: Sets = None,
    seed: Annotated[int | None, typer.Option(help="Override the seed.", min=0)] = None,
    epochs: Annotated[int | None, typer.Option(help="Override the epochs.", min=1)] = None,
    name: Annotated[str | None, typer.Option(help="A name for the run.")] = None,
    repeats: Annotated[
        int | None,
        typer.Option(help="Train over so many seeds, each a run, and sum them up.", min=2),
    ] = None,
    as_json: AsJson = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress, no table.")] = False,
    fail_on: FailOn = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Continue the newest unfinished run of the preset.")
    ] = False,
    trust: Annotated[
        bool, typer.Option("--trust", help="Let the preset run Python code of its own.")
    ] = False,
    notify: Notify = None,
    runs_dir: RunsDir = Path("runs"),
) -> None:
    """Train a preset and record every layer at every step."""
    from .training import make_session, train_and_report

    overrides = list(assignments or [])
    if seed is not None:
        overrides.append(f"seed={seed}")
    if epochs is not None:
        overrides.append(f"train.epochs={epochs}")
    wanted = failing_findings(fail_on)
    if repeats is not None:
        if notify:
            raise PresetError(
                "--repeats and --notify: runs of one command end too often to tell of each"
            )
        if resume:
            raise PresetError("--repeats and --resume: resume the unfinished runs one by one")
        from .repeats import repeat_and_report

        code = repeat_and_report(
            preset, overrides, repeats, wanted,
            name=name, trust=trust, runs_dir=runs_dir, as_json=as_json, quiet=quiet,
        )  # fmt: skip
        raise typer.Exit(code)
    session = make_session(preset, overrides, name, resume, trust, runs_dir)
    raise typer.Exit(train_and_report(session, wanted, as_json=as_json, quiet=quiet, notify=notify))
