"""Finding runs: `lr>=1e-3 preset:circles finding:vanishing -status:failed`.

A query is terms that must all hold. A term is a word, found anywhere in a run's id, name, preset,
status, tags or findings; `field:text`, where the field contains the text; or a comparison,
`field=value`, `!=`, `<`, `<=`, `>`, `>=`. Commas separate alternatives (`status:failed,dead`), quotes
hold blanks together, and a leading `-` turns a term round. Fields are columns of the list, losses and
metrics (`val_loss`, `best.val_loss`), and settings by their dotted key or its last part.
"""

from __future__ import annotations

import difflib
import math
import re
import shlex
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from operator import ge, gt, le, lt
from typing import Any

from ..errors import RunError
from ..strict_json import is_object
from .listing import RunRow

SHORT = {
    "lr": "optimizer.learning_rate",
    "optimizer": "optimizer.name",
    "data": "data.name",
    "time": "seconds",
    "run": "id",
    "findings": "finding",
    "tags": "tag",
}
"""Other names of fields that people use."""

_TEXTS = ("id", "name", "preset", "status", "liveness", "created", "parent", "host", "note")
_NUMBERS = ("seed", "epochs", "planned_epochs", "steps", "seconds")
_LISTS = {"finding": "findings", "tag": "tags"}
_TERM = re.compile(r"(-?)([A-Za-z_][\w.]*?)(:|!=|<=|>=|=|<|>)(.*)", re.DOTALL)
_SIGNS = ":!=<>"
_ORDERS: dict[str, Callable[[float, float], bool]] = {"<": lt, "<=": le, ">": gt, ">=": ge}


@dataclass(frozen=True)
class Term:
    """One condition.

    Attributes:
        field: what it looks at; "" for a word that may stand anywhere.
        operator: `:`, `=`, `!=`, `<`, `<=`, `>` or `>=`.
        values: alternatives, as they were written.
        negated: whether it must not hold.
    """

    field: str
    operator: str
    values: tuple[str, ...]
    negated: bool = False


def parse(query: str) -> list[Term]:
    """The terms of a query.

    Raises:
        RunError: a quote is not closed, or a comparison lacks its field or its value, is none of the
            operators, or compares with no number.
    """
    try:
        words = shlex.split(query, posix=True)
    except ValueError as error:
        raise RunError(f'filter {query!r}: {error}; write "..." around blanks') from error
    return [_term(word) for word in words]


def _term(word: str) -> Term:
    match = _TERM.fullmatch(word)
    if match is None:
        rest = word.lstrip(_SIGNS)
        if rest != word and (not rest or _number(rest) is not None):
            raise RunError(f'filter "{word}": write it behind its field, without blanks: lr>=1e-3')
        negated = word.startswith("-") and len(word) > 1
        return Term("", ":", (word[negated:],), negated)
    minus, field, operator, value = match.groups()
    values = tuple(part for part in value.split(",") if part)
    if not values:
        raise RunError(
            f'filter "{word}": write a value behind {operator}, without blanks: lr>=1e-3'
        )
    if operator != ":" and value[0] in _SIGNS:
        raise RunError(f'filter "{word}": comparisons are :, =, !=, <, <=, > and >=')
    ordered = operator in ("<", "<=", ">", ">=")
    if ordered and any((n := _number(part)) is None or math.isnan(n) for part in values):
        raise RunError(f'filter "{word}": {operator} compares with a number, such as 1e-3')
    return Term(SHORT.get(field, field), operator, values, bool(minus))


def filter_runs(rows: Iterable[RunRow], query: str) -> list[RunRow]:
    """The rows that a query asks for, in their order.

    Raises:
        RunError: the query cannot be read, or no run has a field that it names.
    """
    rows, terms = list(rows), parse(query)
    if rows:
        _check_fields(rows, [term.field for term in terms if term.field])
    return [row for row in rows if all(_holds(term, row) != term.negated for term in terms)]


def sort_runs(rows: Iterable[RunRow], field: str) -> list[RunRow]:
    """The rows by a field, the smallest first; `-field` turns it round; runs without it come last.

    Raises:
        RunError: no run has the field.
    """
    rows = list(rows)
    descending, name = field.startswith("-"), field.removeprefix("-")
    name = SHORT.get(name, name)
    if rows:
        _check_fields(rows, [name])
    keyed = [(next(iter(values(row, name)), None), row) for row in rows]
    present = [(value, row) for value, row in keyed if not _absent(value)]
    absent = [row for value, row in keyed if _absent(value)]
    present.sort(key=lambda pair: _sort_key(pair[0]), reverse=descending)
    return [row for _, row in present] + absent


def values(row: RunRow, field: str) -> Iterator[Any]:
    """What a run has under a field: nothing, one value, or each of a list."""
    if field in _LISTS:
        yield from getattr(row, _LISTS[field])
    elif field == "status":
        yield from _status(row)
    elif field in _TEXTS or field in _NUMBERS:
        yield getattr(row, field)
    elif field in row.final:
        yield row.final[field]
    elif field.startswith("best.") and field[5:] in row.best:
        yield row.best[field[5:]]["value"]
    else:
        for key, value in settings(row.info.get("preset")):
            if key == field or key.endswith(f".{field}"):
                yield value


def _status(row: RunRow) -> tuple[str, ...]:
    """The words that lists use: a run that is being trained is live as well."""
    return (row.status, "live") if row.live else (row.status,)


def settings(table: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Every setting of a preset's document by its dotted key."""
    if not is_object(table):
        return
    for key, value in table.items():
        name = f"{prefix}{key}"
        yield name, value
        yield from settings(value, f"{name}.")


def _check_fields(rows: list[RunRow], fields: list[str]) -> None:
    fixed = {*_TEXTS, *_NUMBERS, *_LISTS}
    for field in fields:
        if field in fixed or any(True for row in rows for _ in values(row, field)):
            continue
        known = fixed | {name for row in rows for name in row.final}
        known |= {key for row in rows for key, _ in settings(row.info.get("preset"))}
        near = difflib.get_close_matches(field, sorted(known | SHORT.keys()), 3, 0.5)
        hint = f"; nearest: {', '.join(near)}" if near else ""
        raise RunError(
            f'no run has a field "{field}"{hint}; fields are preset, status, finding, tag, seed, '
            "epochs, a metric such as val_loss, or a setting such as model.depth"
        )


def _holds(term: Term, row: RunRow) -> bool:
    if not term.field:
        places = (row.id, row.name, row.preset, *_status(row), *row.tags, *row.findings)
        return any(term.values[0].lower() in place.lower() for place in places)
    found = list(values(row, term.field))
    if term.operator == "!=":
        return not any(_is(value, wanted) for value in found for wanted in term.values)
    ordered = {sign: partial(_ordered, order) for sign, order in _ORDERS.items()}
    holds = {":": _contains, "=": _is, **ordered}[term.operator]
    return any(holds(value, wanted) for value in found for wanted in term.values)


def _contains(value: Any, wanted: str) -> bool:
    return value is not None and wanted.lower() in str(value).lower()


def _is(value: Any, wanted: str) -> bool:
    number = _number(wanted)
    if isinstance(value, int | float) and not isinstance(value, bool) and number is not None:
        return float(value) == number or (math.isnan(value) and math.isnan(number))
    return str(value).lower() == wanted.lower()


def _ordered(compare: Callable[[float, float], bool], value: Any, wanted: str) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return compare(float(value), float(wanted))


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _absent(value: Any) -> bool:
    return value is None or value == "" or (isinstance(value, float) and math.isnan(value))


def _sort_key(value: Any) -> tuple[int, float, str]:
    if isinstance(value, int | float):
        return 0, float(value), ""
    return 1, 0.0, str(value)
