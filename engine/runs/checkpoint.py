"""What a stopped training needs to go on bit for bit: every variable, and where it stood."""

from __future__ import annotations

import json
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import RunError
from ..strict_json import dumps, restored
from .files import replace_file

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
    if not path.exists():
        return None
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        cursor = restored(json.loads(arrays.pop(_CURSOR).tobytes()))
    except (OSError, ValueError, KeyError, EOFError, NotImplementedError, zipfile.BadZipFile,
            zlib.error) as error:  # fmt: skip
        raise RunError(
            f"{path} is damaged ({error}), so the run cannot be resumed; train it anew with "
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
