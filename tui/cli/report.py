"""`gradlab report`: runs as one HTML page for people who have no gradlab."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ...engine.errors import RunError
from .compare import Axis, AxisOption, Baseline, chosen, meant
from .options import Runs, RunsDir
from .output import refuse_target, say


def report(
    runs: Runs = None,
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="PATH", help="The page to write.")
    ] = Path("report.html"),
    baseline: Baseline = None,
    axis: AxisOption = Axis.STEP,
    by_seed: Annotated[
        bool, typer.Option("--by-seed", help="Curves as means of runs that differ in seed only.")
    ] = False,
    runs_dir: RunsDir = Path("runs"),
) -> None:
    """Write one self-contained HTML page: settings, curves, gradients, findings, verdict."""
    from ...engine.comparison.opened import MOST, open_runs
    from ...engine.escaping.plain_text import printable
    from ...engine.report.page import write_report
    from ...engine.sweeps.directories import sweep_runs
    from ...engine.sweeps.outcome import outcome
    from ...engine.sweeps.picture import sections
    from ...engine.sweeps.plan import read_plan

    references = runs or []
    if not references:
        raise RunError("say which runs to report on, such as: gradlab report @last -o report.html")
    paths = meant(references[0], runs_dir, MOST) if len(set(references)) == 1 else []
    if len(paths) == 1 and baseline is None:
        pinned = 0
    else:
        paths, pinned = chosen(references, baseline, runs_dir)
    refuse_target(output)
    sweep = sweep_runs(references[0], runs_dir) if len(set(references)) == 1 else None
    pictures = sections(outcome(sweep, read_plan(sweep))) if sweep else []
    opened = open_runs(paths)
    for run in opened:
        for damage in run.damage:
            say(f"{run.letter}: damaged: {printable(damage)}")
    write_report(opened, output, baseline=pinned, axis=axis.value, by_seed=by_seed, sweep=pictures)
    print(output)
