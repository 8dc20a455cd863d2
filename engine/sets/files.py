"""The user's own files, of which little is known before `data/files.py` has read them."""

from __future__ import annotations

from .data_set import DataSet
from .settings import Count


class Csv(DataSet):
    """A CSV with one header row; the last column is the target, or `data.target`."""

    kind = "file"
    task = None

    rows: Count | None = None
    """Use only so many of the training rows."""

    def shape(self) -> None:
        return None

    def row_count(self) -> None:
        return None


class Npz(Csv):
    """NumPy's arrays x and y, and x_val, y_val, x_test, y_test if it has them."""
