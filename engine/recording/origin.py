"""What a recorded run came from: its script, what git had not committed, the model's config."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

import keras

MOST_BYTES = 4 << 20
"""Longer texts are not kept."""


def keep_origin(run: Path, model: keras.Model) -> None:
    """Write `script.py`, `git.diff` and `model.json` into a run, each where it can be had."""
    sources: dict[str, Callable[[], str]] = {
        "script.py": _script,
        "git.diff": _uncommitted,
        "model.json": lambda: _config(model),
    }
    for name, source in sources.items():
        text = source()
        if text and len(text) <= MOST_BYTES:
            with contextlib.suppress(OSError):  # the run tells of a full disk itself
                (run / name).write_text(text, "utf-8", errors="surrogateescape")


def _script() -> str:
    path = getattr(sys.modules["__main__"], "__file__", None)
    try:
        return Path(path).read_text("utf-8", errors="surrogateescape") if path else ""
    except OSError:
        return ""


def _uncommitted() -> str:
    """How the working directory differs from git's last commit."""
    command = ["git", "--no-optional-locks", "diff", "--no-ext-diff", "--no-color", "HEAD"]
    try:
        done = subprocess.run(command, capture_output=True, timeout=2, check=True)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.decode("utf-8", errors="surrogateescape")


def _config(model: keras.Model) -> str:
    """The model as JSON; "" if its own code cannot say how it is made."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return model.to_json(indent=1)
        except Exception:  # raised by the user's own `get_config`
            return ""
