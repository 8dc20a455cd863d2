"""A CSV with one header row as a table: numbers in the features, numbers or texts in the target."""

from __future__ import annotations

import csv
import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import numpy as np

from ..errors import DataError
from ..preset.objects import listing, nearest
from .table import Table

LONGEST_LINE = 2**24
"""Characters of a line; 100,000 columns of numbers take about a million."""

FLOAT32_LARGEST = float(np.finfo(np.float32).max)


def read_csv(
    file: Path, task: str = "auto", target: str | None = None, like: Table | None = None
) -> Table:
    """Read a CSV.

    Args:
        file: the file; commas, UTF-8, one header row.
        task: `data.task`; with `classification` a target that mixes numbers and texts is text.
        target: the target column; the last one if None.
        like: the training rows, whose feature columns a second file must have, in any order.

    Raises:
        DataError: naming the file, and the row and the column that cannot be used.
    """
    header, rows, lines = _read_cells(file)
    target = header[-1] if target is None else target
    wanted = (target, *like.features) if like else (target,)
    known = set(header)
    for column in wanted:
        if column not in known:
            key = "data.target" if column == target else "a feature of the training rows"
            raise DataError(
                f'{file} has no column "{column}" ({key}){nearest(column, header)} '
                f"It has: {listing(header)}"
            )
    features = like.features if like else tuple(name for name in header if name != target)
    if not features:
        raise DataError(f'{file} has only the target column "{target}"; add a column of inputs')

    cells = np.array(rows, dtype=object)
    columns = {name: _Column(file, name, cells[:, i], lines) for i, name in enumerate(header)}
    x = np.stack([_numbers(columns[name]) for name in features], axis=1)
    text = like is not None and like.y.dtype.kind == "U"
    y = _texts(columns[target], task) if text else _targets(columns[target], task)
    return Table(f'{file}, column "{target}"', x, y, lines, features, target)


@dataclass(frozen=True)
class _Column:
    file: Path
    name: str
    cells: np.ndarray
    lines: tuple[int, ...]

    def row(self, index: int) -> str:
        return f"row {index + 1} (line {self.lines[index]})"


def _read_cells(file: Path) -> tuple[list[str], list[list[str]], tuple[int, ...]]:
    rows: list[list[str]] = []
    lines: list[int] = []
    try:
        with file.open(newline="", encoding="utf-8-sig") as stream:
            reader = csv.reader(_lines(stream, file))
            header = [name.strip() for name in next(reader, [])]
            for row in reader:
                if not row:
                    continue
                if len(row) != len(header):
                    raise DataError(
                        f"{file}: row {len(rows) + 1} (line {reader.line_num}) has {len(row)} cells, "
                        f"the header has {len(header)} columns; every row must have as many"
                    )
                rows.append([cell.strip() for cell in row])
                lines.append(reader.line_num)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{file} cannot be read as a CSV in UTF-8: {error}") from error
    _check_header(file, header)
    if not rows:
        raise DataError(f"{file} has no rows below its header")
    return header, rows, tuple(lines)


def _lines(stream: TextIO, file: Path) -> Iterator[str]:
    while line := stream.readline(LONGEST_LINE):
        if len(line) == LONGEST_LINE:
            raise DataError(
                f"{file}: has a line of more than {LONGEST_LINE:,} characters; a CSV has one row a line"
            )
        yield line


def _check_header(file: Path, header: list[str]) -> None:
    if not header:
        raise DataError(f"{file} is empty; a CSV needs one header row and rows below it")
    if len(header) == 1 and any(mark in header[0] for mark in ";\t|"):
        raise DataError(f"{file}: columns must be separated by commas; the header is {header[0]!r}")
    # pandas numbers the columns of a nameless table 0, 1, 2, ...
    unnamed = header == [str(number) for number in range(len(header))]
    if all(_is_number(name) for name in header) and not unnamed:
        raise DataError(
            f"{file}: the first line holds numbers ({', '.join(header[:4])}, ...); a header row with "
            "the names of the columns is needed"
        )
    times = Counter(header)
    for number, name in enumerate(header, 1):
        if not name:
            raise DataError(f"{file}: column {number} has no name in the header row")
        if times[name] > 1:
            raise DataError(f'{file}: the header row has the column "{name}" more than once')


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _numbers(column: _Column) -> np.ndarray:
    """A column as float64, or an error that names its first cell that is no usable number."""
    try:
        values = column.cells.astype(np.float64)
    except ValueError:
        values = np.array([float(cell) if _is_number(cell) else np.nan for cell in column.cells])
    # Beyond float32's range a number would turn into infinity later on.
    bad = np.flatnonzero(~(np.abs(values) <= FLOAT32_LARGEST))
    if len(bad):
        raise DataError(_explain_cell(column, int(bad[0])))
    return values


def _targets(column: _Column, task: str) -> np.ndarray:
    """The target column as float64, or as text labels where it holds texts."""
    numbers = all(_is_number(cell) for cell in column.cells)
    return _numbers(column) if numbers or task == "regression" else _texts(column, task)


def _texts(column: _Column, task: str) -> np.ndarray:
    """The target column as text labels."""
    numbers = np.array([_is_number(cell) for cell in column.cells])
    for index, cell in enumerate(column.cells):
        if not cell or (numbers[index] and not math.isfinite(float(cell))):
            raise DataError(_explain_cell(column, index))
    if numbers.any() and task == "auto":
        index = int(np.argmin(numbers))
        raise DataError(
            f'{column.file}: target column "{column.name}" mixes numbers and texts: '
            f'"{column.cells[index]}" in {column.row(index)}; correct the cell, or set '
            'data.task = "classification" to take every value as the name of a class'
        )
    return column.cells.astype(str)


def _explain_cell(column: _Column, index: int) -> str:
    cell = column.cells[index]
    where = f'{column.file}: column "{column.name}", {column.row(index)}'
    if not cell:
        return f"{where} is empty; fill the cell in or remove the row"
    if not _is_number(cell):
        return (
            f'{where} holds the text "{cell}"; inputs and numeric targets must be numbers: '
            "encode the column as numbers or remove it"
        )
    if math.isfinite(float(cell)):
        return f"{where} holds {cell}, beyond float32 (3.4e38); rescale the column"
    return f"{where} holds {cell}; replace it by a number or remove the row"
