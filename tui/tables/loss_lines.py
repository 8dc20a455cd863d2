"""The loss of runs as a few blocks each, for their table: whether it fell, and how."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ...engine.errors import GradlabError
from ...engine.runs.listing import RunRow

if TYPE_CHECKING:
    from ...engine.stream.history import History

CELLS = 10
"""Blocks of a line."""

BLOCKS = "▁▂▃▄▅▆▇█"

GROWTH = 1.1
"""A live run is read again when it has taken a tenth more steps."""


def blocks(values: Sequence[float]) -> str:
    """Values as blocks between the smallest and the largest; what is not finite is a cross."""
    finite = [value for value in values if math.isfinite(value)]
    if not finite:
        return "×" * len(values)
    low, span = min(finite), (max(finite) - min(finite)) or 1.0
    return "".join(
        BLOCKS[min(int((v - low) / span * len(BLOCKS)), len(BLOCKS) - 1)]
        if math.isfinite(v)
        else "×"
        for v in values
    )


class LossLines:
    """The lines of the runs that have been read."""

    def __init__(self) -> None:
        self._lines: dict[str, tuple[int, str]] = {}

    def of(self, row: RunRow) -> str:
        """A run's line; "" until it has been read, and of a run without a step."""
        return self._lines.get(row.id, (0, ""))[1]

    def due(self, rows: Sequence[RunRow]) -> list[RunRow]:
        """Those that have not been read since they have grown."""
        return [row for row in rows if self._due(row)]

    def _due(self, row: RunRow) -> bool:
        read = self._lines.get(row.id, (0, ""))[0]
        return row.steps > (read * GROWTH if row.live else read)

    def read(self, rows: Sequence[RunRow]) -> None:
        """Read runs; in a thread, since each takes milliseconds."""
        for row in rows:
            try:
                line = _line(row)
            except GradlabError:
                line = ""  # what is damaged is named where the run is opened
            self._lines[row.id] = (row.steps, line)


def _line(row: RunRow) -> str:
    from ...engine.runs.followed import open_run
    from ...engine.runs.replay import statistics

    return line_of(open_run(row.path, statistics("loss")).history)


def line_of(history: History) -> str:
    """The means of as many parts of the training as there are blocks; "" before the first step."""
    import numpy as np

    table = history.steps
    if not len(table) or not table.has("", "loss"):
        return ""
    parts = np.array_split(table.series("", "loss"), min(CELLS, len(table)))
    return blocks([float(part.mean()) for part in parts])
