"""What differs between two presets, in dotted keys that overrides understand."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from .schema import Preset

DESCRIPTION = (
    "title", "about", "source", "tags", "experiments", "groups", "guide", "expect",
)  # fmt: skip
"""Top-level keys that describe an experiment and do not change it."""

_OPEN_TABLES = ("options", "arguments")


def flatten(preset: Preset) -> dict[str, Any]:
    """Every setting that makes up the experiment, by dotted key, defaults included.

    Keras objects (`{name = ...}`) and lists stay whole; a table that is absent is None.
    """
    flat: dict[str, Any] = {}
    for key, value in preset:
        if key not in DESCRIPTION:
            flat |= _flat(key, value)
    return flat


def _flat(key: str, value: Any) -> dict[str, Any]:
    if isinstance(value, BaseModel):
        children = dict(value)
    elif isinstance(value, dict) and key.rpartition(".")[2] in _OPEN_TABLES:
        children = value
    else:
        return {key: value}
    flat: dict[str, Any] = {}
    for name, child in children.items():
        flat |= _flat(f"{key}.{name}", child)
    return flat


def diff(a: Preset, b: Preset) -> dict[str, tuple[Any, Any]]:
    """What turns one preset into the other, in the schema's order.

    Args:
        a: the old preset.
        b: the new preset.

    Returns:
        The old and the new value of each dotted key that differs; None where a side has no value. A
        table that only one side has is one entry. Where the family changes, so do defaults: then a
        value that both have is named too, unless the new family defaults to it. `load` with the new
        values as overrides of `a` gives `b`, but for what describes it.
    """
    old, new = flatten(a), flatten(b)
    unsaid = _other_defaults(a, b)
    changes: dict[str, tuple[Any, Any]] = {}
    for key in old | new:
        if _inside_optional(key, old, new):
            continue
        pair = (_whole(key, old), _whole(key, new))
        if pair[0] != pair[1] or key in unsaid:
            changes[key] = pair
    return changes


def _other_defaults(a: Preset, b: Preset) -> set[str]:
    """Settings of the new family's that it does not default to, though the old one's value agrees."""
    if a.model.family == b.model.family:
        return set()
    fresh = {name: field.get_default() for name, field in type(b.model).model_fields.items()}
    return {f"model.{name}" for name, value in b.model if value != fresh[name]}


def _inside_optional(key: str, old: dict[str, Any], new: dict[str, Any]) -> bool:
    """Whether a side has None for the whole table that the key is in."""
    parent = key.rpartition(".")[0]
    return parent in old or parent in new


def _whole(key: str, flat: dict[str, Any]) -> Any:
    if key in flat:
        return flat[key]
    inside = {name[len(key) + 1 :]: v for name, v in flat.items() if name.startswith(f"{key}.")}
    return inside or None
