"""The columns of the table of runs: which there is room for, and what they say of a run."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from ...engine.runs.listing import RunRow
from ..drawing.rows import Row, Span, fit
from ..words.run_names import changes_in_words
from ..words.text import duration
from .loss_lines import CELLS

STATE_SIGNS = {
    "finished": ("■", "good"),
    "stopped": ("■", "warn"),
    "failed": ("✖", "bad"),
    "diverged": ("✖", "bad"),
    "dead": ("✖", "bad"),
    "stale": ("○", "warn"),
}
"""Sign and style of each state of a run that is not live; the word stands beside it."""

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

SORTS = (
    ("-created", "newest"),
    ("-val_accuracy", "validation accuracy"),
    ("val_loss", "validation loss"),
    ("loss", "loss"),
    ("preset", "preset"),
    ("status", "state"),
    ("-seconds", "longest"),
)
"""Orders that the sort key goes through: a field of the query language, and its name."""

LINES = 90
"""Columns from which on there is room for lines of the loss."""

_ID = re.compile(r"(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)-(.+)")


@dataclass(frozen=True)
class Column:
    """One column.

    Attributes:
        title: what stands above it.
        width: cells.
        cell: text and style for a run.
        right: numbers are aligned to the right.
    """

    title: str
    width: int
    cell: Callable[[RunRow], Span]
    right: bool = False


def columns(width: int, today: date, line: Callable[[RunRow], str]) -> tuple[Column, ...]:
    """The columns that a table of a width has room for, one blank between them.

    Args:
        width: cells of the whole table; a mark of 4 stands before the first column.
        today: runs of this day are told by their hour, older ones by their day.
        line: a run's loss as blocks.
    """
    room = width - 4
    state = Column("state", 16 if width >= 90 else 13, _state)
    value = Column("val acc", 8, _value, right=True)
    finding = Column("first finding", 18 if width >= 90 else 14, _finding)
    fixed = [state, value, finding] if width >= 60 else [state, value]
    if width >= 70:
        fixed.append(Column("time", 7, lambda row: Span(duration(row.seconds)), right=True))
    if width >= LINES:
        fixed.insert(1, Column("loss", CELLS, lambda row: Span(line(row), "dim")))
    when = [Column("when", 6, lambda row: Span(_when(row.id, today), "dim"))] if width >= 76 else []
    room -= sum(column.width + 1 for column in (*when, *fixed))
    name = min(max(room - 1, 8), 30)
    room -= name + 1
    run = Column(
        "run", name, lambda row: Span(_short_name(row, name), "strong" if row.live else "")
    )
    more, tags = [], []
    if room >= 12:
        changed = min(room - 1, 40)
        more.append(Column("changed", changed, lambda row: Span(changes(row))))
        room -= changed + 1
    if room >= 8:
        tags.append(Column("tags", room - 1, lambda row: Span(" ".join(row.tags), "dim")))
    return (*when, run, *more, *fixed, *tags)


def heading(shown: tuple[Column, ...]) -> Row:
    """The titles above the columns."""
    return (Span("    "), *(Span(_aligned(c.title, c) + " ", "dim") for c in shown))


def cells(row: RunRow, shown: tuple[Column, ...]) -> Row:
    """A run's cells, each with a blank behind it."""
    spans: list[Span] = []
    for column in shown:
        text, style = column.cell(row)
        spans += (Span(_aligned(text, column), style), Span(" "))
    return tuple(spans)


def _aligned(text: str, column: Column) -> str:
    text = fit(text, column.width)
    return text.rjust(column.width) if column.right else text.ljust(column.width)


def run_name(row: RunRow) -> str:
    """The user's name for a run, else its id without the time."""
    found = _ID.fullmatch(row.id)
    return row.name or (found[6] if found else row.id)


def _short_name(row: RunRow, width: int) -> str:
    """The name, else the preset and what differs from it; the id's end tells it from its like."""
    name = run_name(row)
    if row.name or not (row.changed or len(name) > width):
        return name
    end, room = name[-5:], width - 5
    if not row.changed:
        return f"{fit(name, room)}{end}"
    differs = f" + {changes_in_words(row.changed)}"
    preset = fit(row.preset, max(room - len(differs), min(8, room // 3)))
    return f"{fit(preset + differs, room)}{end}"


def _when(run_id: str, today: date) -> str:
    found = _ID.fullmatch(run_id)
    if not found:
        return ""
    year, month, day, hour, minute = (int(part) for part in found.groups()[:5])
    if (year, month, day) == (today.year, today.month, today.day):
        return f"{hour:02}:{minute:02}"
    return f"{MONTHS[month - 1]} {day:2}" if 1 <= month <= 12 else ""


def changes(row: RunRow) -> str:
    """`activation=relu depth=3`: what differs from the preset that was named."""
    return " ".join(f"{key.rpartition('.')[2]}={value}" for key, value in row.changed.items())


def _state(row: RunRow) -> Span:
    if row.live:
        epochs = f"{row.epochs}/{row.planned_epochs}" if row.planned_epochs else f"{row.epochs}"
        word = epochs if row.status == "training" else row.status
        return Span(f"● live {word}", "good")
    sign, style = STATE_SIGNS.get(row.status, ("?", "warn"))
    return Span(f"{sign} {row.status}", style)


def score(row: RunRow) -> tuple[str, float] | None:
    """What a run is judged by at first sight: accuracy before loss, validation before training."""
    for name in ("val_accuracy", "accuracy", "val_loss", "loss"):
        if name in row.final:
            return name, row.final[name]
    return next(iter(row.final.items()), None)


def _value(row: RunRow) -> Span:
    found = score(row)
    if found is None:
        return Span("-", "dim")
    name, value = found
    if name.endswith("accuracy"):
        return Span(f"{value:.3f}" if name.startswith("val_") else f"({value:.3f})")
    return Span(f"L {value:.3g}", "dim")


def _finding(row: RunRow) -> Span:
    first, more = next(iter(row.findings), ""), len(row.findings) - 1
    if not first and row.reason:
        return Span(row.reason, "bad" if row.status == "failed" else "dim")
    if not first:
        return Span("-", "dim")
    return Span(first.replace("_", " ") + (f" +{more}" if more else ""), "warn")
