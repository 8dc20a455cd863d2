"""What `gradlab run` does once its arguments are known; imports what training needs."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any

from ...engine.diagnosis.diagnose import too_short
from ...engine.errors import GradlabError
from ...engine.preset.diff import diff
from ...engine.preset.load import base_folder, load, resolve
from ...engine.runs.documents import read_info
from ...engine.runs.followed import open_run
from ...engine.runs.summary import summarise
from ...engine.session import Session
from ...engine.stream.events import Trouble
from ...engine.stream.history import History
from ..settings.notifier import Notifier
from ..terminal.native_log import divert_native_log
from ..words.text import layer_table, number
from ..words.weight_tables import clipping_line, weight_lines
from .findings import fails, finding_lines, findings_in
from .interrupts import heeding
from .output import Exit, print_json, say
from .progress import make_reporter
from .resuming import find_unfinished

POLL_SECONDS = 0.1


def train_and_report(
    session: Session, wanted: set[str], *, as_json: bool, quiet: bool, notify: str | None = None
) -> int:
    """Train a session to its end, print its result, and return the exit code.

    Args:
        session: not started yet.
        wanted: findings that make the exit code 3.
        as_json: print the summary as JSON instead of a table.
        quiet: no progress, no table.
        notify: whom to tell of findings and the end, a command or a URL.

    Raises:
        PresetError, DataError, RunError: what the user can put right.
    """
    divert_native_log()
    history, signalled = train(session, quiet=quiet, notify=notify)
    troubles = history.troubles
    if session.error is not None:
        if isinstance(session.error, GradlabError):
            raise session.error
        say(f"gradlab: {type(session.error).__name__}: {session.error}")
        if session.run_dir is None:
            return Exit.FAILED
    assert session.run_dir is not None
    if session.resumed:
        history = open_run(session.run_dir).history
    summary = summarise(history, read_info(session.run_dir)[0], session.run_dir)
    if as_json:
        print_json(summary)
    elif not quiet:
        print_result(summary, recorded=not troubles)
    short = too_short(history)
    if short and not quiet and summary["status"] in ("finished", "stopped"):
        say(f"note: {short}")
    return exit_code(summary, signalled, wanted) or (Exit.FAILED if troubles else Exit.DONE)


def make_session(
    preset: str, overrides: list[str], name: str | None, resume: bool, trust: bool, runs_dir: Path
) -> Session:
    """A session for a preset, or for the unfinished run that `--resume` continues."""
    if resume:
        directory, unfinished = find_unfinished(preset, overrides, runs_dir)
        return Session(unfinished, resume=directory, trust=trust)
    path = resolve(preset)
    wanted = load(path, overrides)
    return Session(
        wanted,
        runs_dir=runs_dir,
        preset_name=path.stem,
        name=name,
        base=base_folder(path),
        trust=trust,
        changed={key: new for key, (_, new) in diff(load(path), wanted).items()},
    )


def train(session: Session, *, quiet: bool, notify: str | None = None) -> tuple[History, int]:
    """Run a session to its end in front of a person; returns its history and the signal, if any."""
    history, reporter = History(), make_reporter(quiet)
    notifier = Notifier(notify, lambda why: say(f"gradlab: {why}")) if notify else None
    with heeding(session.stop) as signals:
        try:
            session.start()
            told = False
            while True:
                ended = not session.alive
                for event in session.drain():
                    history.add(event)
                    if notifier is not None:
                        notifier.hear(session.run_dir.name if session.run_dir else "", event)
                    if isinstance(event, Trouble):
                        say(f"gradlab: {event.reason}")
                    reporter.show(event)
                if signals and not told:
                    told = True
                    say("stopping at the end of the block ... (again to leave at once)")
                if ended:
                    break
                time.sleep(POLL_SECONDS)
        finally:
            reporter.close()
            if notifier is not None:
                notifier.close()
    return history, signals[0] if signals else 0


def exit_code(summary: dict[str, Any], signalled: int, wanted: set[str]) -> int:
    """The exit code that a run ends with."""
    if signalled:
        return 128 + signalled
    if fails(findings_in(summary), wanted):
        return Exit.FINDING
    return Exit.FAILED if summary["status"] == "failed" else Exit.DONE


def print_result(summary: dict[str, Any], *, recorded: bool = True) -> None:
    """The short table that a run ends with: where the gradient went, and what to do next.

    Args:
        summary: the run's summary.
        recorded: whether its directory holds all of it.
    """
    rate = summary["steps_per_second"]
    results = "  ".join(f"{key} {number(value)}" for key, value in summary["final"].items())
    print(
        f"{summary['preset']}: {summary['status']} after {summary['epochs']} epochs, "
        f"{summary['steps']} steps, {summary['seconds']:.1f} s"
        + (f" ({rate:,.0f} steps/s)" if rate else "")
    )
    if results:
        print(results)
    print()
    print(layer_table(summary, min(100, _columns())))
    if beside := [*weight_lines(summary), *filter(None, [clipping_line(summary)])]:
        print("", *beside, sep="\n")
    for finding in findings_in(summary):
        print("", *finding_lines(finding, min(100, _columns())), sep="\n")
    if not recorded:
        print(f"\nnot all of it is saved in {summary['path']}: see the message above")
        return
    run = summary["run"]
    stopped = summary["status"] == "stopped"
    following = f"gradlab run {run} --resume" if stopped else f"gradlab runs show {run}"
    print(f"\nsaved as {summary['path']}\nnext: {following}")


def _columns() -> int:
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns
    except OSError:
        return 100
