"""A run as comparisons see it: what it was told to do, how it went, and the few series they draw."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from string import ascii_uppercase
from typing import Any

from ..runs.notes import read_notes
from ..runs.reader import RunReader
from ..runs.state import Watch, shown_status
from ..runs.summary import summarise
from ..stream.history import History
from ..strict_json import restored

STATISTICS = ("loss", "delta_norm", "grad_norm")
"""What is read of the records: few series, so that long runs open quickly."""

MOST = 20
"""Runs that can be compared at once."""


@dataclass(frozen=True, eq=False)
class Opened:
    """One of the runs that are compared.

    Attributes:
        letter: A, B, C, ...: what tables and charts call it.
        path: the run directory.
        name: the user's name for it, else its preset's.
        info: run.json.
        summary: the document of `gradlab run --json`; non-finite numbers as floats.
        history: what it said, with the series that were read.
        status: its status, or dead or stale if its writer has gone.
        tags: the user's tags.
        damage: what could not be read.
    """

    letter: str
    path: Path
    name: str
    info: dict[str, Any]
    summary: dict[str, Any]
    history: History
    status: str
    tags: tuple[str, ...] = ()
    damage: tuple[str, ...] = field(default=())

    @property
    def id(self) -> str:
        """The run's id."""
        return self.path.name

    @property
    def preset(self) -> dict[str, Any]:
        """The resolved preset; {} if run.json is damaged."""
        preset = self.info.get("preset")
        return preset if isinstance(preset, dict) else {}

    @property
    def seed(self) -> int | None:
        """The seed, if it is known."""
        seed = self.info.get("seed", self.preset.get("seed"))
        return seed if isinstance(seed, int) else None

    @property
    def batch_size(self) -> int | None:
        """Examples of a step, if it is known."""
        train = self.preset.get("train")
        size = train.get("batch_size") if isinstance(train, dict) else None
        return size if isinstance(size, int) else None


def open_runs(paths: Sequence[Path], statistics: Collection[str] = STATISTICS) -> list[Opened]:
    """Read runs, live or over, whole or damaged, in the order they are given.

    Args:
        paths: run directories.
        statistics: what to read of their records.
    """
    watch = Watch()
    return [open_run(path, letter(index), statistics, watch) for index, path in enumerate(paths)]


def letter(index: int) -> str:
    """A, B, ... Z, AA, AB, ..."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, len(ascii_uppercase))
        letters = ascii_uppercase[rest] + letters
    return letters


def open_run(
    path: Path,
    called: str = "A",
    statistics: Collection[str] = STATISTICS,
    watch: Watch | None = None,
) -> Opened:
    """Read one run.

    Args:
        path: the run directory.
        called: its letter.
        statistics: what to read of its records.
        watch: tells live runs from stale ones.
    """
    reader = RunReader(path, watch)
    info, (notes, _) = reader.info, read_notes(path)
    history = reader.history(statistics)
    state = reader.state
    if state.ended:
        summary = restored(reader.summary)
    else:  # summary.json lags behind, and the whole history is not needed for what is compared
        shown = shown_status(state, reader.liveness) if state.status != "unknown" else "unknown"
        summary = {**summarise(history, info, path), "status": shown}
    name = notes.name or info.get("name") or info.get("preset_name") or path.name
    return Opened(
        called,
        path,
        str(name),
        info,
        summary,
        history,
        str(summary.get("status")),
        notes.tags,
        tuple(reader.damage),
    )
