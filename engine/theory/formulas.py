"""Which formula stands for a Keras object of a preset."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from ..preset.catalogue import Kind
from ..preset.objects import name_in, resolve

_BOOKKEEPING = {"seed", "input_axes", "output_axes"}
"""Arguments that do not change a formula."""

_Entry = TypeVar("_Entry")


class NoFormula(LookupError):
    """Mean-field theory has no formula for this activation, initializer or loss."""


def look_up(
    table: Mapping[str, _Entry], spec: str | dict[str, Any], kind: Kind
) -> tuple[_Entry, dict[str, Any]]:
    """The formula of a Keras object and the arguments that it takes.

    Args:
        table: formulas by the catalogue's names.
        spec: as in a preset.
        kind: what it is.

    Raises:
        NoFormula: the table has no such name.
    """
    try:
        entry, arguments = resolve(kind, spec)
        formula = table[entry.name]
    except (ValueError, KeyError) as error:
        raise NoFormula(f"no mean-field formula for the {kind} {name_in(spec)!r}") from error
    return formula, {key: value for key, value in arguments.items() if key not in _BOOKKEEPING}
