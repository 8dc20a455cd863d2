"""Turns the live records of a run into Parquet: smaller, and read one series at a time.

A crash between any two steps is harmless: the Parquet file is put in place whole before the records
go, and a reader that finds both lets the records replace the same steps of the Parquet file.
"""

# PyArrow declares no types.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..stream.events import Column
from .files import open_file, replace_file, sync_directory
from .records import attempts, intact, record_dtype, superseded

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

STREAMS = ("metrics", "weights")
"""The two kinds of records of a run: each step's, and the weights' at fixed steps."""

CHUNK_ROWS = 16_384
"""Rows held in memory at a time, and rows of a Parquet row group."""


def seal(
    run: Path, stream: str, columns: tuple[Column, ...], attempt: int = 1, start: int = 0
) -> None:
    """Move a stream from `<stream>.rec`, and the Parquet file of earlier attempts, to Parquet.

    Args:
        run: the run directory.
        stream: metrics or weights.
        columns: its series, in order.
        attempt: the newest attempt; rows of earlier ones from `start` on were trained again.
        start: the step at which that attempt began.

    Raises:
        OSError, ValueError, KeyError: something could not be read or written; all files stand as they were.
    """
    records = run / f"{stream}.rec"
    sealed = run / f"{stream}.parquet"
    if not records.exists():
        return
    dtype = record_dtype(len(columns))
    steps, keep = _index(records, dtype, attempt, start)
    limit = start if attempt > 1 else None
    if keep.any():
        first = int(steps[keep][0])
        limit = first if limit is None else min(first, limit)
    replace_file(
        sealed, lambda path: _write(path, sealed, limit, records, dtype, keep, columns, attempt)
    )
    records.unlink()
    sync_directory(run)


def _index(
    records: Path, dtype: np.dtype, attempt: int, start: int
) -> tuple[np.ndarray, np.ndarray]:
    """Step of every whole record, and whether it is to be kept."""
    steps: list[np.ndarray] = []
    good: list[np.ndarray] = []
    for chunk in _chunks(records, dtype):
        steps.append(chunk["step"])
        repeated = (attempts(chunk) < attempt) & (chunk["step"] >= start)
        good.append(intact(chunk.tobytes(), dtype.itemsize) & ~repeated)
    if not steps:
        return np.empty(0, np.int64), np.empty(0, bool)
    step, keep = np.concatenate(steps), np.concatenate(good)
    keep[np.flatnonzero(keep)[superseded(step[keep])]] = False
    return step, keep


def _chunks(records: Path, dtype: np.dtype) -> Iterator[np.ndarray]:
    with records.open("rb") as file:
        while data := file.read(CHUNK_ROWS * dtype.itemsize):
            yield np.frombuffer(data, dtype, len(data) // dtype.itemsize)


def _write(
    path: Path,
    earlier: Path,
    limit: int | None,
    records: Path,
    dtype: np.dtype,
    keep: np.ndarray,
    columns: tuple[Column, ...],
    attempt: int,
) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    names = [column.name for column in columns]
    schema = pa.schema(
        [("step", pa.int64()), ("time", pa.float64()), *((name, pa.float32()) for name in names)],
        metadata={"gradlab.attempt": str(attempt)},
    )
    with pq.ParquetWriter(
        path,
        schema,
        compression="zstd",
        use_dictionary=False,
        use_byte_stream_split=["time", *names],  # pyright: ignore[reportArgumentType]
        write_page_checksum=True,
    ) as writer:
        if earlier.exists():
            with _open(earlier) as file:
                for group in range(file.num_row_groups):
                    table = file.read_row_group(group).select(schema.names)
                    if limit is not None:
                        table = table.filter(np.asarray(table["step"]) < limit)
                    writer.write_table(table.cast(schema))
        row = 0
        for chunk in _chunks(records, dtype):
            rows = chunk[keep[row : row + len(chunk)]]
            row += len(chunk)
            if len(rows):
                series = np.ascontiguousarray(rows["values"].T)
                arrays = [rows["step"].copy(), rows["time"].copy(), *series]
                writer.write_table(pa.table([pa.array(array) for array in arrays], schema=schema))


def _open(path: Path) -> pq.ParquetFile:
    import pyarrow.parquet as pq

    open_file(path).close()
    return pq.ParquetFile(path, page_checksum_verification=True)


class SealedReader:
    """Reads a sealed stream; what is damaged is left out, and said in `damage`.

    Args:
        path: the Parquet file, which need not exist.
        names: the series wanted, in order.

    Attributes:
        attempt: the attempt that sealed it, 0 without a file.
        damage: what could not be read.
    """

    def __init__(self, path: Path, names: list[str]) -> None:
        self._path = path
        self._names = names
        self._file: pq.ParquetFile | None = None
        self.attempt = 0
        self.damage: list[str] = []
        try:
            self._file = _open(path) if os.path.exists(path) else None
        except _unreadable() as error:
            self.damage.append(f"{path.name}: not readable as Parquet ({_first_line(error)})")
        if self._file is not None:
            metadata = self._file.schema_arrow.metadata or {}
            sealed_in = metadata.get(b"gradlab.attempt", b"1")
            self.attempt = int(sealed_in) if sealed_in.isdigit() else 1

    def chunks(self) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """Steps, times and values [rows, series] of each row group; NaN where a series is lost."""
        if self._file is None:
            return
        lost: dict[str, int] = {}
        for group in range(self._file.num_row_groups):
            rows = self._file.metadata.row_group(group).num_rows
            chunk = self._group(group, rows)
            if chunk is None:
                self.damage.append(f"{self._path.name}: {rows} rows lost (row group {group})")
                continue
            step, time, series, missing = chunk
            for name in missing:
                lost[name] = lost.get(name, 0) + rows
            yield step, time, series
        self.damage += [
            f"{self._path.name}: {rows} values of {name} lost" for name, rows in lost.items()
        ]

    def _group(
        self, group: int, rows: int
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, list[str]] | None:
        """Steps, times, values and the names of lost series; None if the steps are lost."""
        values = np.full((rows, len(self._names)), np.nan, np.float32)
        whole = self._columns(group, ["step", "time", *self._names])
        if whole is not None:
            for index, name in enumerate(self._names):
                values[:, index] = whole[name]
            return whole["step"].astype(np.int64), whole["time"].astype(np.float64), values, []
        step = self._columns(group, ["step"])
        if step is None:
            return None
        time = self._columns(group, ["time"]) or {"time": np.full(rows, np.nan)}
        lost: list[str] = []
        for index, name in enumerate(self._names):
            single = self._columns(group, [name])
            if single is None:
                lost.append(name)
            else:
                values[:, index] = single[name]
        return step["step"].astype(np.int64), time["time"].astype(np.float64), values, lost

    def _columns(self, group: int, names: list[str]) -> dict[str, np.ndarray] | None:
        assert self._file is not None
        try:
            table: pa.Table = self._file.read_row_group(group, columns=names)
            return {name: np.asarray(table.column(name)) for name in names}
        except _unreadable():
            return None


def _unreadable() -> tuple[type[Exception], ...]:
    """What pyarrow raises on damaged files: its own errors, and Python's for absurd numbers."""
    import pyarrow as pa

    return pa.ArrowException, OSError, ValueError, LookupError, TypeError, MemoryError


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
