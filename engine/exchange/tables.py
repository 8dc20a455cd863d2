"""Series as one wide table: CSV, Parquet and JSON Lines, a row for each step, a column for each series."""

from __future__ import annotations

from pathlib import Path
from typing import IO, TYPE_CHECKING

import numpy as np

from ..plain_text import spreadsheet_cell
from ..strict_json import dumps
from .selection import Selection, merged

if TYPE_CHECKING:
    import pyarrow as pa


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
    steps, times, series = merged(selection.parts)
    present = {name: ~np.ma.getmaskarray(column) for name, column in series.items()}
    values = {name: column.data for name, column in series.items()}
    for row, (step, time) in enumerate(zip(steps.tolist(), times.tolist(), strict=True)):
        # float32 through its shortest text: 0.1 rather than 0.10000000149011612
        found = {name: float(str(values[name][row])) for name in series if present[name][row]}
        target.write(dumps({"step": step, "time": time, **found}).encode() + b"\n")


def arrow_table(selection: Selection) -> pa.Table:
    """The series as an Arrow table: step, time, and a column for each series."""
    import pyarrow as pa

    steps, times, series = merged(selection.parts)
    columns = {"step": pa.array(steps), "time": pa.array(times)}
    for name, column in series.items():
        columns[name] = pa.array(column.data, mask=np.ma.getmaskarray(column))
    return pa.table(columns)
