"""Series as one wide table: CSV, Parquet and JSON Lines, a row for each step, a column for each series."""

from __future__ import annotations

from pathlib import Path
from typing import IO, TYPE_CHECKING

import numpy as np

from ..escaping.plain_text import spreadsheet_cell
from ..strict_json import dumps
from .selection import Selection, merged, places

if TYPE_CHECKING:
    import pyarrow as pa

BLOCK_ROWS = 256
"""Rows that are written at a time."""


def write_csv(selection: Selection, target: Path | IO[bytes]) -> None:
    """CSV with a header row; what was not recorded at a step is empty, NaN is `nan`."""
    from pyarrow import csv

    table = arrow_table(selection)
    table = table.rename_columns([spreadsheet_cell(name) for name in table.column_names])
    csv.write_csv(table, target, csv.WriteOptions(quoting_style="needed"))


def write_parquet(selection: Selection, target: Path) -> None:
    """Parquet; what was not recorded at a step is null."""
    import pyarrow.parquet as pq

    pq.write_table(arrow_table(selection), target, compression="zstd")


def write_jsonl(selection: Selection, target: IO[bytes]) -> None:
    """Strict JSON, one object a line, without the series that were not recorded at its step."""
    steps, times = places(selection.parts)
    for first in range(0, len(steps), BLOCK_ROWS):
        block = slice(first, first + BLOCK_ROWS)
        members = [_members("step", steps[block]), _members("time", times[block])]
        for part in selection.parts:
            begin, end = np.searchsorted(part.steps, steps[block][[0, -1]] + [0, 1])
            rows = np.searchsorted(steps[block], part.steps[begin:end])
            for index, name in enumerate(part.names):
                members.append(
                    _members(name, part.values[begin:end, index], rows, len(steps[block]))
                )
        target.write(_objects(members))


def _members(
    name: str, values: np.ndarray, rows: np.ndarray | None = None, count: int = 0
) -> pa.Array:
    """`"name":value` for each row of a block, null where there is none; numbers by their shortest text.

    Args:
        name: the series.
        values: its numbers, int64, float32 or float64 [values].
        rows: row of each number; by default all rows in order.
        count: rows of the block, if `rows` is given.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    text = pc.cast(pa.array(values), pa.string())
    if not np.isfinite(values).all():
        odd = np.array(['"NaN"', '"Infinity"', '"-Infinity"'])[
            np.where(np.isnan(values), 0, np.where(values > 0, 1, 2))
        ]
        text = pc.call_function("if_else", [pa.array(np.isfinite(values)), text, pa.array(odd)])
    found = pc.call_function("binary_join_element_wise", [f"{dumps(name)}:", text, ""])
    if rows is None or len(rows) == count:
        return found
    at = np.zeros(count, np.int64)
    at[rows] = np.arange(len(rows))
    return found.take(pa.array(at, mask=~np.isin(np.arange(count), rows)))


def _objects(members: list[pa.Array]) -> bytes:
    import pyarrow.compute as pc

    lines = pc.call_function(
        "binary_join_element_wise", [*members, ","], pc.JoinOptions(null_handling="skip")
    )
    return "".join(f"{{{line}}}\n" for line in lines.to_pylist()).encode()


def arrow_table(selection: Selection) -> pa.Table:
    """The series as an Arrow table: step, time, and a column for each series."""
    import pyarrow as pa

    steps, times, series = merged(selection.parts)
    columns = {"step": pa.array(steps), "time": pa.array(times)}
    for name, column in series.items():
        columns[name] = pa.array(column.data, mask=np.ma.getmaskarray(column))
    return pa.table(columns)
