"""`gradlab run PRESET --repeats N`: one compiled training over many seeds, each a run of its own."""

from __future__ import annotations

import sys
import time
from datetime import datetime
from pathlib import Path
from typing import Any

from ...engine.errors import GradlabError
from ...engine.findings.finding import Finding
from ...engine.preset.diff import diff
from ...engine.preset.load import base_folder, load, resolve
from ...engine.runs.documents import read_info
from ...engine.runs.summary import summarise
from ...engine.session import Session
from ...engine.trials.repeats import seeded, summed_up
from ..terminal.native_log import divert_native_log
from ..words.text import duration, number
from .findings import fails
from .output import Exit, print_json, say
from .training import train


def repeat_and_report(
    reference: str,
    overrides: list[str],
    repeats: int,
    wanted: set[str],
    *,
    name: str | None,
    trust: bool,
    runs_dir: Path,
    as_json: bool,
    quiet: bool,
) -> int:
    """Train a preset over its seed and the following ones, print what they come to; returns the exit code.

    Args:
        reference: the preset, by name or path.
        overrides: as `--set` has them.
        repeats: how many seeds.
        wanted: findings that make the exit code 3.
        name: a name for every run.
        trust: whether the preset may run code of its own.
        runs_dir: where runs live.
        as_json: print the document instead of a table.
        quiet: no progress, no table.

    Raises:
        PresetError, DataError, RunError: what the user can put right.
    """
    path = resolve(reference)
    original, presets = load(path), seeded(load(path, overrides), repeats)
    divert_native_log()
    group = f"{path.stem}-{datetime.now():%Y%m%dT%H%M%S}"
    summaries: list[dict[str, Any]] = []
    standing: list[Finding] = []
    before: Session | None = None
    failed, signalled, began = False, 0, time.monotonic()
    for preset in presets:
        session = Session(
            preset,
            runs_dir=runs_dir,
            preset_name=path.stem,
            name=name,
            base=base_folder(path),
            trust=trust,
            changed={key: new for key, (_, new) in diff(original, preset).items()},
            group=group,
            follows=before,
            keep=True,
        )
        history, signalled = train(session, quiet=True)
        standing += history.standing
        if isinstance(session.error, GradlabError) and not summaries:
            raise session.error
        if session.error is not None:
            say(f"gradlab: seed {preset.seed}: {session.error}")
        failed = failed or session.error is not None or bool(history.troubles)
        if session.run_dir is not None:
            info = read_info(session.run_dir)[0]
            summaries.append(summarise(history, info, session.run_dir))
            if not quiet:
                say(_progress(summaries, repeats, time.monotonic() - began))
        before = session
        if signalled:
            say(f"stopped: {len(summaries)} of {repeats} seeds were begun")
            break
    document = summed_up(summaries, group)
    if as_json:
        print_json(document)
    elif not quiet:
        print("\n".join(table(document)))
    if signalled:
        return 128 + signalled
    if fails(standing, wanted):
        return Exit.FINDING
    return Exit.FAILED if failed else Exit.DONE


def _progress(summaries: list[dict[str, Any]], repeats: int, seconds: float) -> str:
    """The last run in a line, and how long the others will take."""
    last, done = summaries[-1], len(summaries)
    results = "  ".join(f"{name} {number(value)}" for name, value in last["final"].items())
    left = duration(seconds / done * (repeats - done))
    rest = f"; about {left} left" if done < repeats else ""
    return f"{done}/{repeats}  seed {last['seed']}  {last['status']}  {results}{rest}"


def table(document: dict[str, Any]) -> list[str]:
    """What repeats come to, in lines.

    Args:
        document: of `gradlab run --repeats --json`.
    """
    statuses = ", ".join(f"{count} {status}" for status, count in document["statuses"].items())
    sign = "±" if (sys.stdout.encoding or "").lower().startswith("utf") else "+-"
    lines = [f"{document['preset']}: {len(document['runs'])} seeds, {statuses}", ""]
    width = max((len(name) for name in document["results"]), default=0)
    for name, result in document["results"].items():
        if result["mean"] is None:
            lines.append(f"{name:<{width}}  no finite value")
            continue
        line = f"{name:<{width}}  {number(result['mean'])}"
        if result["std"] is not None:
            line += f" {sign} {number(result['std'])}"
        if result["low"] is not None:
            line += f"  95% of the mean: {number(result['low'])} to {number(result['high'])}"
        lost = len(document["runs"]) - result["n"]
        lines.append(line + (f"  ({lost} without a finite value)" if lost else ""))
    for problem, share in document["findings"].items():
        lines.append(f"{problem} in {share:.0%} of the runs")
    if document["runs"]:
        lines += ["", f"next: gradlab compare {' '.join(document['runs'][:8])} --by-seed"]
    return lines
