"""Where a run's data files lie and what was in them, so that a resumed run trains on the same."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from ..errors import DataError
from ..preset.schema import DataSettings
from .table import find_file


def fingerprints(settings: DataSettings, base: Path | None) -> dict[str, str]:
    """SHA-256 of every file that the `[data]` table names, by absolute path.

    Raises:
        DataError: there is no such file, or it cannot be read.
    """
    if settings.data_set().kind != "file":
        return {}
    named = {"path": settings.path, "validation": settings.validation, "test": settings.test}
    files = [find_file(path, base, key) for key, path in named.items() if isinstance(path, str)]
    return {str(file.resolve()): _digest(file) for file in files}


def refuse_changed(recorded: Mapping[str, str], found: Mapping[str, str], run: str) -> None:
    """Stop where a run would go on with other data than it began with.

    Args:
        recorded: fingerprints of the run's begin; none for runs of before they were kept.
        found: those of now.
        run: what to call the run.

    Raises:
        DataError: naming the file.
    """
    for path, digest in found.items():
        if recorded.get(path, digest) != digest:
            raise DataError(
                f"{path} has changed since {run} began, so resuming would train on other data; put the "
                "old file back, or start a new run without --resume"
            )


def _digest(file: Path) -> str:
    try:
        with file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise DataError(f"{file} cannot be read: {error.strerror}") from error
