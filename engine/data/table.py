"""The user's files as tables of inputs and targets: a CSV, or an NPZ's arrays."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import numpy as np

from ..errors import DataError
from ..preset.objects import nearest

MOST_NEIGHBOURS = 1000
"""Files of a folder that a misspelt name is held against."""


@dataclass(frozen=True)
class Table:
    """Rows of a file before anybody decided what the targets mean.

    Attributes:
        place: how messages name the file (and its arrays or column).
        x: inputs [rows, *input_shape].
        y: targets; numbers [rows] or [rows, targets], or text [rows].
        lines: the line of each row in a text file, if it is one.
        features: names of the feature columns, if they have any.
        target: name of the target column, if it has one.
    """

    place: str
    x: np.ndarray
    y: np.ndarray
    lines: tuple[int, ...] = ()
    features: tuple[str, ...] = ()
    target: str = ""

    def __len__(self) -> int:
        return len(self.x)

    def row(self, index: int) -> str:
        """How messages name a row."""
        if self.lines:
            return f"row {index + 1} (line {self.lines[index]})"
        return f"row {index} (counted from 0)"

    def first(self, rows: int | None) -> Table:
        """Only the first rows."""
        return replace(self, x=self.x[:rows], y=self.y[:rows], lines=self.lines[:rows])


def find_file(path: str, base: Path | None, key: str) -> Path:
    """The file that a preset names, relative to the preset's folder.

    Raises:
        DataError: if there is no such file.
    """
    file = (base or Path.cwd()) / Path(path).expanduser()
    if file.is_file():
        return file
    what = "is a folder, not a file" if file.is_dir() else "does not exist"
    if file.exists() and not file.is_dir():
        what = "is no regular file; copy what it holds into one"
    raise DataError(
        f"{file} {what} (data.{key}){_near(file)} A relative path starts at the preset's folder, "
        "or at the current one if the preset is bundled"
    )


def _near(file: Path) -> str:
    """The end of a sentence: the file that may be meant, beside the one that is named."""
    try:
        names = [entry.name for entry in islice(file.parent.iterdir(), MOST_NEIGHBOURS)]
    except OSError:
        return "."
    return nearest(file.name, (name for name in names if name != file.name))
