"""`gradlab runs`: list, show and delete what was trained."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ...engine.errors import RunError
from ...engine.escaping.plain_text import printable
from ...engine.runs.ids import find_run
from ...engine.runs.listing import RunRow, list_runs, read_row
from ...engine.runs.query import filter_runs, sort_runs
from ...engine.runs.state import Watch
from ...engine.runs.trash import TRASH, delete, empty
from ..terminal.ascii import in_ascii, stdout_is_ascii
from ..words.text import duration, layer_table, number, shortened, table
from ..words.weight_tables import clipping_line, weight_lines
from . import evaluate, exchange, noting, watch
from .charting import HEIGHT, STATISTICS, WIDTH, Chart, chart_text
from .diagnose import diagnose_command
from .findings import as_options, findings_in
from .options import Run, Runs, RunsDir
from .output import Exit, print_json, say

if TYPE_CHECKING:
    from ...engine.runs.followed import RecordedRun
    from ..drawing.chart_spec import Glyphs

app = typer.Typer(
    help="What was trained: list, show, diagnose, evaluate, name, export, import, delete.",
    no_args_is_help=True,
)
app.command("diagnose")(diagnose_command)
app.command("evaluate")(evaluate.evaluate_command)
app.command("rename")(noting.rename_command)
app.command("tag", context_settings={"ignore_unknown_options": True})(noting.tag_command)
app.command("note")(noting.note_command)
app.command("stop")(noting.stop_command)
app.command("send", hidden=True)(watch.send_command)
app.command("export")(exchange.export_command)
app.command("import")(exchange.import_command)

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]

HEADINGS = (
    "run", "preset", "status", "epochs", "loss", "val_loss", "accuracy", "first finding", "time",
    "changed",
)  # fmt: skip
_NUMBERS = (3, 4, 5, 6, 8)
_NARROWED = (9, 7, 1)
_NARROWEST = 10


@app.command("list")
def list_command(
    sweep: Annotated[
        str | None,
        typer.Argument(
            metavar="[SWEEP]", help="Only the runs of a sweep: its id, @sweep or a path."
        ),
    ] = None,
    as_json: AsJson = False,
    query: Annotated[
        str,
        typer.Option(
            "--filter",
            metavar="QUERY",
            help="Only runs like: lr>=1e-3 preset:circles finding:vanishing status:finished.",
        ),
    ] = "",
    sort: Annotated[
        str | None,
        typer.Option(metavar="FIELD", help="Sort by a field: val_loss, or -accuracy for down."),
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first N of them.")] = None,
    group_by: Annotated[
        str | None,
        typer.Option(
            metavar="FIELD", help="A line for each value of a field: model.depth, preset."
        ),
    ] = None,
    runs_dir: RunsDir = Path("runs"),
) -> None:
    """List runs, the newest first."""
    if sweep is not None:
        from ...engine.sweeps.directories import find_sweep

        runs_dir = find_sweep(sweep, runs_dir)
    found = list_runs(runs_dir)
    rows = filter_runs(found, query)
    rows = (sort_runs(rows, sort) if sort else rows)[:limit]
    if group_by is not None and rows:
        from .grouped_runs import grouped, lines

        groups = grouped(rows, group_by)
        if as_json:
            print_json(groups)
        else:
            print("\n".join(lines(groups, group_by)))
        return
    if as_json:
        print_json([row.document() for row in rows])
        return
    if not rows:
        if found:
            say(f"None of the {len(found)} runs in {runs_dir} is like: {query}")
        else:
            say(f"There are no runs in {runs_dir}; make one with: gradlab run PRESET")
        _tell_sweeps(runs_dir)
        return
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    for line in table(HEADINGS, _fitted([_cells(row) for row in rows], width), right=_NUMBERS):
        print(line)
    _tell_sweeps(runs_dir)
    damaged = [row for row in rows if row.damage]
    for row in damaged[:5]:
        say(f"{printable(row.id)}: {printable('; '.join(row.damage))}")
    if len(damaged) > 5:
        say(f"... and {len(damaged) - 5} more damaged runs")


def _tell_sweeps(runs_dir: Path) -> None:
    from ...engine.sweeps.directories import sweep_directories

    if sweeps := sweep_directories(runs_dir):
        newest = printable(sweeps[-1].name)
        count = "one sweep lies" if len(sweeps) == 1 else f"{len(sweeps)} sweeps lie"
        say(f"{count} beside them, the newest is {newest}: gradlab runs list @sweep")


def _cells(row: RunRow) -> list[str]:
    epochs = f"{row.epochs}/{row.planned_epochs}" if row.planned_epochs else str(row.epochs)
    metrics = [number(row.final.get(name)) for name in ("loss", "val_loss")]
    accuracy = row.final.get("val_accuracy", row.final.get("accuracy"))
    changed = [f"{key}={value}" for key, value in row.changed.items()]
    changed += [f"#{tag}" for tag in row.tags]
    return [
        printable(row.id),
        printable(row.name or row.preset) or "-",
        printable(row.status),
        epochs,
        *metrics,
        number(accuracy),
        printable(row.findings[0]) if row.findings else "-",
        duration(row.seconds),
        printable(" ".join(changed)),
    ]


def _fitted(rows: list[list[str]], width: int | None) -> list[list[str]]:
    """The rows, with texts shortened until a line fits the terminal."""
    if width is None:
        return rows
    for column in _NARROWED:
        widths = [
            max(map(len, (head, *cells))) for head, *cells in zip(HEADINGS, *rows, strict=True)
        ]
        excess = sum(widths) + 2 * (len(widths) - 1) - width
        if excess > 0:
            target = max(widths[column] - excess, _NARROWEST)
            rows = [
                [shortened(cell, target) if i == column else cell for i, cell in enumerate(row)]
                for row in rows
            ]
    return rows


@app.command("show")
def show_command(
    run: Run,
    as_json: AsJson = False,
    chart: Annotated[
        Chart | None, typer.Option(help="Print this chart instead, as plain text.")
    ] = None,
    width: Annotated[int, typer.Option(min=20, max=1000, help="Columns of the chart.")] = WIDTH,
    height: Annotated[int, typer.Option(min=4, max=400, help="Rows of the chart.")] = HEIGHT,
    ascii_chart: Annotated[bool, typer.Option("--ascii", help="Only ASCII in the chart.")] = False,
    runs_dir: RunsDir = Path("runs"),
) -> None:
    """Show how a run went, layer by layer."""
    from ...engine.runs.followed import open_run
    from ...engine.runs.replay import statistics

    path = find_run(run, runs_dir)
    opened = open_run(path, statistics(*STATISTICS[chart]) if chart else None)
    if chart:
        glyphs: Glyphs = "ascii" if ascii_chart or stdout_is_ascii() else "braille"
        text = chart_text(opened, chart, width, height, glyphs)
        text = f"{printable(opened.id)}  {text}"
        print(in_ascii(text) if ascii_chart else text)
    elif as_json:
        print_json(opened.outcome)
    else:
        print("\n".join(_page(opened)))
    for damage in opened.damage:
        say(f"damaged: {printable(damage)}")


def _page(run: RecordedRun) -> list[str]:
    row, summary = read_row(run.path, Watch()), run.outcome
    width = min(shutil.get_terminal_size((100, 24)).columns, 120)
    facts = {
        "status": _status(run),
        "name": row.name,
        "preset": f"{row.preset or '-'}, seed {'-' if row.seed is None else row.seed}",
        "changed": " ".join(f"{key}={value}" for key, value in row.changed.items()),
        "tags": " ".join(row.tags),
        "note": row.note,
        "parent": row.parent,
        "created": row.created[:19].replace("T", " ") + " UTC" if row.created else "",
        "trained": _trained(summary),
        "final": _metrics(summary.get("final")),
        "best": _metrics(summary.get("best")),
        "path": str(run.path),
    }
    lines = [printable(run.id), ""]
    lines += [f"{name:<9}{printable(text)}" for name, text in facts.items() if text]
    lines += ["", layer_table(summary, width), ""]
    beside = [*weight_lines(summary), *filter(None, [clipping_line(summary)])]
    lines += [*beside, ""] if beside else []
    return lines + _findings(summary)


def _status(run: RecordedRun) -> str:
    state = run.state
    text = str(run.outcome.get("status"))
    if text == "dead":
        text += f" (its process {state.pid} has gone while {state.status})"
    elif text == "stale":
        text += f" (no sign of life from {state.host} for a while)"
    if state.reason:
        text += f": {state.reason}"
    resumable = state.status not in ("finished", "diverged") and not run.live
    if resumable and (run.path / "checkpoint" / "resume.npz").exists():
        text += f"; continue it with: gradlab run {run.id} --resume"
    return text


def _trained(summary: dict[str, Any]) -> str:
    rate = summary.get("steps_per_second")
    speed = f", {float(rate):,.0f} steps/s" if rate is not None else ""
    seconds = summary.get("seconds")
    time = duration(None if seconds is None else float(seconds))
    return f"{summary.get('epochs')} epochs, {summary.get('steps')} steps, {time}{speed}"


def _metrics(values: Any) -> str:
    if not isinstance(values, dict):
        return ""
    parts = []
    for name, value in values.items():
        if isinstance(value, dict):
            parts.append(f"{name} {number(value.get('value'))} (epoch {value.get('epoch')})")
        else:
            parts.append(f"{name} {number(value)}")
    return "  ".join(parts)


def _findings(summary: dict[str, Any]) -> list[str]:
    findings = findings_in(summary)
    lines = ["findings" if findings else "findings: none"]
    for finding in findings:
        mark = "!" if finding.severity != "critical" else "✖"
        lines.append(f"{mark} {finding.problem} since step {finding.first_step}: {finding.message}")
        if following := ", ".join(finding.consequences):
            lines.append(f"  leads to: {following}")
        for remedy in finding.remedies[:1]:
            sets = as_options(remedy.set)
            lines.append(f"  try: gradlab run {summary.get('preset')} {sets}".rstrip())
    return [printable(line) for line in lines]


@app.command("delete")
def delete_command(
    runs: Runs = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    empty_trash: Annotated[
        bool, typer.Option("--empty-trash", help="Delete for good what lies in the trash.")
    ] = False,
    runs_dir: RunsDir = Path("runs"),
) -> None:
    """Move runs to the trash, <runs>/.trash; live runs are refused."""
    found = list(dict.fromkeys(find_run(reference, runs_dir) for reference in runs or []))
    if not found and not empty_trash:
        raise RunError("say which runs to delete, or --empty-trash")
    what = ", ".join(printable(run.name) for run in found)
    question = f"Move {what} to the trash?" if found else ""
    if empty_trash:
        question += f"{' ' if question else ''}Delete for good what lies in {runs_dir / TRASH}?"
    if not yes:
        if not sys.stdin.isatty():
            raise RunError(f"{question} Nobody is there to ask: add --yes")
        print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)
        if sys.stdin.readline().strip().lower() not in ("y", "yes"):
            raise typer.Exit(Exit.FAILED)
    for run in found:
        say(f"moved {printable(run.name)} to {delete(run).parent}")
    if empty_trash:
        say(f"deleted {empty(runs_dir)} from the trash for good")
