"""`gradlab check`: what will go wrong, before any training."""

from __future__ import annotations

import shlex
import shutil
import textwrap
from typing import Annotated, Any

import typer

from ...engine.errors import PresetError
from .findings import FailOn, failing_findings, fails, finding_lines, findings_in
from .output import Exit, print_json
from .presets import AsJson, Reference, Sets


def check(
    preset: Reference,
    grid: Annotated[
        list[str] | None,
        typer.Argument(metavar="[KEY=VALUES...]", help="Look at a grid: model.depth=1..50"),
    ] = None,
    assignments: Sets = None,
    as_json: AsJson = False,
    fail_on: FailOn = None,
    chart: Annotated[bool, typer.Option("--chart", help="Draw the ratios of a grid.")] = False,
    lr_range: Annotated[
        bool, typer.Option("--lr-range", help="Train through rising rates, and suggest one.")
    ] = False,
    trust: Annotated[
        bool, typer.Option("--trust", help="Let the preset run Python code of its own.")
    ] = False,
) -> None:
    """Predict and measure a preset's gradient flow at initialization; nothing is trained."""
    if grid or chart or lr_range:
        _check_many(preset, grid or [], assignments or [], chart, lr_range, as_json, fail_on, trust)
        return
    from ...engine.preset.load import base_folder, load, resolve

    wanted = failing_findings(fail_on)
    path = resolve(preset)
    settings = load(path, list(assignments or []))

    from ..terminal.native_log import divert_native_log

    divert_native_log()
    from ...engine.checks.preflight import preflight
    from ...engine.data.load import load_data

    base = base_folder(path)
    data = load_data(settings.data, base=base, seed=settings.seed)
    document = preflight(settings, data, name=path.stem, trust=trust, base=base)
    if as_json:
        print_json(document)
    else:
        overrides = [f"--set {shlex.quote(item)}" for item in assignments or []]
        print("\n".join(report(document, " ".join([preset, *overrides]))))
    raise typer.Exit(Exit.FINDING if fails(findings_in(document), wanted) else Exit.DONE)


def _check_many(
    preset: str, grid: list[str], sets: list[str], chart: bool, lr_range: bool, as_json: bool,
    fail_on: FailOn, trust: bool,
) -> None:  # fmt: skip
    if lr_range and (grid or chart):
        raise PresetError("--lr-range takes one preset, not a grid, and draws its chart always")
    if not grid and not lr_range:
        raise PresetError("--chart draws a grid: give one, such as model.depth=1..50")
    if fail_on:
        raise PresetError("--fail-on judges one preset: leave the grid and --lr-range away")
    from ..terminal.native_log import divert_native_log

    divert_native_log()
    from .check_grid import check_grid, check_rates

    if lr_range:
        check_rates(preset, sets, as_json=as_json, trust=trust)
    else:
        check_grid(preset, grid, sets, chart=chart, as_json=as_json, trust=trust)


def report(document: dict[str, Any], reference: str) -> list[str]:
    """The check as lines of text.

    Args:
        document: of `gradlab check --json`.
        reference: the preset and its overrides, as they were given.
    """
    from .preflight_text import (
        data_line,
        layer_lines,
        loss_line,
        phases_line,
        ratio_line,
        time_lines,
        weight_lines,
    )

    width = min(shutil.get_terminal_size((100, 24)).columns, 120)
    count = len(document["layers"])
    lines = [
        f"{document['preset']}: {document['family']}, {count} layers with kernels, "
        f"{document['parameters']:,} weights, {document['rows']} training rows; nothing was trained",
        "",
        *layer_lines(document, width),
        "",
        *weight_lines(document, width),
        "",
    ]
    texts = [ratio_line(document), phases_line(document), *time_lines(document)]
    texts += [loss_line(document), data_line(document)]
    for line in filter(None, texts):
        lines += textwrap.wrap(line, width, subsequent_indent="  ")
    for finding in findings_in(document):
        lines += ["", *finding_lines(finding, width)]
    if not document["findings"]:
        lines += ["", "no problem is likely at initialization"]
    verb = "fix" if document["findings"] else "run"
    return [*lines, "", f"next: gradlab {verb} {reference}"]
