"""What commands say: data on stdout, messages on stderr, and the codes they exit with."""

from __future__ import annotations

import json
import math
import sys
from enum import IntEnum
from typing import Any


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


def strict(value: Any) -> Any:
    """The value with every non-finite number as "NaN", "Infinity" or "-Infinity"."""
    if isinstance(value, dict):
        return {str(key): strict(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [strict(item) for item in value]
    if isinstance(value, bool | int | str) or value is None:
        return value
    number = float(value)
    if math.isnan(number):
        return "NaN"
    if math.isinf(number):
        return "Infinity" if number > 0 else "-Infinity"
    return number


def print_json(document: Any) -> None:
    """Write exactly one JSON document to stdout."""
    print(json.dumps(strict(document), allow_nan=False, ensure_ascii=False, indent=2), flush=True)
