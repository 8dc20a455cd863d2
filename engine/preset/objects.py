"""Keras objects as presets write them, resolved against the catalogue."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any

from ..errors import clipped
from .catalogue import TABLES, Entry, Kind, find

LISTED = 200
"""Characters that names in a message may take."""

COMPARED = 64
"""Characters up to which a name is compared with known ones, and shown."""


def listing(names: Iterable[str]) -> str:
    """Names for a message: `a, b, c`; `a, b and 9 more` where they are many."""
    names, shown, length = list(names), [], 0
    for name in names:
        length += len(name) + 2
        if shown and length > LISTED:
            return f"{', '.join(shown)} and {len(names) - len(shown)} more"
        shown.append(clipped(name, COMPARED))
    return ", ".join(shown)


def nearest(name: str, names: Iterable[str]) -> str:
    """The end of a sentence about an unknown name: `; did you mean "x"?`, or a full stop."""
    if len(name) > COMPARED:
        return "."
    by_lower: dict[str, str] = {}
    for known in names:
        by_lower.setdefault(known.lower(), known)
    close = difflib.get_close_matches(name.lower(), by_lower, n=1, cutoff=0.55)
    return f'; did you mean "{by_lower[close[0]]}"?' if close else "."


_ARGUMENT_KINDS: tuple[Kind, ...] = ("initializer", "regularizer", "constraint")


def _lookup(kind: Kind, name: Any) -> Entry:
    if not isinstance(name, str):
        raise ValueError(f"the name of the {kind} must be a string, not {name!r}")
    entry = find(kind, name)
    if entry is None:
        names = list(TABLES[kind])
        classes = [entry.class_name for entry in TABLES[kind].values()]
        hint = nearest(name, names if name.islower() else classes)
        raise ValueError(f'no {kind} is called "{name}"{hint} Known: {listing(names)}')
    return entry


def resolve(kind: Kind, value: str | dict[str, Any]) -> tuple[Entry, dict[str, Any]]:
    """What a preset's value names, and the arguments it gives.

    Args:
        kind: what the value has to be.
        value: a name, `{name = ..., argument = ...}`, or `{class_name = ..., config = {...}}` as
            Keras serialises it.

    Returns:
        The catalogue's entry and the constructor's arguments, without `name` and `dtype`.

    Raises:
        ValueError: an unknown name, an argument that it does not take, or one that it needs.
    """
    if isinstance(value, str):
        entry, arguments = _lookup(kind, value), {}
    elif "class_name" in value:
        entry = _lookup(kind, value["class_name"])
        config = value.get("config", {})
        if not isinstance(config, dict):
            raise ValueError(f"config must be a table of arguments, not {config!r}")
        extra = set(value) - {"class_name", "config", "module", "registered_name"}
        if extra:
            raise ValueError(
                f"{listing(sorted(extra))} must stand inside config = {{...}}, beside class_name"
            )
        arguments = {key: item for key, item in config.items() if key not in ("name", "dtype")}
    elif "name" in value:
        entry = _lookup(kind, value["name"])
        arguments = {key: item for key, item in value.items() if key != "name"}
    else:
        raise ValueError(
            f"a table for the {kind} needs name = ... with its arguments, or class_name = ... "
            "with config = {...}"
        )
    for argument in arguments:
        if argument not in entry.arguments:
            takes = listing(entry.arguments) or "no arguments"
            raise ValueError(
                f'{entry.name} takes no argument "{argument}"'
                f"{nearest(argument, entry.arguments)} It takes: {takes}"
            )
        if (inner := kind_of(argument)) is not None and arguments[argument] is not None:
            resolve(inner, arguments[argument])
    missing = [argument for argument in entry.required if argument not in arguments]
    if missing:
        raise ValueError(f"{entry.name} needs {listing(missing)}")
    # Keras' function has a slope of 0.2, its layer one of 0.3.
    if entry.class_name == "LeakyReLU" and name_in(value) == "LeakyReLU":
        arguments = {"negative_slope": 0.3, **arguments}
    return entry, arguments


def name_in(value: str | dict[str, Any]) -> str:
    """The name, or the class name, that a value is spelt with."""
    return value if isinstance(value, str) else value.get("class_name") or value["name"]


def kind_of(argument: str) -> Kind | None:
    """What an argument such as `alpha_initializer` has to be; None for plain values."""
    ending = argument.rpartition("_")[2]
    return next((kind for kind in _ARGUMENT_KINDS if kind == ending), None)
