"""`gradlab fix`: find what cures a preset, and write the cured one."""

from __future__ import annotations

import shutil
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .findings import as_options
from .output import Exit, print_json, say
from .presets import AsJson, Reference, Sets

if TYPE_CHECKING:
    from ...engine.trials.fix import Cure


def fix(
    preset: Reference,
    assignments: Sets = None,
    budget: Annotated[
        int | None,
        typer.Option(
            metavar="STEPS", min=20, help="Steps of each trial; by default by the size of the net."
        ),
    ] = None,
    to: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The cured preset; by default presets/NAME-fixed.toml."),
    ] = None,
    as_json: AsJson = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")] = False,
    trust: Annotated[
        bool, typer.Option("--trust", help="Let the preset run Python code of its own.")
    ] = False,
) -> None:
    """Try remedies on short forks of a preset, same seed and data, and keep what helps."""
    from ...engine.preset.load import base_folder, load_text, read, resolve
    from ...engine.trials.cured import cured_path, cured_text, refuse_overwriting, write_cured

    path = resolve(preset)
    text, overrides = read(path), list(assignments or [])
    load_text(text, where=str(path), overrides=overrides)
    target = to or cured_path(path)
    refuse_overwriting(target)

    from ..terminal.native_log import divert_native_log

    divert_native_log()
    from ...engine.trials.fix import find_cure

    try:
        cure = find_cure(
            text,
            overrides,
            where=str(path),
            budget=budget,
            trust=trust,
            base=base_folder(path),
            tell=(lambda line: None) if quiet else say,
        )
    except KeyboardInterrupt:
        say("interrupted; nothing was written")
        raise typer.Exit(Exit.INTERRUPTED) from None
    written = None
    if cure.changes:
        write_cured(cured_text(text, overrides, cure, source=path, target=target), target)
        written = str(target)
    document = {"preset": path.stem, **cure.document(), "written": written}
    if as_json:
        print_json(document)
    else:
        print("\n".join(report(document, cure)))
    raise typer.Exit(Exit.FAILED if cure.status == "not_cured" else Exit.DONE)


def report(document: dict[str, Any], cure: Cure) -> list[str]:
    """What was tried and what came of it, as lines of text."""
    from ..words.text import table

    width = min(shutil.get_terminal_size((100, 24)).columns, 120)
    words = {
        "healthy": "healthy, nothing to cure",
        "cured": "cured",
        "improved": "better, not cured",
        "not_cured": "nothing that was tried helped",
    }
    length = cure.length
    lines = [
        f"{document['preset']}: {words[cure.status]}; {length.steps:,} steps ({length.epochs} epochs) "
        f"a trial, {document['seconds']:.0f} s in all"
    ]
    if document["too_short"]:
        lines += textwrap.wrap(f"note: {document['too_short']}", width, subsequent_indent="  ")
    if cure.attempts:
        heading = ["tried", "against", "outcome", "measure", "before", "after", "kept"]
        rows = [
            [
                attempt.remedy.name,
                attempt.problem,
                attempt.verdict.outcome,
                *_measured(attempt.verdict.validation),
                "yes" if attempt.kept else "",
            ]
            for attempt in cure.attempts
        ]
        lines += ["", *table(heading, rows, right=(4, 5))]
    if cure.verdict:
        lines += [
            "",
            *table(["", "before", "after"], _comparison(cure), right=(1, 2)),
            "",
        ]
        lines += textwrap.wrap(cure.verdict.sentence, width, subsequent_indent="  ")
        lines.append(f"cure: {as_options(cure.changes)}")
        for attempt in cure.attempts:
            if attempt.kept:
                why = f"{attempt.remedy.why} ({attempt.remedy.source})"
                lines += textwrap.wrap(why, width, initial_indent="  ", subsequent_indent="  ")
    for finding in cure.after.findings:
        lines += ["", *textwrap.wrap(f"left: {finding.message}", width, subsequent_indent="  ")]
    if document["written"]:
        lines += ["", f"written: {document['written']}", f"next: gradlab run {document['written']}"]
    return lines


def _measured(measure: Any) -> list[str]:
    if measure is None:
        return ["-", "-", "-"]
    return [measure.name, *_pair(measure.before, measure.after)]


def _comparison(cure: Cure) -> list[list[str]]:
    assert cure.verdict
    names = [
        ", ".join(finding.problem for finding in trial.findings) or "none"
        for trial in (cure.before, cure.after)
    ]
    return [
        ["findings", *names],
        *([m.name, *_pair(m.before, m.after)] for m in cure.verdict.measures),
    ]


def _pair(before: float | None, after: float | None) -> list[str]:
    from ..words.text import number

    return [number(value) for value in (before, after)]
