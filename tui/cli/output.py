"""What commands say: data on stdout, messages on stderr, and the codes they exit with."""

from __future__ import annotations

import sys
from enum import IntEnum
from pathlib import Path
from typing import Any

from ...engine.errors import RunError
from ...engine.strict_json import dumps


class Exit(IntEnum):
    """Exit codes of every command."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    FINDING = 3
    INTERRUPTED = 130


def say(message: str) -> None:
    """Write a message for the person at the terminal to stderr."""
    print(message, file=sys.stderr, flush=True)


def print_json(document: Any) -> None:
    """Write exactly one JSON document to stdout."""
    print(dumps(document, indent=2), flush=True)


def refuse_target(target: Path) -> None:
    """Refuse to write what would never end or would break a run: into a pipe, over a part of a run.

    Raises:
        RunError: the target is no file or folder, or a part of a run.
    """
    from ...engine.runs.documents import refuse_part

    if target.exists() and not (target.is_file() or target.is_dir()):
        raise RunError(f"{target} is no file; choose another place with -o PATH")
    refuse_part(target)
