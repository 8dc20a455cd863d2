"""Keeps what C++ libraries write to file descriptor 2 away from the terminal.

TensorFlow and XLA log there past Python; the lines would cut through a progress bar or a screen. Should the
process be ended past Python, by an abort of theirs or for lack of memory, the last of the lines are shown.
"""

from __future__ import annotations

import atexit
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NoReturn, TextIO

import platformdirs

from .door import Door

_WITNESS = r"""
read -r farewell && exit
printf %s "$2"
{
    printf 'gradlab: the process was ended past Python, by native code or from outside'
    printf ' (often for lack of memory); '
    if test -s "$1"; then
        printf 'the end of its native log %s:\n' "$1"
        tail -n 5 "$1" | cut -c -400
    else
        printf 'its native log %s is empty\n' "$1"
    fi
} | LC_ALL=C cat -v
"""
"""A shell that waits for a farewell: a process that ends without one cannot speak for itself."""

_witness: subprocess.Popen[bytes] | None = None


def divert_native_log(leave_screen: str = "") -> Path:
    """Send file descriptor 2 to a log file; Python's own stderr keeps the terminal.

    Args:
        leave_screen: escapes that give the terminal back if the process is ended past Python.

    Returns:
        The log file.
    """
    path, descriptor = _open_log()
    terminal: TextIO = os.fdopen(os.dup(2), "w", buffering=1, encoding="utf-8", errors="replace")
    os.dup2(descriptor, 2)
    os.close(descriptor)
    sys.stderr = Door(terminal)
    # Textual draws on the original stderr, wherever sys.stderr points.
    sys.__stderr__ = terminal  # type: ignore[misc]
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    _call_witness(path, terminal, leave_screen)
    return path


def leave(code: int) -> NoReturn:
    """End the process at once, without waiting for threads or tidying up."""
    _say_farewell()
    os._exit(code)


def _call_witness(path: Path, terminal: TextIO, leave_screen: str) -> None:
    global _witness
    try:
        _witness = subprocess.Popen(
            ["sh", "-c", _WITNESS, "sh", str(path), leave_screen],
            stdin=subprocess.PIPE,
            stdout=terminal,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            bufsize=0,
        )
    except OSError:
        return  # without a shell nobody can tell
    atexit.register(_say_farewell)


def _say_farewell() -> None:
    if _witness and _witness.stdin:
        try:
            _witness.stdin.write(b"farewell\n")
        except OSError:
            return  # somebody has ended the shell


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
