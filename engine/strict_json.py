"""Strict JSON: no NaN and no Infinity, which JSON does not have and most readers refuse."""

from __future__ import annotations

import math
from typing import Any, TypeGuard

from pydantic_core import PydanticSerializationError, to_json

from .escaping.plain_text import printable_json

_NON_FINITE = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
_DEEP = (str, dict, list)


def is_object(value: Any) -> TypeGuard[dict[str, Any]]:
    """Whether something read from JSON is an object, whose members' names are texts always."""
    return isinstance(value, dict)


def is_list(value: Any) -> TypeGuard[list[Any]]:
    """Whether something read from JSON is an array."""
    return isinstance(value, list)


def restored(value: Any) -> Any:
    """What was read from JSON, with "NaN", "Infinity" and "-Infinity" as numbers."""
    if isinstance(value, str):
        return _NON_FINITE.get(value, value)
    if isinstance(value, dict):
        return {k: restored(item) if type(item) in _DEEP else item for k, item in value.items()}
    if isinstance(value, list):
        return [restored(item) if type(item) in _DEEP else item for item in value]
    return value


def dumps(document: Any, indent: int | None = None) -> str:
    """The document as strict JSON; non-finite numbers become "NaN", "Infinity" and "-Infinity".

    Control characters are escaped; a lone surrogate, which UTF-8 cannot hold, becomes a question mark.
    """
    try:
        data = to_json(document, indent=indent, inf_nan_mode="strings", fallback=_plain)
    except PydanticSerializationError:
        held = _held(document)
        data = to_json(held, indent=indent, inf_nan_mode="strings", fallback=_plain)
    return printable_json(data.decode())


def _held(value: Any) -> Any:
    """The value with its texts as UTF-8 can hold them."""
    if isinstance(value, str):
        return value.encode(errors="replace").decode()
    if isinstance(value, dict):
        return {_held(key): _held(item) for key, item in value.items()}
    return [_held(item) for item in value] if isinstance(value, list | tuple) else value


def _plain(value: Any) -> Any:
    """NumPy's arrays and scalars, without importing NumPy."""
    return value.tolist() if hasattr(value, "tolist") else float(value)
