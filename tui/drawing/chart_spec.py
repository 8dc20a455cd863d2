"""What a line chart shows, free of size and colours, and what it says at a position."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

Glyphs = Literal["braille", "hd", "ascii"]

COLOURS = 8
"""Lines in full colour; further ones, counted from the middle outwards, are dimmed."""


@dataclass(frozen=True, eq=False)
class Series:
    """One line.

    Attributes:
        label: what the line is; written at its right end.
        x: positions in rising order, finite [points].
        y: values [points]; what is not finite is a gap and is marked.
        style: component name of its colour; "" takes the next of line-1 to line-8.
        dim: context rather than subject: drawn thin, below the others, without a label.
        dashed: a reference rather than a measurement.
        points: mark each point; for lines of a few points.
        letter: written on the line here and there, so that it can be told without its colour.
    """

    label: str
    x: np.ndarray
    y: np.ndarray
    style: str = ""
    dim: bool = False
    dashed: bool = False
    points: bool = False
    letter: str = ""


@dataclass(frozen=True)
class Mark:
    """An event at a position on the x axis: a vertical line, or only a sign on the axis."""

    x: float
    label: str = ""
    line: bool = True
    style: str = "mark"


@dataclass(frozen=True)
class Guide:
    """A horizontal line at a value worth comparing with, such as an update ratio of 1e-3."""

    y: float
    label: str = ""


@dataclass(frozen=True, eq=False)
class ChartSpec:
    """What a line chart shows, free of size and colours.

    Attributes:
        series: the lines; the first lies on top.
        title: one line, plain text.
        log: logarithmic y axis.
        x_label: name of the x axis, in the singular: step, layer, value.
        y_label: name of the y axis.
        x_limits: ends of the x axis; from the data if None.
        y_limits: ends of the y axis in the data's unit; from the data if None.
        whole: all values that there can be, which the scale key offers besides; None if unbounded.
        x_ticks: ticks of the x axis as (position, label); round numbers if empty.
        x_whole: x counts something.
        x_ends: what lies at either end of the x axis, written in the place of its name.
        note: the message of the picture, written where it is emptiest.
        marks: events.
        guides: values to compare with; always in view.
        cursor: inspected position.
        glyphs: what lines are drawn with.
        empty: the sentence shown while there is nothing to draw.
    """

    series: tuple[Series, ...] = ()
    title: str = ""
    log: bool = False
    x_label: str = "step"
    y_label: str = ""
    x_limits: tuple[float, float] | None = None
    y_limits: tuple[float, float] | None = None
    whole: tuple[float, float] | None = None
    x_ticks: tuple[tuple[float, str], ...] = ()
    x_whole: bool = True
    x_ends: tuple[str, str] = ("", "")
    note: str = ""
    marks: tuple[Mark, ...] = ()
    guides: tuple[Guide, ...] = ()
    cursor: float | None = None
    glyphs: Glyphs = "braille"
    empty: str = "Nothing to draw yet."


def line_styles(series: tuple[Series, ...]) -> list[str]:
    """A component name for each line; the middle ones of too many are dimmed."""
    full = [i for i, s in enumerate(series) if not s.dim and not s.style]
    keep = full if len(full) <= COLOURS else full[: COLOURS // 2] + full[-COLOURS // 2 :]
    numbers = {index: f"line-{i + 1}" for i, index in enumerate(keep)}
    return [s.style or numbers.get(i, "dim") for i, s in enumerate(series)]


def readout(spec: ChartSpec, x: float) -> tuple[float, list[tuple[str, float, str]]]:
    """Exact values at the records nearest to a position.

    Returns:
        (position, [(label, value, component name)]): the position of the record nearest to `x`,
        and each line's value at its own record nearest to that; context lines are left out.
    """
    styles = line_styles(spec.series)
    places = positions(spec)
    if not len(places):
        return x, []
    nearest = float(places[np.abs(places - x).argmin()])
    values = [
        (series.label, float(series.y[np.abs(series.x - nearest).argmin()]), style)
        for series, style in zip(spec.series, styles, strict=True)
        if len(series.x) and not series.dim
    ]
    return nearest, values


def positions(spec: ChartSpec) -> np.ndarray:
    """The positions at which the line with the most records was recorded, in rising order."""
    return max((np.asarray(s.x) for s in spec.series), key=len, default=np.empty(0))
