"""From what is wrong with a document to the message a person reads."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from ..errors import LONGEST
from . import fields, synonyms
from .fields import Path, dotted
from .objects import listing, nearest

_TYPES = {
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "finite_number": "a finite number",
    "string_type": "a string",
    "bool_type": "true or false",
    "list_type": "a list",
    "tuple_type": "a list of two numbers, [lowest, highest]",
    "dict_type": "a table",
    "model_type": "a table",
    "model_attributes_type": "a table",
}
_RANGES = {
    "greater_than": ("greater than", "gt"),
    "greater_than_equal": ("at least", "ge"),
    "less_than": ("less than", "lt"),
    "less_than_equal": ("at most", "le"),
}


MOST = 50
"""Mistakes that are told of one document."""

PARSED_CHARACTERS = 2_000_000
"""Characters that are parsed to find the lines of mistakes, a second's worth."""


@dataclass(frozen=True)
class Mistake:
    """One thing that is wrong.

    Attributes:
        path: the key that it is about.
        text: what is wrong, what is allowed, what to do.
    """

    path: Path
    text: str


def shown(value: Any) -> str:
    """A value in a message, as TOML would write it, cut to a readable length."""
    value = value[:60] if isinstance(value, str | list) else value
    text = json.dumps(value, default=str, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}..."


def explain(error: ValidationError, document: dict[str, Any], at: Path = ()) -> list[Mistake]:
    """One mistake for each key that pydantic objects to.

    Args:
        error: what pydantic raised.
        document: the whole document.
        at: the table that was validated, if not the whole document.
    """
    by_path: dict[Path, list[ErrorDetails]] = {}
    for detail in error.errors():
        by_path.setdefault(_path(detail, document, at), []).append(detail)
    # A union reports each of its members; what is wrong inside one tells more than the others.
    inner = {path[:-1] for path in by_path if path and isinstance(path[-1], int)}
    outer = [(path, details) for path, details in by_path.items() if path not in inner]
    return [Mistake(path, _text(path, details, document)) for path, details in outer[:MOST]]


def _path(detail: ErrorDetails, document: Any, at: Path) -> Path:
    """The location without the names of union members that pydantic weaves in."""
    path: Path = at
    current: Any = document
    for part in at:
        current = current[part]
    loc = detail["loc"]
    for index, part in enumerate(loc):
        try:
            current = current[part]
        except (KeyError, IndexError, TypeError):
            if detail["type"] != "missing" or index < len(loc) - 1:
                continue
        path = (*path, part)
    if detail["type"].startswith("union_tag"):
        path = (*path, "family")
    return path


def _text(path: Path, details: list[ErrorDetails], document: dict[str, Any]) -> str:
    first = details[0]
    kind = first["type"]
    if kind == "extra_forbidden":
        return _unknown_key(path, document)
    if kind == "too_short":
        return f"needs at least {first.get('ctx', {})['min_length']} item"
    if kind == "too_long":
        context = first.get("ctx", {})
        return f"has {context['actual_length']} items; at most {context['max_length']} are allowed"
    if kind == "missing":
        return "needs two numbers, [lowest, highest]" if isinstance(path[-1], int) else "is missing"
    given = shown(first["input"])
    if kind.startswith("union_tag"):
        family = first.get("ctx", {}).get("tag", "")
        hint = nearest(str(family), fields.FAMILIES).rstrip(".")
        if other := synonyms.FAMILIES.get(str(family).lower()):
            hint = f"; did you mean {other}?"
        return f'must be one of {listing(fields.FAMILIES)}, not "{family}"{hint}'
    if kind == "value_error":
        return str(first.get("ctx", {})["error"])
    ranges = [_range(detail) for detail in details if detail["type"] in _RANGES]
    if ranges:
        return f"must be {' and '.join(dict.fromkeys(ranges))}, not {given}"
    words, choices = [], []
    for detail in details:
        if detail["type"] == "literal_error":
            choices += re.findall(r"'([^']*)'", detail.get("ctx", {})["expected"])
        elif detail["type"] in _TYPES:
            words.append(_TYPES[detail["type"]])
    if choices:
        words.append(f"one of {listing(choices)}" if len(choices) > 1 else f'"{choices[0]}"')
    if not words:
        return f"{first['msg'][0].lower()}{first['msg'][1:]}"
    hint = nearest(str(first["input"]), choices).rstrip(".") if len(words) == 1 else ""
    return f"must be {' or '.join(dict.fromkeys(words))}, not {given}{hint}"


def _range(detail: ErrorDetails) -> str:
    words, key = _RANGES[detail["type"]]
    bound = detail.get("ctx", {})[key]
    return f"{words} {bound}" if isinstance(bound, int) else f"{words} {bound:g}"


def _unknown_key(path: Path, document: dict[str, Any]) -> str:
    key = str(path[-1])
    known = fields.keys(path[:-1], document)
    elsewhere = [
        f"{name}.{key}"
        for name in ("data", "model", "optimizer", "train", "probe", "expect")
        if key in fields.keys((name,), document)
    ]
    hint = nearest(key, known)
    if key == "layers" and path[0] == "model":
        hint = '; it goes with family = "layers".'
    elif other := synonyms.meant(key, dotted(path[:-1])):
        hint = f'; did you mean "{other}"?'
    elif elsewhere:
        hint = f'; did you mean "{elsewhere[0]}"?'
    where = f"[{dotted(path[:-1])}]" if len(path) > 1 else "the top level"
    return f"unknown key{hint} {where} takes: {listing(known) or 'no keys'}"


class Lines:
    """The lines of a TOML document on which its keys are set.

    TOML parsers keep no positions; but the shortest beginning of a document that parses on its own and
    holds a key ends where the key is set, and a binary search finds it.

    Args:
        text: a valid document.
    """

    def __init__(self, text: str) -> None:
        self._rows = text.splitlines()
        self._parsed: dict[int, Any] = {}
        self._left = PARSED_CHARACTERS

    def of(self, path: Path) -> int | None:
        """The line, counted from 1, on which a key's setting begins; None for a key that is not set."""
        low, high = 0, len(self._rows)
        if not holds(self._document(high), path):
            return None
        # The first `high` rows hold the key, the first `low` do not; both parse.
        while True:
            middle = (low + high) // 2
            ends = chain(range(max(middle, low + 1), high), range(middle - 1, low, -1))
            end = next((n for n in ends if self._document(n) is not None), None)
            if end is None:
                return low + 1
            if holds(self._document(end), path):
                high = end
            else:
                low = end

    @property
    def given_up(self) -> bool:
        """Whether the document is too long to look for a line in it."""
        return self._left <= 0

    def _document(self, end: int) -> Any:
        """The first so many rows, parsed; None where they are no document."""
        if end not in self._parsed:
            try:
                beginning = "\n".join(self._rows[:end])
                self._left -= len(beginning)
                self._parsed[end] = tomllib.loads(beginning) if self._left > 0 else None
            except tomllib.TOMLDecodeError:
                self._parsed[end] = None
        return self._parsed[end]


def holds(document: Any, path: Path) -> bool:
    """Whether a key is set in a document."""
    current = document
    for part in path:
        try:
            current = current[part]
        except (KeyError, IndexError, TypeError):
            return False
    return True


def report(
    mistakes: list[Mistake], where: str, text: str, overrides: Mapping[Path, str] | None = None
) -> str:
    """The message: one line for each mistake, `where:line: key: what is wrong`, as many as it holds.

    Args:
        mistakes: what is wrong.
        where: the file, or what to call the text.
        text: the TOML document.
        overrides: the overridden keys, and how each override was written.
    """
    lines = Lines(text)
    messages: list[str] = []
    left = LONGEST - len("\nand 99 more mistakes")
    for mistake in mistakes:
        override = next(
            (w for path, w in (overrides or {}).items() if _same_branch(path, mistake.path)), None
        )
        if override is not None:
            place = f"{where}: override {override}"
        else:
            ancestors = (mistake.path[:n] for n in range(len(mistake.path), 0, -1))
            number = next(filter(None, map(lines.of, ancestors)), 1)
            place = where if lines.given_up else f"{where}:{number}"
        key = dotted(mistake.path)
        message = f"{key}: {mistake.text}" if key else mistake.text
        line = f"{place}: {message}"
        left -= len(line) + 1
        if messages and left < 0:
            messages.append(f"and {len(mistakes) - len(messages)} more mistakes")
            break
        messages.append(line)
    return "\n".join(messages)


def _same_branch(one: Path, other: Path) -> bool:
    """Whether two keys are the same, or one lies within the other."""
    return all(str(a) == str(b) for a, b in zip(one, other, strict=False))
