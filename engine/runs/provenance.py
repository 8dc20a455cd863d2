"""Where a run comes from: preset, command, versions, machine, source revision.

Imports none of the packages it names.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from typing_extensions import TypedDict

from .documents import SCHEMA_VERSION
from .state import this_process

if TYPE_CHECKING:
    from ..preset.schema import Preset

_PACKAGES = ("gradlab", "tensorflow", "keras", "numpy")


def versions() -> dict[str, str | None]:
    """Python's version and those of the packages that decide a result; None if not installed."""
    found: dict[str, str | None] = {"python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = None
    return found


def git_commit() -> str | None:
    """The commit checked out in the working directory, None if there is none to be had."""
    try:
        done = subprocess.run(
            ["git", "rev-parse", "HEAD"], capture_output=True, text=True, timeout=1, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


class Origin(TypedDict, total=False):
    """What only the one who begins a run knows of it.

    Attributes:
        argv: the command line; by default this process' own.
        parent: id of the run this one was forked from.
        changed: settings that differ from the named preset, as dotted keys.
        jit: whether XLA compiles the steps, where that is known.
        base: the folder that the preset's own paths start at; by default the current one.
        data_files: checksums of the data files by absolute path.
        group: what the runs of one command have in common.
        trial: its number among those of a sweep.
        imported_from: the files that another tool left.
    """

    argv: Sequence[str] | None
    parent: str | None
    changed: Mapping[str, Any] | None
    jit: bool | None
    base: Path | None
    data_files: Mapping[str, str] | None
    group: str | None
    trial: int | None
    imported_from: str


def run_info(
    run_id: str,
    preset: Preset | None,
    preset_name: str,
    name: str | None,
    created: datetime,
    origin: Origin,
) -> dict[str, Any]:
    """The content of run.json.

    Args:
        run_id: the name of the run directory.
        preset: the resolved preset; None if another tool trained the run.
        preset_name: the name it was found by.
        name: the user's own name for the run.
        created: now, in UTC.
        origin: what else is known.
    """
    document = {
        "schema_version": SCHEMA_VERSION,
        "id": run_id,
        "name": name,
        "created": created.isoformat(timespec="microseconds"),
        "preset_name": preset_name,
        "preset": preset.model_dump(mode="json") if preset else {},
        "changed": dict(origin.get("changed") or {}),
        "seed": preset.seed if preset else None,
        "jit": origin.get("jit"),
        "versions": versions(),
        "git_commit": git_commit(),
        "host": this_process()["host"],
        "argv": [os.fsencode(a).decode(errors="replace") for a in origin.get("argv") or sys.argv],
        "parent": origin.get("parent"),
        "group": origin.get("group"),
        "trial": origin.get("trial"),
        "base": str((origin.get("base") or Path()).resolve()),
        "data_files": dict(origin.get("data_files") or {}),
    }
    if "imported_from" in origin:
        document["imported_from"] = origin["imported_from"]
    return document
