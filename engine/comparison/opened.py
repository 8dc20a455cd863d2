"""A run as comparisons see it: what it was told to do, how it went, and the few series they draw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from string import ascii_uppercase

from ..runs.followed import RecordedRun, open_run
from ..runs.replay import statistics
from ..runs.state import Watch

COMPARED = statistics("loss", "delta_norm", "grad_norm")
"""What is read of the records: few series, so that long runs open quickly."""

MOST = 20
"""Runs that can be compared at once."""


@dataclass(frozen=True, eq=False)
class Opened(RecordedRun):
    """One of the runs that are compared.

    Attributes:
        letter: A, B, C, ...: what tables and charts call it.
    """

    letter: str

    @property
    def batch_size(self) -> int | None:
        """Examples of a step, if it is known."""
        train = self.preset.get("train")
        size = train.get("batch_size") if isinstance(train, dict) else None
        return size if isinstance(size, int) else None


def open_runs(paths: Sequence[Path]) -> list[Opened]:
    """Read runs, live or over, whole or damaged, in the order they are given.

    Args:
        paths: run directories.
    """
    watch = Watch()
    runs = [open_run(path, COMPARED, watch) for path in paths]
    return [Opened(**vars(run), letter=letter(index)) for index, run in enumerate(runs)]


def letter(index: int) -> str:
    """A, B, ... Z, AA, AB, ..."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, len(ascii_uppercase))
        letters = ascii_uppercase[rest] + letters
    return letters
