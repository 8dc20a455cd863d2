"""Another data set, model family or optimizer: which of the old one's settings have to go."""

from __future__ import annotations

from typing import Any

from ..sets.registry import SETS
from . import fields
from .catalogue import find
from .schema import OptimizerSettings

DECIDES = ("data.name", "model.family", "optimizer.name")
"""Keys whose value decides which other keys there are."""


def foreign(document: dict[str, Any], key: str, value: Any) -> dict[str, Any]:
    """Settings that mean nothing once a deciding key has a new value.

    Args:
        document: a parsed preset.
        key: one of `DECIDES`.
        value: its new value.

    Returns:
        Each setting that has to go, by dotted key, with the value that it has now.
    """
    table = document.get(key.split(".")[0])
    if not isinstance(table, dict) or not isinstance(value, str):
        return {}
    if key == "model.family" and value in fields.FAMILIES:
        known = fields.FAMILIES[value].model_fields
        return {f"model.{name}": item for name, item in table.items() if name not in known}
    if key == "optimizer.name" and (entry := find("optimizer", value)) is not None:
        known = {*OptimizerSettings.model_fields, *entry.arguments}
        return {f"optimizer.{name}": item for name, item in table.items() if name not in known}
    gone: dict[str, Any] = {}
    if key == "data.name" and value in SETS:
        options = table.get("options")
        if isinstance(options, dict):
            known = SETS[value].model_fields
            gone = {f"data.options.{k}": item for k, item in options.items() if k not in known}
        if SETS[value].kind != "file":
            gone |= {f"data.{k}": table[k] for k in ("path", "target", "task") if k in table}
    return gone
