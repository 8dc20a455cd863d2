"""Which series of a run leave it, and at which steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

import numpy as np

from ..errors import RunError
from ..runs.followed import open_run
from ..stream.history import History, Table

EPOCH = "epoch/"
"""What the names of the epochs' logs begin with, so that `epoch/loss` is not the step's `loss`."""


@dataclass(frozen=True, eq=False)
class Part:
    """Series that were recorded at the same steps.

    Attributes:
        names: of the series, such as `loss`, `dense_3/delta_norm`, `epoch/val_loss`.
        steps: int64 [rows], rising.
        times: Unix times, float64 [rows].
        values: float32 or float64 [rows, series]; NaN where a value is NaN or was lost.
    """

    names: tuple[str, ...]
    steps: np.ndarray
    times: np.ndarray
    values: np.ndarray


@dataclass(frozen=True, eq=False)
class Selection:
    """What is exported.

    Attributes:
        run: the run directory.
        parts: of the steps, of the weights, and of the epochs; only those with series and rows.
        damage: what could not be read.
    """

    run: Path
    parts: tuple[Part, ...]
    damage: tuple[str, ...]


def select(run: Path, patterns: Sequence[str] = (), every: int = 1) -> Selection:
    """Read the series that are to leave a run.

    Args:
        run: the run directory.
        patterns: shell patterns, of which a series' name must match one; all series if there is none.
        every: of the rows of each part, keep one in so many, counted from the first; the last stays.

    Raises:
        RunError: no series matches, or the run has recorded nothing.
    """
    wanted = (lambda column: _matches(column.name, patterns)) if patterns else None
    opened = open_run(run, wanted)
    history = opened.history
    parts = [
        _of_table(history.steps, patterns),
        _of_table(history.weights, patterns),
        _of_epochs(history, patterns),
    ]
    known = [
        n for part in (_names(history.steps), _names(history.weights), _logs(history)) for n in part
    ]
    if not known and not patterns:
        raise RunError(f"{run.name} has recorded no series")
    if not any(part.names for part in parts):
        wanted = ", ".join(patterns)
        raise RunError(
            f"no series of {run.name} matches {wanted}; patterns look like loss, */delta_norm, "
            "dense_3/*, epoch/val_*"
        )
    kept = tuple(_thinned(part, every) for part in parts if part.names and len(part.steps))
    return Selection(run, kept, opened.damage)


def rows_of(selection: Selection) -> int:
    """Rows of the longest part."""
    return max((len(part.steps) for part in selection.parts), default=0)


def every_for(rows: int, most: int) -> int:
    """One row in how many keeps at most `most` of them."""
    return max(-(-rows // most), 1)


def thinned(selection: Selection, every: int) -> Selection:
    """The selection with one row in so many."""
    parts = tuple(_thinned(part, every) for part in selection.parts)
    return Selection(selection.run, parts, selection.damage)


def places(parts: Sequence[Part]) -> tuple[np.ndarray, np.ndarray]:
    """The steps of all parts, int64 [rows], and their Unix times, float64 [rows]."""
    if not parts:
        return np.empty(0, np.int64), np.empty(0)
    steps = np.unique(np.concatenate([part.steps for part in parts]))
    times = np.full(len(steps), np.nan)
    for part in reversed(parts):  # the first part's times are the exact ones
        times[np.searchsorted(steps, part.steps)] = part.times
    return steps, times


def merged(parts: Sequence[Part]) -> tuple[np.ndarray, np.ndarray, dict[str, np.ma.MaskedArray]]:
    """All parts on the steps of all of them.

    Returns:
        Steps int64 [rows], Unix times float64 [rows], and each series, masked where it was not
        recorded.
    """
    steps, times = places(parts)
    series: dict[str, np.ma.MaskedArray] = {}
    for part in parts:
        rows = np.searchsorted(steps, part.steps)
        for index, name in enumerate(part.names):
            blank = np.zeros(len(steps), part.values.dtype)
            column = np.ma.array(blank, mask=True)
            column[rows] = part.values[:, index]
            series[name] = column
    return steps, times, series


def _matches(name: str, patterns: Sequence[str]) -> bool:
    return not patterns or any(fnmatchcase(name, pattern) for pattern in patterns)


def _names(table: Table) -> list[str]:
    return [column.name for column in table.columns]


def _logs(history: History) -> list[str]:
    return list(dict.fromkeys(EPOCH + name for epoch in history.epochs for name in epoch.logs))


def _of_table(table: Table, patterns: Sequence[str]) -> Part:
    kept = [i for i, column in enumerate(table.columns) if _matches(column.name, patterns)]
    names = tuple(table.columns[i].name for i in kept)
    values = table.values if len(kept) == len(table.columns) else table.values[:, kept]
    return Part(names, table.steps, table.times, values)


def _of_epochs(history: History, patterns: Sequence[str]) -> Part:
    names = tuple(name for name in _logs(history) if _matches(name, patterns))
    last = {epoch.step - 1: epoch for epoch in history.epochs}
    steps = np.array(sorted(last), np.int64)
    begin = float(history.steps.times[0]) if len(history.steps) else 0.0
    times = np.array([begin + last[int(step)].seconds for step in steps])
    values = np.array(
        [[last[int(s)].logs.get(n.removeprefix(EPOCH), np.nan) for n in names] for s in steps],
        np.float64,
    ).reshape(len(steps), len(names))
    return Part(names, steps, times, values)


def _thinned(part: Part, every: int) -> Part:
    if every <= 1 or not len(part.steps) or part.names[0].startswith(EPOCH):
        return part
    rows = np.arange(0, len(part.steps), every)
    if rows[-1] != len(part.steps) - 1:
        rows = np.append(rows, len(part.steps) - 1)
    return Part(part.names, part.steps[rows], part.times[rows], part.values[rows])
