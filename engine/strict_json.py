"""Strict JSON: no NaN and no Infinity, which JSON does not have and most readers refuse."""

from __future__ import annotations

import json
import math
from typing import Any

from .plain_text import printable_json

_NON_FINITE = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


def strict(value: Any) -> Any:
    """The value with every non-finite number as "NaN", "Infinity" or "-Infinity"."""
    if isinstance(value, bool | int | str) or value is None:
        return value
    if isinstance(value, dict):
        return {str(key): strict(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [strict(item) for item in value]
    if hasattr(value, "tolist"):  # NumPy's arrays and scalars, without importing NumPy
        return strict(value.tolist())
    number = float(value)
    if math.isnan(number):
        return "NaN"
    if math.isinf(number):
        return "Infinity" if number > 0 else "-Infinity"
    return number


def restored(value: Any) -> Any:
    """The inverse of `strict` on what `json.loads` returns."""
    if isinstance(value, str):
        return _NON_FINITE.get(value, value)
    if isinstance(value, dict):
        return {key: restored(item) for key, item in value.items()}
    if isinstance(value, list):
        return [restored(item) for item in value]
    return value


def dumps(document: Any, indent: int | None = None) -> str:
    """The document as strict JSON, control characters escaped."""
    text = json.dumps(strict(document), allow_nan=False, ensure_ascii=False, indent=indent)
    return printable_json(text)
