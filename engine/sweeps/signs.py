"""Asking a sweep to stop or to pause, whichever process or machine its trainings are on: files in its
directory."""

from __future__ import annotations

import shutil
from pathlib import Path

from ..errors import RunError

STOP, PAUSE = "stop", "pause"

ROOM = 64 << 20
"""Bytes of a disk below which trainings pause until there is room again."""


def ask(sweep: Path, what: str) -> None:
    """Leave a sign, `STOP` or `PAUSE`.

    Raises:
        RunError: it cannot be left.
    """
    try:
        (sweep / what).touch()
    except OSError as error:
        raise RunError(f"cannot write {sweep / what}: {error.strerror}") from error


def asked(sweep: Path, what: str) -> bool:
    """Whether a sign is there."""
    return (sweep / what).exists()


def forget(sweep: Path, what: str) -> None:
    """Take a sign away."""
    (sweep / what).unlink(missing_ok=True)


def full(sweep: Path, room: int = ROOM) -> bool:
    """Whether the disk of a sweep has less than so many bytes left."""
    try:
        return shutil.disk_usage(sweep).free < room
    except OSError:
        return False
