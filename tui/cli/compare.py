"""`gradlab compare`: what differs between runs, and what it did."""

from __future__ import annotations

import shutil
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ...engine.errors import RunError
from .options import Runs, RunsDir, complete_run
from .output import print_json, say


class Axis(StrEnum):
    """The x axis of curves and findings."""

    STEP = "step"
    EPOCH = "epoch"
    EXAMPLES = "examples"
    TIME = "time"


AxisOption = Annotated[Axis, typer.Option("--x", help="What curves and findings are placed by.")]
Baseline = Annotated[
    str | None,
    typer.Option(
        metavar="RUN", help="Take deltas from this run; by default from the first.",
        autocompletion=complete_run,
    ),
]  # fmt: skip


def compare(
    runs: Runs = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
    as_md: Annotated[bool, typer.Option("--md", help="Print Markdown.")] = False,
    everything: Annotated[bool, typer.Option("--all", help="Show equal settings too.")] = False,
    baseline: Baseline = None,
    axis: AxisOption = Axis.STEP,
    by_seed: Annotated[
        bool, typer.Option("--by-seed", help="Group runs that differ in their seed only.")
    ] = False,
    runs_dir: RunsDir = Path("runs"),
) -> None:
    """Compare 2 to 20 runs: what differs, results with deltas, gradients by depth, findings."""
    from ...engine.comparison.document import comparison
    from ...engine.comparison.opened import open_runs
    from ...engine.escaping.plain_text import printable
    from ..terminal.ascii import stdout_is_ascii

    if as_json + as_csv + as_md > 1:
        raise RunError("choose one of --json, --csv and --md")
    paths, pinned = chosen(runs or [], baseline, runs_dir)
    opened = open_runs(paths)
    for run in opened:
        for damage in run.damage:
            say(f"{run.letter}: damaged: {printable(damage)}")
    document = comparison(
        opened, baseline=pinned, everything=everything, axis=axis.value, by_seed=by_seed
    )
    if as_json:
        print_json(document)
        return
    from . import comparison as texts

    if as_csv:
        print(texts.as_csv(document))
    elif as_md:
        print(texts.as_markdown(document))
    else:
        width = min(shutil.get_terminal_size((100, 24)).columns, 160)
        print(texts.as_text(document, width, "ascii" if stdout_is_ascii() else "braille"))


def chosen(references: list[str], baseline: str | None, runs_dir: Path) -> tuple[list[Path], int]:
    """The directories of the runs that are compared, and which of them is the baseline.

    A baseline that is not among the runs is put before them.

    Raises:
        RunError: a run cannot be found, or there are too few or too many.
    """
    from ...engine.comparison.opened import MOST
    from ...engine.runs.ids import find_run

    paths = list(dict.fromkeys(path for r in references for path in meant(r, runs_dir, MOST)))
    pinned = 0
    if baseline is not None:
        path = find_run(baseline, runs_dir)
        if path not in paths:
            paths.insert(0, path)
        pinned = paths.index(path)
    if not 2 <= len(paths) <= MOST:
        raise RunError(
            f"compare takes 2 to {MOST} different runs, not {len(paths)}; such as: "
            "gradlab compare @last~1 @last"
        )
    return paths, pinned


def meant(reference: str, runs_dir: Path, most: int) -> list[Path]:
    """The runs that a reference means: of a sweep all, or if they are too many, its best and worst points'.

    Raises:
        RunError: there is no such run or sweep.
    """
    from ...engine.runs.ids import find_run
    from ...engine.sweeps.directories import sweep_runs
    from ...engine.sweeps.plan import read_plan

    sweep = sweep_runs(reference, runs_dir)
    if sweep is None:
        return [find_run(reference, runs_dir)]
    from ...engine.sweeps.outcome import outcome, ranked

    found = outcome(sweep, read_plan(sweep))
    runs = [row.path for point in found.points for row in point.rows if row is not None]
    if len(runs) <= most or not (order := ranked(found)):
        return runs
    best, worst = ([row.path for row in p.rows if row is not None] for p in (order[0], order[-1]))
    say(
        f"{sweep.name} has {len(runs)} runs: the best and the worst point by {found.metric} are taken"
    )
    return [*best[: most // 2], *worst[: most // 2]]
