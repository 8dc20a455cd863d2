"""What commands say: data on stdout, messages on stderr, and the codes they exit with."""

from __future__ import annotations

import sys
from enum import IntEnum
from typing import Any

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
