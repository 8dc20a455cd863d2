"""One kind of record of a run, from its Parquet file and its live tail, each row once."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from ..stream.buckets import Rows
from ..stream.events import Column
from .parquet import SealedReader
from .records import RecordReader, attempts, superseded


class RowStream:
    """Follows a stream of records, also across its sealing and a resume.

    Args:
        run: the run directory.
        name: metrics or weights.
        columns: its series, in order.
        names: the series wanted, in order; by default all of them.

    Attributes:
        names: the series that are read.
        newest: step of the newest row that was given out, -1 before the first.
    """

    def __init__(
        self,
        run: Path,
        name: str,
        columns: tuple[Column, ...],
        names: list[str] | None = None,
    ) -> None:
        recorded = [column.name for column in columns]
        self._parquet = run / f"{name}.parquet"
        self.names = recorded if names is None else names
        self._wanted = slice(None) if names is None else [recorded.index(n) for n in names]
        self._identity: tuple[int, int, int] | None = None
        self._sealed: SealedReader | None = None
        self._tail = RecordReader(run / f"{name}.rec", len(columns))
        self._tail_name = f"{name}.rec"
        self.newest = -1

    def rewind(self, step: int) -> None:
        """A resumed training begins at `step`: its rows are new, whatever was seen before."""
        self.newest = min(self.newest, step - 1)

    def poll(self, starts: Mapping[int, int]) -> Iterator[Rows]:
        """Rows that came since the last poll, by step.

        Args:
            starts: the step at which each attempt began; what earlier attempts recorded from there
                on was trained again and is left out.
        """
        batches: list[np.ndarray] = []
        while True:  # once more if the tail was sealed between the two looks
            identity = _identity(self._parquet)
            batches.append(self._tail.poll())
            if _identity(self._parquet) == identity:
                break
        records = _current(np.concatenate(batches), starts)
        if identity != self._identity:
            self._identity = identity
            self._sealed = SealedReader(self._parquet, self.names)
            limit = _limit(starts, self._sealed.attempt)
            limit = min(limit, int(records["step"][0])) if len(records) else limit
            for steps, times, values in self._sealed.chunks():
                new = (steps > self.newest) & (steps < limit)
                if new.any():
                    self.newest = int(steps[new][-1])
                    yield steps[new], times[new], values[new]
        if len(records):
            self.newest = int(records["step"][-1])
            yield (
                records["step"].copy(),
                records["time"].copy(),
                records["values"][:, self._wanted].copy(),
            )

    def damage(self, over: bool) -> list[str]:
        """What could not be read. Of a live run (not `over`) a torn end may still become whole."""
        found = list(self._sealed.damage) if self._sealed else []
        if self._tail.trouble:
            found.append(f"{self._tail_name}: cannot be read ({self._tail.trouble})")
        count = self._tail.skipped + (self._tail.torn if over else 0)
        if count:
            noun = "record" if count == 1 else "records"
            found.append(f"{self._tail_name}: {count} damaged {noun} left out")
        return found


def _current(records: np.ndarray, starts: Mapping[int, int]) -> np.ndarray:
    """The records that no later attempt, and no later record, replaces."""
    attempt = attempts(records)
    keep = np.ones(len(records), bool)
    for number in np.unique(attempt):
        keep &= (attempt != number) | (records["step"] < _limit(starts, int(number)))
    records = records[keep]
    return records[~superseded(records["step"])]


def _limit(starts: Mapping[int, int], attempt: int) -> int:
    later = [step for number, step in starts.items() if number > attempt]
    return min(later, default=int(np.iinfo(np.int64).max))


def _identity(path: Path) -> tuple[int, int, int] | None:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns
