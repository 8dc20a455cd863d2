"""Presets written back: dumped from the schema, or edited in place with comments and order kept."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from tomllib import TOMLDecodeError
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import InlineTable, Item

from ..errors import PresetError
from .document import parse
from .schema import Preset

_ALWAYS = ("data", "model", "optimizer", "train")
_NAMED_BY = {"data": "name", "model": "family", "optimizer": "name"}


def dump(preset: Preset) -> str:
    """The preset as TOML: what differs from the defaults, and the tables in the schema's order.

    It loads back to an equal preset.
    """
    values = preset.model_dump(exclude_defaults=True)
    document = tomlkit.document()
    for key in Preset.model_fields:
        if key in values and not isinstance(values[key], dict):
            document.add(key, _item(values[key]))
    for key in Preset.model_fields:
        value = values.get(key, {} if key in _ALWAYS else None)
        if not isinstance(value, dict):
            continue
        if key in _NAMED_BY:
            name = _NAMED_BY[key]
            value = {name: getattr(getattr(preset, key), name)} | value
        table = tomlkit.table()
        for name, item in value.items():
            if item is not None:
                table.add(name, _item(_rows(key, name, item)))
        document.add(key, table)
    return tomlkit.dumps(document)


def _rows(table: str, name: str, value: Any) -> Any:
    """A number of rows as the whole number that it is; a share stays a share."""
    rows = table == "data" and name in ("validation", "test") and isinstance(value, float)
    return int(value) if rows and value >= 1 and value.is_integer() else value


def _item(value: Any) -> Item:
    """A TOML value; tables inside tables stay on their line. Keras' None is an absent key."""
    if isinstance(value, dict):
        table = tomlkit.inline_table()
        for key, item in value.items():
            if item is not None:
                table.add(key, _item(item))
        return table
    if isinstance(value, list | tuple):
        array = tomlkit.array()
        for item in value:
            array.append(_item(item))
        if len(value) > 1 and all(isinstance(item, dict) for item in value):
            array.multiline(True)
        return array
    # TOML drops a newline that opens a multi-line string.
    if isinstance(value, str) and "\n" in value and value[0] != "\n" and "\r" not in value:
        return tomlkit.string(value, multiline=True)
    return tomlkit.item(value)


def inline(value: Any) -> str:
    """A value as TOML writes it on one line; nothing for None."""
    return "" if value is None else _item(value).as_string().replace("\n", " ").strip()


def edit(text: str, changes: Mapping[str, Any]) -> str:
    """The text with dotted keys set, and everything else as it was, comments and order included.

    Args:
        text: a TOML document.
        changes: the new value of each dotted key; None removes the key.

    Raises:
        PresetError: not TOML, or a key that goes through a value that is no table.
    """
    try:
        parse(text)
        document = tomlkit.parse(text)
    except (TOMLKitError, TOMLDecodeError) as error:
        raise PresetError(f"cannot be edited, because it is not valid TOML: {error}") from error
    for key, value in changes.items():
        _change(document, key, value)
    return tomlkit.dumps(document)


def _change(document: tomlkit.TOMLDocument, key: str, value: Any) -> None:
    *parents, name = key.split(".")
    current: Any = document
    for depth, part in enumerate(parents):
        if isinstance(current, list):
            current = current[_index(key, part, current)]
            continue
        if part not in current:
            if value is None:
                return
            inline = depth > 0 or isinstance(current, InlineTable)
            current[part] = tomlkit.inline_table() if inline else tomlkit.table()
        current = current[part]
        if not isinstance(current, dict | list):
            raise PresetError(f"{key}: {'.'.join(parents[: depth + 1])} is a value, not a table")
    if isinstance(current, list):
        current[_index(key, name, current)] = _item(value)
    elif value is not None:
        current[name] = _item(value)
    elif name in current:
        del current[name]


def _index(key: str, part: str, items: list[Any]) -> int:
    if not part.isdigit() or int(part) >= len(items):
        raise PresetError(f"{key}: {part} is no place in a list of {len(items)}")
    return int(part)


def save(path: Path, text: str) -> None:
    """Write a file so that a reader sees the old text or the new one, never a part.

    Raises:
        PresetError: the place cannot be written to.
    """
    path = path.resolve()
    draft = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with draft.open("w", encoding="utf-8", newline="\n") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            if path.exists():
                shutil.copymode(path, draft)
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        raise PresetError(f"{path}: cannot be written: {error.strerror}") from error
