"""Dotted overrides, `model.activation=relu`, applied to a document before it is validated."""

from __future__ import annotations

import copy
import re
import tomllib
from collections.abc import Sequence
from typing import Any

from ..errors import PresetError, clipped
from . import document as toml
from . import fields
from .fields import FAMILIES, Path
from .mistakes import shown
from .objects import listing

Override = str | tuple[str, Any]
"""`"model.width=64"`, or the key and the value itself."""

WRITTEN = 120
"""Characters of an override that a message quotes."""

_INDEX = re.compile(r"[0-9]{1,9}")
_SHORT_FLOAT = re.compile(r"[+-]?(\d+\.|\.\d+)([eE][+-]?\d+)?")


def parse(override: Override) -> tuple[Path, Any, str]:
    """The key's path, its value, and the override as it was written.

    The value of a string is read as TOML, and as a plain string if it is none; `.5` and `1.` are
    numbers too; `none` and `null` are left to `apply`, which knows the key.

    Raises:
        PresetError: no `=`, or an empty key.
    """
    if isinstance(override, str):
        key, equals, text = override.partition("=")
        if not equals:
            raise PresetError(
                f'override "{clipped(override, WRITTEN)}": write KEY=VALUE, such as model.activation=relu'
            )
        value, written = _value(text.strip()), override
    else:
        key, value = override
        written = f"{key}={shown(value)}"
    written = clipped(written, WRITTEN)
    parts = [part.strip() for part in key.split(".", toml.DEEPEST)]
    if len(parts) > toml.DEEPEST:
        raise PresetError(
            f'override "{written}": its key has more than {toml.DEEPEST} parts, and no preset has one '
            "that deep; `gradlab presets show` has the keys"
        )
    if not all(parts):
        raise PresetError(
            f'override "{written}": the key must be dotted names, such as model.activation'
        )
    return tuple(int(part) if _INDEX.fullmatch(part) else part for part in parts), value, written


def _value(text: str) -> Any:
    if _SHORT_FLOAT.fullmatch(text):
        return float(text)
    try:
        document = toml.parse(f"value = {text}")
    except tomllib.TOMLDecodeError as error:
        if text[:1] in ("{", "[", '"', "'"):
            raise PresetError(
                f"override value {clipped(text, WRITTEN)}: not valid TOML: {error}"
            ) from error
        return text
    return document["value"] if len(document) == 1 else text


def apply(
    document: dict[str, Any], overrides: Sequence[Override]
) -> tuple[dict[str, Any], dict[Path, str]]:
    """The document with the overrides applied, in order, and where each of them went.

    Another `model.family` drops the keys that the new family lacks, as long as they say no more than
    the old family's default.

    Raises:
        PresetError: an override that is none, that goes through a value that is no table, or a new
            family to which a key that matters means nothing.
    """
    document = copy.deepcopy(document)
    parsed = [parse(override) for override in overrides]
    family = _family(document)
    # The family decides which keys exist, so it goes first.
    parsed.sort(key=lambda item: item[0] != ("model", "family"))
    places: dict[Path, str] = {}
    for path, value, written in parsed:
        if _removes(path, value, document):
            _remove(document, path)
        else:
            _put(document, path, value, written)
            places[path] = written
    written = places.get(("model", "family"))
    if written is not None and _family(document) != family:
        _drop_foreign(document, family, written)
    return document, places


def changes(document: dict[str, Any], overrides: Sequence[Override]) -> dict[str, Any]:
    """What the overrides do to the document, as `edit` takes it: dotted keys, None for one that goes.

    Raises:
        PresetError: as `apply`.
    """
    after, _ = apply(document, overrides)
    made = {}
    for override in overrides:
        path, _, _ = parse(override)
        current: Any = after
        for part in path:
            current = current.get(str(part)) if isinstance(current, dict) else current[part]
            if current is None:
                break
        made[fields.dotted(path)] = current
    dropped = [key for key in document.get("model", {}) if key not in after.get("model", {})]
    return made | {f"model.{key}": None for key in dropped}


def _family(document: dict[str, Any]) -> str:
    model = document.get("model")
    return str(model.get("family", "mlp")) if isinstance(model, dict) else "mlp"


def _removes(path: Path, value: Any, document: dict[str, Any]) -> bool:
    """Whether a value means that the key goes: None always, `none` unless it is a value there."""
    if value is None:
        return True
    if value not in ("none", "null"):
        return False
    info = fields.field(path, document)
    if info is not None:
        return fields.optional(info)
    if fields.table(path[:-1], document) is None or _has(document, path):
        return True
    # An unknown key is put in place, so that validation says what is wrong with it.
    known = fields.keys(path[:-1], document)
    if path[0] == "model":
        known += [key for family in FAMILIES.values() for key in family.model_fields]
    return path[-1] in known


def _has(document: dict[str, Any], path: Path) -> bool:
    current: Any = document
    for part in path:
        if not isinstance(current, dict) or part not in current:
            return False
        current = current[part]
    return True


def _remove(document: dict[str, Any], path: Path) -> None:
    if _has(document, path):
        parent: Any = document
        for part in path[:-1]:
            parent = parent[part]
        del parent[path[-1]]


def _put(document: dict[str, Any], path: Path, value: Any, written: str) -> None:
    current: Any = document
    for depth, part in enumerate(path):
        key = _key(current, part, fields.dotted(path[:depth]), written)
        if depth == len(path) - 1:
            current[key] = value
        elif isinstance(key, int):
            current = current[key]
        else:
            current = current.setdefault(key, {})


def _key(holder: Any, part: str | int, here: str, written: str) -> str | int:
    """The index or key that a part of a path means in the list or table it leads into."""
    if isinstance(holder, list):
        if isinstance(part, int) and part < len(holder):
            return part
        raise PresetError(
            f"override {written}: {here} is a list of {len(holder)}; its items are "
            f"{here}.0 to {here}.{len(holder) - 1}"
        )
    if isinstance(holder, dict):
        return str(part)
    raise PresetError(
        f"override {written}: {here} is {shown(holder)}, not a table; override {here} itself"
    )


def _drop_foreign(document: dict[str, Any], old_family: str, written: str) -> None:
    model = document["model"]
    old, new = FAMILIES.get(old_family), FAMILIES.get(_family(document))
    if old is None or new is None:
        return
    blocking = []
    for key in [key for key in model if key in old.model_fields and key not in new.model_fields]:
        default = old.model_fields[key].default
        if hasattr(default, "model_dump"):
            default = default.model_dump()
        if model[key] == default:
            del model[key]
        else:
            blocking.append(key)
    if blocking:
        removals = " ".join(f"model.{key}=none" for key in blocking)
        raise PresetError(
            f"override {written}: family {model['family']} has no {listing(blocking)}, which the "
            f"preset sets; override these too: {removals}"
        )
