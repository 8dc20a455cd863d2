"""What a stopped training needs to go on bit for bit: every variable, and where it stood."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import RunError
from ..strict_json import dumps, restored
from .files import open_file, replace_file
from .ids import shortened

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
            np.savez(file, allow_pickle=False, **{_CURSOR: text, **arrays})

    replace_file(path, write)


def load(run: Path) -> tuple[dict[str, np.ndarray], dict[str, Any]] | None:
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
        if not isinstance(cursor, dict):
            raise ValueError("it does not say where training stood")
    except Exception as error:  # zipfile and NumPy raise a dozen kinds on damaged files
        reason = shortened(str(error) or type(error).__name__)
        raise RunError(
            f"{path} is damaged ({reason}), so the run cannot be resumed; train it anew with "
            "`gradlab run`"
        ) from error
    return arrays, cursor


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
