"""One stream of records as it is written: thinned, then appended."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from .records import RecordWriter
from .thinning import Thinner, stride_for


class Recorder:
    """Thins rows and appends them to a file.

    Args:
        path: the file of records.
        columns: number of series.
        attempt: 1, then one more for each resume.
        planned_steps: steps of the whole run, which decide how much is thinned; 0: keep all.
    """

    def __init__(self, path: Path, columns: int, attempt: int, planned_steps: int) -> None:
        self._records = RecordWriter(path, columns, attempt)
        self._thinner = Thinner(stride_for(planned_steps))
        self.flush = self._records.flush
        self.sync = self._records.sync
        self.close = self._records.close

    @property
    def lost(self) -> int:
        """Records for which there was no room, on disk or in memory."""
        return self._records.lost

    def append(self, steps: np.ndarray, times: np.ndarray, values: np.ndarray) -> None:
        """Take rows: steps int64 [rows], Unix times float64 [rows], values float32 [rows, columns]."""
        self._records.append(*self._thinner.add(steps, times, values))

    def append_one(self, step: int, time: float, values: np.ndarray) -> None:
        """Take one row: values float32 [columns]."""
        self.append(np.array([step]), np.array([time]), values[None, :])

    def end(self) -> None:
        """No more rows come: write what the last stride holds."""
        if rows := self._thinner.flush():
            self._records.append(*rows)
