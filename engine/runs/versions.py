"""Where a run comes from: versions, machine, source revision. Imports none of what it names."""

from __future__ import annotations

import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version

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
