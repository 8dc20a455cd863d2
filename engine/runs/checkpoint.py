"""What a stopped training needs to go on bit for bit: every variable, and where it stood."""

from __future__ import annotations

import json
import os
import time
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any

import numpy as np

from ..errors import RunError
from ..stream.events import Trouble
from ..strict_json import dumps, is_object, restored
from .files import open_file, replace_file
from .ids import shortened

CHECKPOINT_SECONDS = 0.8
"""Shortest time between two checkpoints."""

CHECKPOINT_SHARE = 0.02
"""Share of the training time that checkpoints may take."""

_CURSOR = "__cursor__"


def resume_path(run: Path) -> Path:
    """Where the variables of a run are kept."""
    return run / "checkpoint" / "resume.npz"


def save(run: Path, arrays: Mapping[str, np.ndarray], cursor: Mapping[str, Any]) -> None:
    """Write checkpoint/resume.npz, whole or not at all.

    Args:
        run: the run directory.
        arrays: every model and optimizer variable by a name of its own.
        cursor: where training stood, as a JSON object.

    Raises:
        OSError: it could not be written; the checkpoint before stands.
    """
    text = np.frombuffer(dumps(dict(cursor)).encode(), np.uint8)
    path = resume_path(run)
    path.parent.mkdir(exist_ok=True)

    def write(temporary: Path) -> None:
        with temporary.open("wb") as file:
            _write_arrays(file, {_CURSOR: text, **arrays})

    replace_file(path, write)


def _write_arrays(file: IO[bytes], arrays: Mapping[str, np.ndarray]) -> None:
    """What `np.savez` writes, but for the time of day, which ZIP cannot hold before 1980."""
    with zipfile.ZipFile(file, "w", allowZip64=True) as members:
        for name, array in arrays.items():
            with members.open(zipfile.ZipInfo(f"{name}.npy"), "w", force_zip64=True) as member:
                np.lib.format.write_array(member, np.asanyarray(array), allow_pickle=False)


def read_checkpoint(run: Path) -> tuple[dict[str, np.ndarray], dict[str, Any]] | None:
    """The variables and the cursor; None if the run has no checkpoint.

    Raises:
        RunError: the file is damaged; each array has a checksum.
    """
    path = resume_path(run)
    if not os.path.exists(path):
        return None
    try:
        with open_file(path) as file, zipfile.ZipFile(file) as members:
            size = os.fstat(file.fileno()).st_size
            if sum(member.file_size for member in members.infolist()) > size:
                raise ValueError("its parts are larger than the file")
            with np.load(file, allow_pickle=False) as parts:
                arrays = {name: parts[name] for name in parts.files}
        cursor = restored(json.loads(arrays.pop(_CURSOR).tobytes()))
        if not is_object(cursor):
            raise ValueError("it does not say where training stood")
    except Exception as error:  # zipfile and NumPy raise a dozen kinds on damaged files
        reason = shortened(str(error) or type(error).__name__)
        raise RunError(
            f"{path} is damaged ({reason}), so the run cannot be resumed; train it anew with "
            "`gradlab run`"
        ) from error
    return arrays, cursor


class Checkpoints:
    """Keeps what a training needs to go on, as often as that is cheap.

    Args:
        run: the run directory.
        take: gives every variable and the cursor, as of now.
        save_to: saves the model in Keras' own format to the path it is given.
    """

    def __init__(
        self,
        run: Path,
        take: Callable[[], tuple[Mapping[str, np.ndarray], Mapping[str, Any]]],
        save_to: Callable[[Path], None],
    ) -> None:
        self._run = run
        self._take = take
        self._save_to = save_to
        self._saved = time.monotonic()
        self._cost = 0.0
        self._missing: set[str] = set()

    @property
    def due(self) -> bool:
        """Whether so much has been trained since the last one that another is worth its time."""
        since = time.monotonic() - self._saved
        return since >= max(CHECKPOINT_SECONDS, self._cost / CHECKPOINT_SHARE)

    def save(self, step: int) -> list[Trouble]:
        """Write the checkpoint; returns what there is to tell of it."""
        began = time.monotonic()
        arrays, cursor = self._take()
        told = self._told("the checkpoint", step, lambda: save(self._run, arrays, cursor))
        self._saved = time.monotonic()
        self._cost = self._saved - began
        return told

    def save_model(self, step: int) -> list[Trouble]:
        """Keep the model, for people to load; returns what there is to tell of it."""
        return self._told("the model", step, lambda: save_model(self._run, self._save_to))

    def _told(self, part: str, step: int, write: Callable[[], object]) -> list[Trouble]:
        """Write a file that the training can do without."""
        try:
            write()
        # Keras' own format holds the time of day, which ZIP cannot before 1980.
        except (OSError, ValueError) as error:
            if part in self._missing:
                return []
            self._missing.add(part)
            return [Trouble(part, f"{part} could not be written: {error}; training goes on", step)]
        if part not in self._missing:
            return []
        self._missing.remove(part)
        return [Trouble(part, f"{part} is written again", step, over=True)]


def save_model(run: Path, save_to: Callable[[Path], None]) -> Path:
    """Write checkpoint/model.keras, whole or not at all.

    Args:
        run: the run directory.
        save_to: saves the model to the path it is given, such as `model.save`.
    """
    path = run / "checkpoint" / "model.keras"
    path.parent.mkdir(exist_ok=True)
    replace_file(path, save_to, suffix=".keras")
    return path
