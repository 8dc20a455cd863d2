"""What `gradlab sweep` does once its arguments are known."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import typer

from ...engine.errors import PresetError
from ...engine.preset.foreign import refuse_untrusted
from ...engine.preset.load import load_text, read, resolve
from ...engine.preset.results import result_names
from ...engine.runs.following import RunList
from ...engine.sweeps.cluster import on_dask
from ...engine.sweeps.directories import find_sweep
from ...engine.sweeps.grid import axis_of, drawn, grid, parse_axis
from ...engine.sweeps.outcome import Outcome, document, outcome, refuse_unknown
from ...engine.sweeps.plan import Plan, begin, make_plan, make_search, read_plan
from ...engine.sweeps.search import Search
from ...engine.sweeps.signs import PAUSE, ROOM, STOP, ask, asked, full
from ...engine.sweeps.supervisor import Place, local, supervise
from ...engine.sweeps.sweep_file import SweepFile, find_sweep_file, read_sweep_file
from ..terminal.ascii import stdout_is_ascii
from ..words.text import duration
from .interrupts import heeding
from .output import Exit, print_json, say
from .sweep_progress import make_progress
from .sweep_text import as_csv, as_text

MANY = 1000
"""Trials beyond which a sweep asks first."""


@dataclass(frozen=True)
class Output:
    """How the outcome is told: as JSON, as CSV, or as a picture of `metric` unless `quiet`."""

    as_json: bool
    as_csv: bool
    quiet: bool
    metric: str


@dataclass(frozen=True)
class Lanes:
    """Where trials are trained: so many at a time here, or on the Dask cluster at an address, each of
    whose trials takes so much of its worker's resources."""

    jobs: int | None
    dask: str | None
    resources: Mapping[str, float] = field(default_factory=dict)

    def place(self, sweep: Path) -> AbstractContextManager[Place]:
        """Where a sweep's trials are trained.

        Raises:
            RunError: nobody answers there.
        """
        return on_dask(self.dask, sweep, self.resources) if self.dask else local(self.jobs or 1)


@dataclass(frozen=True)
class Wanted:
    """A sweep as the command line asks for it; None leaves the choice to the sweep file."""

    reference: str
    settings: tuple[str, ...]
    assignments: tuple[str, ...]
    repeats: int | None
    trust: bool
    yes: bool
    random: int | None = None
    optuna: int | None = None
    maximize: str | None = None
    minimize: str | None = None


def begin_and_report(wanted: Wanted, runs_dir: Path, output: Output, lanes: Lanes) -> int:
    """Make a sweep, train it, tell what it has come to; returns the exit code.

    Raises:
        PresetError, RunError: what the user can put right.
    """
    path = find_sweep_file(wanted.reference)
    content = read_sweep_file(path) if path else None
    plan = plan_of(wanted, path, content, output.metric)
    _refuse_unknown(output.metric, plan)
    trials = plan.size
    if lanes.jobs is None and content is not None:
        lanes = replace(lanes, jobs=content.jobs)
    if trials > MANY and not wanted.yes:
        _confirm(trials)
    sweep = begin(runs_dir, plan, sys.argv)
    if not output.quiet:
        say(f"{trials} trials in {sweep}")
    return _train_and_tell(sweep, plan, lanes, output)


def again(reference: str, runs_dir: Path, output: Output, lanes: Lanes, *, only_show: bool) -> int:
    """Go on with a sweep that was stopped or killed, or only show it; returns the exit code.

    Raises:
        RunError: there is no such sweep, or it is being run.
    """
    sweep = find_sweep(reference, runs_dir)
    plan = read_plan(sweep)
    if not only_show:
        _refuse_unknown(output.metric, plan)
        return _train_and_tell(sweep, plan, lanes, output)
    _tell(outcome(sweep, plan, output.metric), output)
    return Exit.DONE


def plan_of(wanted: Wanted, path: Path | None, content: SweepFile | None, metric: str) -> Plan:
    """The plan that a command line and a sweep file make together; the command line goes first.

    Raises:
        PresetError: a setting or a point that cannot be.
    """
    reference = wanted.reference
    if content is not None and path is not None:
        beside = path.parent / content.preset
        reference = str(beside) if beside.is_file() else content.preset
    file = resolve(reference)
    text = read(file)
    overrides = (*(content.set if content else ()), *wanted.assignments)
    preset = load_text(text, where=str(file), overrides=overrides)
    if not wanted.trust:
        refuse_untrusted(preset)
    count, goal = _asked(wanted, content)
    chosen = [parse_axis(setting, drawn=bool(count)) for setting in wanted.settings]
    given = {axis.key for axis in chosen}
    for key, values in (content.settings if content else {}).items():
        if key not in given:
            chosen.append(axis_of(key, values, drawn=bool(count)))
    if not chosen:
        raise PresetError(
            "give at least one setting and its values, such as model.depth=1..10; to train one "
            f"setting over several seeds: gradlab run {wanted.reference} --repeats 10"
        )
    others: dict[str, Any] = {
        "overrides": overrides,
        "repeats": wanted.repeats or (content.repeats if content else 1),
        "base": file.parent,
        "trust": wanted.trust,
        "metric": goal[1] or metric or (content.metric if content else ""),
        "title": content.title if content else "",
    }
    if goal[1]:
        search = Search(tuple(chosen), count or 0, goal[0])
        return make_search(file.stem, text, search, **others)
    points = drawn(chosen, count, preset.seed) if count else grid(chosen)
    return make_plan(file.stem, text, chosen, points, **others)


def _asked(
    wanted: Wanted, content: SweepFile | None
) -> tuple[int | None, tuple[Literal["maximize", "minimize"], str]]:
    """How many points to draw or to choose (None for all of the grid), and what choosing is for.

    Raises:
        PresetError: what does not go together.
    """
    given = wanted if wanted.random or wanted.optuna else content
    random, optuna = (given.random, given.optuna) if given else (None, None)
    goal = wanted if wanted.maximize or wanted.minimize else content
    raised, lowered = (goal.maximize, goal.minimize) if goal else (None, None)
    if random and optuna:
        raise PresetError("choose one of --random and --optuna")
    if optuna and bool(raised) == bool(lowered):
        raise PresetError("--optuna needs one of --maximize METRIC and --minimize METRIC")
    if not optuna and (wanted.maximize or wanted.minimize):
        raise PresetError("--maximize and --minimize go with --optuna N")
    if raised and optuna:
        return optuna, ("maximize", raised)
    return random or optuna, ("minimize", (optuna and lowered) or "")


def resource(text: str) -> tuple[str, float]:
    """A name and an amount, as `GPU=1` has them.

    Raises:
        PresetError: it is none.
    """
    name, _, amount = text.partition("=")
    try:
        if name and float(amount) > 0:
            return name, float(amount)
    except ValueError:
        pass
    raise PresetError(f'--resources "{text}": write a name and an amount above 0, such as GPU=1')


def _refuse_unknown(metric: str, plan: Plan) -> None:
    """Stop before anything starts if no run is going to have what is asked for."""
    names = {name for trial in plan.trials for name in result_names(trial.preset)}
    for wanted in filter(None, (metric, plan.metric)):
        refuse_unknown(wanted, names)


def _confirm(trials: int) -> None:
    if not sys.stdin.isatty():
        raise PresetError(f"the sweep has {trials:,} trials, more than {MANY:,}: pass --yes")
    if not typer.confirm(f"{trials:,} trials. Train them all?", err=True):
        raise PresetError("nothing was begun")


def _train_and_tell(sweep: Path, plan: Plan, lanes: Lanes, output: Output) -> int:
    found, signalled = _train(sweep, plan, lanes, output)
    _tell(found, output)
    if signalled:
        return 128 + signalled
    return Exit.FAILED if found.failed or "waiting" in found.statuses else Exit.DONE


def _train(sweep: Path, plan: Plan, lanes: Lanes, output: Output) -> tuple[Outcome, int]:
    runs, progress = RunList(sweep), make_progress(output.quiet)
    began, before, paused = time.monotonic(), outcome(sweep, plan).progress, False
    found = outcome(sweep, plan)
    with heeding(lambda: ask(sweep, STOP)) as signals, lanes.place(sweep) as place:
        try:
            for grown in supervise(sweep, plan, place):
                found = outcome(sweep, grown, rows=runs.rows())
                gained = found.progress - before
                spent = time.monotonic() - began
                progress.show(found, spent / gained * (1 - found.progress) if gained > 0 else None)
                paused = _told_pause(sweep, paused)
                if signals:
                    progress.note("stopping; what was begun is kept ... (again to leave at once)")
        finally:
            progress.close()
    found = outcome(sweep, read_plan(sweep), output.metric)
    if not output.quiet:
        say(f"{found.progress:.0%} of the sweep after {duration(time.monotonic() - began)}")
    return found, signals[0] if signals else 0


def _told_pause(sweep: Path, told: bool) -> bool:
    """Say once when trainings begin to pause and when they go on; returns whether they pause."""
    no_room = full(sweep)
    pauses = no_room or asked(sweep, PAUSE)
    if pauses and not told:
        why = f"the disk of {sweep} has less than {ROOM >> 20} MiB left" if no_room else "as asked"
        say(f"paused: {why}; it goes on when there is room again" if no_room else f"paused, {why}")
    elif told and not pauses:
        say("going on")
    return pauses


def _tell(found: Outcome, output: Output) -> None:
    if output.as_json:
        print_json(document(found))
    elif output.as_csv:
        print(as_csv(found))
    elif not output.quiet:
        width = min(shutil.get_terminal_size((100, 24)).columns, 160)
        print("\n".join(as_text(found, width, stdout_is_ascii())))
