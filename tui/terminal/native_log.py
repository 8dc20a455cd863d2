"""Keeps what C++ libraries write to file descriptor 2 away from the terminal.

TensorFlow and XLA log there past Python; the lines would cut through a progress bar or a screen.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import TextIO

import platformdirs


def divert_native_log() -> Path:
    """Send file descriptor 2 to a log file; Python's own stderr keeps the terminal.

    Returns:
        The log file.
    """
    path, descriptor = _open_log()
    terminal: TextIO = os.fdopen(os.dup(2), "w", buffering=1, encoding="utf-8", errors="replace")
    os.dup2(descriptor, 2)
    os.close(descriptor)
    sys.stderr = terminal
    # Textual draws on the original stderr, wherever sys.stderr points.
    sys.__stderr__ = terminal  # type: ignore[misc]
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    return path


def _open_log() -> tuple[Path, int]:
    flags = os.O_CREAT | os.O_WRONLY | os.O_TRUNC | os.O_APPEND
    try:
        folder = platformdirs.user_log_path("gradlab", appauthor=False, ensure_exists=True)
        path = folder / f"native-{os.getpid()}.log"
        _forget_old(folder)
        return path, os.open(path, flags, 0o600)
    except OSError:
        descriptor, name = tempfile.mkstemp(prefix="gradlab-", suffix=".log")
        return Path(name), descriptor


def _forget_old(folder: Path, keep: int = 20) -> None:
    logs = sorted(folder.glob("native-*.log"), key=lambda log: log.stat().st_mtime)
    for log in logs[:-keep]:
        log.unlink(missing_ok=True)
