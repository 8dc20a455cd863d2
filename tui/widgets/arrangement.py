"""Which panels are in sight, and in how many columns: a function of the terminal and the moment."""

from __future__ import annotations

from typing import NamedTuple

NARROW, WIDE, HUGE = 100, 160, 200
"""Columns from which there is more than one panel, a wider preset pane, and six panels."""


class Arrangement(NamedTuple):
    """Panels of one run, in reading order, and the columns they are laid out in."""

    panels: tuple[int, ...]
    columns: int


def arrange(
    width: int, height: int, selected: int, *, runs: int = 1, maximised: bool = False
) -> Arrangement:
    """The panels of each run that are in sight.

    Args:
        width: columns of the terminal.
        height: rows of the terminal.
        selected: the panel that the user chose; always in sight.
        runs: 2 while two runs stand side by side.
        maximised: whether the user wants one panel only.
    """
    if maximised or width < NARROW or height < 20:
        return Arrangement((selected,), 1)
    if runs == 2:
        stack = (2, 1, 4) if selected in (1, 2, 4) else (2, 1, selected)
        return Arrangement(stack[: 3 if height >= 36 else 2], 1)
    if width >= HUGE and height >= 30:
        return Arrangement((1, 2, 3, 4, 5, 6), 3)
    return Arrangement((1, 2, 5, 6) if selected > 4 else (1, 2, 3, 4), 2)
