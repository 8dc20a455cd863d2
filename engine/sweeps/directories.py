"""Where sweeps lie, and how a user refers to one."""

from __future__ import annotations

import os
from pathlib import Path

from ..errors import GradlabError, RunError

PLAN = "sweep.json"
"""The file that makes a directory a sweep."""


def sweep_directories(root: Path) -> list[Path]:
    """Every sweep under `root`, the oldest first."""
    try:
        with os.scandir(root) as entries:
            found = [Path(entry.path) for entry in entries if is_sweep(Path(entry.path))]
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise RunError(f"cannot read {root}: {error.strerror}") from error
    return sorted(found, key=lambda path: ((path / PLAN).stat().st_mtime_ns, path.name))


def is_sweep(path: Path) -> bool:
    """Whether a directory holds a sweep."""
    return (path / PLAN).is_file()


def find_sweep(reference: str, root: Path) -> Path:
    """The directory of the sweep that a user means.

    Args:
        reference: an id, a unique beginning of one, `@sweep` for the newest, `@sweep~1` for the one
            before, or a path.
        root: where runs live.

    Raises:
        RunError: there is no such sweep, or more than one.
    """
    if os.sep in reference and is_sweep(Path(reference)):
        return Path(reference)
    found = sweep_directories(root)
    if not found:
        raise RunError(
            f"there are no sweeps in {root}; make one with: gradlab sweep PRESET model.depth=1..10"
        )
    if reference == "@sweep" or reference.startswith("@sweep~"):
        back = reference.removeprefix("@sweep").removeprefix("~") or "0"
        if not back.isdecimal() or int(back) >= len(found):
            raise RunError(f"{reference}: there are only {len(found)} sweeps in {root}")
        return found[-1 - int(back)]
    matches = [path for path in found if path.name == reference]
    matches = matches or [path for path in found if reference and path.name.startswith(reference)]
    if len(matches) == 1:
        return matches[0]
    what = f"is the beginning of {len(matches)}" if matches else "is none"
    names = ", ".join(path.name for path in (matches or found)[-3:])
    raise RunError(f'"{reference}" {what} of the {len(found)} sweeps in {root}: {names}')


def sweep_runs(reference: str, root: Path) -> Path | None:
    """The directory of the sweep that a reference to runs means, if it means one."""
    try:
        named_so = reference.startswith("@sweep") or is_sweep(Path(reference))
        if named_so or is_sweep(root / reference):
            return find_sweep(reference, root)
    except GradlabError:
        if reference.startswith("@sweep"):
            raise
    return None
