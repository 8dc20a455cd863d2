"""Deleting runs: they move to a trash beside them, which can be emptied."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from ..errors import RunError
from .state import Watch, read_state

TRASH = ".trash"


def delete(run: Path) -> Path:
    """Move a run to `<runs>/.trash`; gives back where it lies now.

    Raises:
        RunError: it is still being trained, or cannot be moved.
    """
    state, _ = read_state(run)
    if Watch().liveness(run, state) == "live":
        raise RunError(
            f"{run.name} is being trained by process {state.pid} on {state.host or 'this machine'}; "
            "stop it first"
        )
    trash = run.parent / TRASH
    try:
        trash.mkdir(exist_ok=True)
        place, copy = trash / run.name, 1
        while os.path.lexists(place):
            copy += 1
            place = trash / f"{run.name}-{copy}"
        run.rename(place)
    except OSError as error:
        raise RunError(f"cannot move {run} to {trash}: {error.strerror}") from error
    return place


def trashed(root: Path) -> list[Path]:
    """What lies in the trash of `root`, the run that went there last first."""
    try:
        return sorted(
            (root / TRASH).iterdir(), key=lambda run: run.stat().st_ctime_ns, reverse=True
        )
    except FileNotFoundError:
        return []


def restore(run: Path) -> Path:
    """Move a run out of the trash to where it was; gives back where it lies now.

    Args:
        run: as `delete` or `trashed` gave it.

    Raises:
        RunError: another run has its place, or it cannot be moved.
    """
    place = run.parent.parent / run.name
    if place.exists():
        raise RunError(f"{place} is there again; {run} stays in the trash")
    try:
        run.rename(place)
    except OSError as error:
        raise RunError(f"cannot move {run} to {place.parent}: {error.strerror}") from error
    return place


def empty(root: Path) -> int:
    """Delete for good what lies in the trash of `root`; gives back how many runs that were."""
    trash = root / TRASH
    if not trash.is_dir():
        return 0
    runs = list(trash.iterdir())
    try:
        for run in runs:
            shutil.rmtree(run) if run.is_dir() else run.unlink()
    except OSError as error:
        raise RunError(f"cannot delete {error.filename}: {error.strerror}") from error
    return len(runs)
