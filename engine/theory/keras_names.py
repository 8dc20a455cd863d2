"""How Keras spells an activation, an initializer or a loss in a preset."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

_BOOKKEEPING = {"name", "trainable", "dtype", "seed", "input_axes", "output_axes"}
"""Entries of a Keras config that do not change a formula."""

_Entry = TypeVar("_Entry")


class NoFormula(LookupError):
    """Mean-field theory has no formula for this activation, initializer or loss."""


def look_up(
    table: Mapping[str, _Entry], spec: str | Mapping[str, Any], kind: str
) -> tuple[_Entry, dict[str, Any]]:
    """Find the entry and the arguments that a Keras object stands for.

    Args:
        table: entries by Keras' snake-case name.
        spec: `"he_normal"`, `{name = "he_normal"}`, or `{class_name = "HeNormal", config = {}}`.
        kind: what is looked up, for the message.

    Raises:
        NoFormula: the table has no such name.
    """
    if isinstance(spec, str):
        spec = {"name": spec}
    name = str(spec.get("class_name") or spec.get("name")).rpartition(">")[2]
    config = spec.get("config") or {} if "class_name" in spec else spec
    arguments = {key: value for key, value in config.items() if key not in _BOOKKEEPING}
    # Keras' layer, which a bare function name does not build, has a default slope of its own.
    if _squash(name) == "leakyrelu" and (arguments or name != "leaky_relu"):
        arguments = {"negative_slope": 0.3, **arguments}
    for candidate, entry in table.items():
        if _squash(candidate) == _squash(name):
            return entry, arguments
    raise NoFormula(f"no mean-field formula for the {kind} {name!r}")


def _squash(name: str) -> str:
    """GlorotUniform, glorot_uniform -> glorotuniform."""
    return name.replace("_", "").lower()
