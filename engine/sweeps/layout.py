"""How the points of a sweep lie: on a grid of two settings, along one, or anyhow."""

from __future__ import annotations

from typing import Any

from .outcome import Outcome, Point


def distinct(found: Outcome, key: str) -> list[Any]:
    """The values of a setting in the order of the points; numbers in rising order."""
    values: list[Any] = []
    for point in found.points:
        if point.settings[key] not in values:
            values.append(point.settings[key])
    return sorted(values) if all(map(is_number, values)) else values


def is_number(value: Any) -> bool:
    """Whether a setting's value is a number."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def cells(found: Outcome) -> tuple[list[Any], list[Any], dict[tuple[int, int], Point]]:
    """The values of both settings of a sweep, and its points by row and column."""
    down, across = found.plan.keys
    rows, columns = distinct(found, down), distinct(found, across)
    placed = {
        (rows.index(point.settings[down]), columns.index(point.settings[across])): point
        for point in found.points
    }
    return rows, columns, placed


def is_map(found: Outcome) -> bool:
    """Whether a sweep is a grid of two settings."""
    if len(found.plan.keys) != 2:
        return False
    rows, columns, placed = cells(found)
    return len(placed) == len(found.points) == len(rows) * len(columns)


def is_line(found: Outcome) -> bool:
    """Whether a sweep is over one setting, of three numbers or more."""
    values = distinct(found, found.plan.keys[0]) if len(found.plan.keys) == 1 else []
    return len(values) > 2 and all(map(is_number, values))
