"""The table of runs kept up to date: only what may have changed since the last look is read again."""

from __future__ import annotations

import os
from pathlib import Path

from .ids import run_directories
from .listing import RunRow, read_row
from .state import Watch

CHANGING = ("live", "stale")
"""Liveness of runs that are read again at every look: time alone may change what they are."""


class RunList:
    """Every run under a directory, looked at again and again.

    All files of a table's row are replaced whole, which changes the time of their directory.

    Args:
        root: where runs live; it need not exist.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._watch = Watch()
        self._rows: dict[Path, tuple[int, RunRow]] = {}

    def rows(self) -> list[RunRow]:
        """All runs, the newest first.

        Raises:
            RunError: the directory exists but cannot be read.
        """
        rows: dict[Path, tuple[int, RunRow]] = {}
        for path in run_directories(self.root):
            changed = _changed(path)
            known = self._rows.get(path)
            if known is None or known[0] != changed or known[1].liveness in CHANGING:
                known = changed, read_row(path, self._watch)
            rows[path] = known
        self._rows = rows
        found = (row for _, row in rows.values())
        return sorted(found, key=lambda row: (row.created, row.id), reverse=True)


def _changed(path: Path) -> int:
    """When a file in a directory was last added, replaced or taken away; -1 if that cannot be told."""
    try:
        return os.stat(path).st_mtime_ns
    except OSError:
        return -1
