"""What a run is called: by what differs from the preset that it was made of."""

from __future__ import annotations

from collections.abc import Mapping


def changes_in_words(changes: Mapping[str, object]) -> str:
    """`relu, he_normal, depth 3`: a name says enough, a number or a switch needs its key."""
    return ", ".join(_short(key, value) for key, value in changes.items())


def named(name: str, changes: Mapping[str, object]) -> str:
    """`vanishing-sigmoid + relu, he_normal`."""
    return f"{name} + {changes_in_words(changes)}" if changes else name


def _short(key: str, value: object) -> str:
    if isinstance(value, dict):
        value = value.get("name") or value.get("class_name") or value
    if isinstance(value, str) and value not in ("none", "before", "after", "auto"):
        return value
    return f"{key.rpartition('.')[2]} {'none' if value is None else value}"
