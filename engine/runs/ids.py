"""The names of runs: how they are made, and how a user refers to one."""

from __future__ import annotations

import difflib
import os
import re
import secrets
import unicodedata
from datetime import datetime
from pathlib import Path

from ..errors import RunError
from .files import read_json

_LAST = re.compile(r"@last(?:~(\d{1,9}))?")
_MARKS = ("run.json", "state.json", "columns.json", "metrics.rec", "metrics.parquet")


def file_safe(name: str) -> str:
    """The name in letters, digits, dots and hyphens, at most 40 characters, never empty."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9.]+", "-", plain).strip("-.")[:40].strip("-.") or "run"


def new_id(preset_name: str, now: datetime) -> str:
    """An id such as 20261120T1422-vanishing-sigmoid-7f3a."""
    return f"{now:%Y%m%dT%H%M}-{file_safe(preset_name)}-{secrets.token_hex(2)}"


def make_directory(root: Path, preset_name: str, now: datetime) -> Path:
    """Make the directory of a new run. That mkdir fails on an existing name is the only lock."""
    try:
        root.mkdir(parents=True, exist_ok=True)
        while True:
            try:
                path = root / new_id(preset_name, now)
                path.mkdir()
                return path
            except FileExistsError:
                continue
    except OSError as error:
        raise RunError(
            f"cannot make a run in {root}: {error.strerror}; choose another place with --runs-dir"
        ) from error


def is_run(path: Path) -> bool:
    """Whether a directory holds a run, damaged or not; one that may not be looked into counts as one."""
    if any(os.path.exists(path / mark) for mark in _MARKS):
        return True
    return os.path.isdir(path) and not os.access(path, os.X_OK)


def run_directories(root: Path) -> list[Path]:
    """Every run under `root`, by name; things that are no runs are left out."""
    try:
        with os.scandir(root) as entries:
            names = [e.name for e in entries if not e.name.startswith(".") and e.is_dir()]
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise RunError(f"cannot read {root}: {error.strerror}") from error
    return [root / name for name in sorted(names) if is_run(root / name)]


def find_run(reference: str, root: Path) -> Path:
    """The directory of the run a user means.

    Args:
        reference: an id, a unique prefix of one, `@last`, `@last~1` (the one before), or a path.
        root: where runs live.

    Raises:
        RunError: there is no such run, or more than one; the message names the nearest.
    """
    as_path, shown = Path(os.path.expanduser(reference)), shortened(reference)
    if os.sep in reference or reference in (".", ".."):
        if is_run(as_path):
            return as_path
        problem = "holds no run" if os.path.isdir(as_path) else "does not exist"
        raise RunError(f"{shown} {problem}; `gradlab runs list` shows the runs in {root}")
    runs = run_directories(root)
    if not runs and not is_run(as_path):
        raise RunError(
            f"there are no runs in {root}; make one with `gradlab run PRESET`, or say where "
            "they are with --runs-dir or GRADLAB_RUNS"
        )
    if last := _LAST.fullmatch(reference):
        back = int(last[1] or 0)
        if back >= len(runs):
            raise RunError(f"{shown}: there are only {len(runs)} runs in {root}")
        return sorted(runs, key=_created)[-1 - back]
    names = [run.name for run in runs]
    if reference in names:
        return root / reference
    matches = [name for name in names if reference and name.startswith(reference)]
    if len(matches) == 1:
        return root / matches[0]
    if matches:
        raise RunError(
            f'"{shown}" is the beginning of {len(matches)} runs in {root}: '
            f"{_some(matches)}; give more of the id"
        )
    if is_run(as_path):
        return as_path
    near = [name for name in names if reference and reference in name]
    near = near or difflib.get_close_matches(shown, names, cutoff=0.3)
    hint = f"; nearest: {_some(near)}" if near else ""
    raise RunError(
        f'no run "{shown}" among the {len(runs)} in {root}{hint}; '
        "give an id, a unique beginning of one, @last, @last~1, or a path"
    )


def _created(run: Path) -> tuple[str, str]:
    """Sorts by the moment of creation (ISO 8601 in UTC); ids only tell the minute."""
    return str(read_json(run / "run.json")[0].get("created", "")), run.name


def shortened(text: str, length: int = 80) -> str:
    """The text, cut short so that a message that quotes it stays a sentence."""
    return text if len(text) <= length else f"{text[: length - 1]}…"


def _some(names: list[str]) -> str:
    return ", ".join(shortened(name) for name in names[:3]) + (", ..." if len(names) > 3 else "")
