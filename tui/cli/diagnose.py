"""`gradlab runs diagnose`: judge a recorded run again, or fail a build on what is found."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated, Any

import typer

from ...engine.errors import RunError
from ...engine.escaping.plain_text import printable
from ...engine.runs.ids import find_run
from .findings import FailOn, failing_findings, fails, finding_lines, findings_in
from .options import Run, RunsDir
from .output import Exit, print_json, say


def diagnose_command(
    run: Run,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    fail_on: FailOn = None,
    runs_dir: RunsDir = Path("runs"),
) -> None:
    """Diagnose a recorded run again, with the rules of this version.

    Statistics that the run lacks are not judged. Nothing is written.
    """
    wanted = failing_findings(fail_on)
    document = _diagnosed(find_run(run, runs_dir))
    if as_json:
        print_json(document)
    else:
        _print(document)
    if fails(findings_in(document), wanted):
        raise typer.Exit(Exit.FINDING)


def _diagnosed(path: Path) -> dict[str, Any]:
    from ...engine.diagnosis.diagnose import context_of, diagnose, too_short
    from ...engine.runs.followed import open_run

    run = open_run(path)
    history = run.history
    for damage in run.damage:
        say(f"damaged: {printable(damage)}")
    if history.started is None:
        raise RunError(f"{path.name} has recorded no training, so there is nothing to diagnose")
    findings = diagnose(history, context_of(history, run.info))
    return {
        "run": path.name,
        "path": str(path),
        "status": history.status.status,
        "steps": history.step,
        "too_short": too_short(history),
        "findings": [f.document() for f in findings if f.cleared_step is None],
        "cleared": [f.document() for f in findings if f.cleared_step is not None],
    }


def _print(document: dict[str, Any]) -> None:
    width = min(shutil.get_terminal_size((100, 24)).columns, 100)
    print(f"{printable(document['run'])}: {document['status']} after {document['steps']:,} steps")
    if document["too_short"]:
        say(f"note: {document['too_short']}")
    if not document["findings"]:
        print("findings: none")
    for finding in findings_in(document):
        print()
        print("\n".join(printable(line) for line in finding_lines(finding, width)))
    for finding in document["cleared"]:
        print(
            f"\ncleared: {finding['problem']} from step {finding['first_step']:,} to "
            f"{finding['cleared_step']:,}"
        )
