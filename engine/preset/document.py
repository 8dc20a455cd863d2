"""TOML read with limits, so that no text takes long, and none is more than a preset can be."""

from __future__ import annotations

import re
import tomllib
from collections import deque
from typing import Any

LARGEST_BYTES = 256 * 1024
"""A larger text is taken for something else; the bundled presets have about 1,500 bytes."""

DEEPEST = 32
"""Tables and lists inside one another; Keras' own objects take about ten."""

# DEEPEST parts and dots; the parser's time grows with the square of a dotted key's length.
_LONG_KEY = re.compile(r"(?<![\w\"'-])(?:[\w\"'-]++[ \t]*+\.[ \t]*+){32}")
_BITS = 64


def parse(text: str) -> dict[str, Any]:
    """The document of a TOML text.

    Raises:
        tomllib.TOMLDecodeError: wrong syntax, or larger, deeper or of longer numbers than a preset is.
    """
    if len(text) > LARGEST_BYTES:
        raise tomllib.TOMLDecodeError(
            f"{len(text):,} characters are too many; a preset has at most {LARGEST_BYTES:,}"
        )
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        raise tomllib.TOMLDecodeError("the text is not Unicode, which TOML must be")
    if _LONG_KEY.search(text):
        raise tomllib.TOMLDecodeError(f"a dotted key has more than {DEEPEST} parts; shorten it")
    try:
        document = tomllib.loads(text)
    except RecursionError:
        raise tomllib.TOMLDecodeError(_too_deep()) from None
    except tomllib.TOMLDecodeError:
        raise
    except ValueError as error:
        # Python itself refuses to read numbers of more than 4,300 digits.
        raise tomllib.TOMLDecodeError(_too_long()) from error
    _check(document)
    return document


def _check(document: dict[str, Any]) -> None:
    values: deque[tuple[int, Any]] = deque([(0, document)])
    while values:
        depth, value = values.pop()
        if depth > DEEPEST:
            raise tomllib.TOMLDecodeError(_too_deep())
        if isinstance(value, dict):
            values.extend((depth + 1, item) for item in value.values())
        elif isinstance(value, list):
            values.extend((depth + 1, item) for item in value)
        elif isinstance(value, int) and not -(2 ** (_BITS - 1)) <= value < 2 ** (_BITS - 1):
            raise tomllib.TOMLDecodeError(_too_long())


def _too_deep() -> str:
    return f"tables and lists are nested more than {DEEPEST} deep; flatten them"


def _too_long() -> str:
    return f"a whole number has more than {_BITS} bits; write it as a float, such as 1e30"
