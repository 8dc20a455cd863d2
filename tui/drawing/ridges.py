"""Histograms of all layers as one line of bars each, as rows of styled text."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .axes import linear
from .rows import Grid, Row, fit, fit_inside

BARS = " ▁▂▃▄▅▆▇█"


@dataclass(frozen=True)
class Ridge:
    """One layer's histogram.

    Attributes:
        name: the layer.
        counts: values in each bin [bins].
        edges: edges of the bins in rising order [bins + 1].
        note: what to say at the end of its line, such as `dead 12%`.
        bad: whether the note speaks of trouble.
    """

    name: str
    counts: tuple[int, ...]
    edges: tuple[float, ...]
    note: str = ""
    bad: bool = False


@dataclass(frozen=True)
class RidgeSpec:
    """Histograms of layers over one axis.

    Attributes:
        ridges: by depth, the input's side first; drawn from the bottom up.
        title: one line, plain text.
        x_label: what is counted.
        empty: the sentence shown while there is nothing to draw.
    """

    ridges: tuple[Ridge, ...] = ()
    title: str = ""
    x_label: str = "value"
    empty: str = "Nothing to draw yet."


def rebinned(ridge: Ridge, edges: np.ndarray) -> np.ndarray:
    """A histogram's counts on other bins, each old bin spread evenly over its width.

    Args:
        ridge: the histogram.
        edges: the new edges in rising order [bins + 1].

    Returns:
        Counts [bins]; what lies outside the new edges is left out.
    """
    below = np.concatenate([[0.0], np.cumsum(ridge.counts)])
    return np.diff(np.interp(edges, ridge.edges, below, left=0.0, right=below[-1]))


def render_ridges(spec: RidgeSpec, width: int, height: int) -> list[Row]:
    """Draw all histograms into exactly `height` rows of `width` cells; any size from 1 x 1 up.

    Each line has its own height: its fullest bin reaches the top. Where the rows do not suffice, layers
    are left out evenly.
    """
    if width < 1 or height < 1:
        return []
    grid = Grid(width, height)
    filled = [r for r in spec.ridges if sum(r.counts)]
    if not filled:
        text = fit(spec.empty, width)
        grid.put(height // 2, (width - len(text)) // 2, text, "axis")
        return grid.rows()
    framed = width >= 24 and height >= 3
    rows = height - 1 if framed else height
    ridges = spec.ridges
    if len(ridges) > rows:
        ridges = tuple(ridges[i] for i in np.linspace(0, len(ridges) - 1, rows).round().astype(int))
    thick = max(1, min(rows // len(ridges), 4))
    left = min(max(len(r.name) for r in ridges), width // 4, 18) + 1 if framed else 0
    note = max(len(r.note) for r in ridges) if framed and width >= 48 else 0
    columns = max(width - left - (note + 1 if note else 0), 1)
    low, high = min(r.edges[0] for r in filled), max(r.edges[-1] for r in filled)
    axis = linear(low, high, max(2, columns // 10))
    edges = np.linspace(axis.low, axis.high, columns + 1)
    for index, ridge in enumerate(reversed(ridges)):
        bottom = index * thick + thick - 1
        _bars(grid, bottom, left, thick, rebinned(ridge, edges))
        if left:
            name = fit_inside(ridge.name, left - 1).rjust(left - 1)
            grid.put(bottom, 0, name, "bad" if ridge.bad else "axis")
        if note:
            grid.put(bottom, left + columns + 1, ridge.note, "bad" if ridge.bad else "axis")
    if framed:
        grid.put(thick * len(ridges), width - len(spec.x_label), spec.x_label, "axis")
        for tick, label in zip(axis.ticks, axis.labels, strict=True):
            place = round((columns - 1) * (tick - axis.low) / (axis.high - axis.low))
            start = left + min(max(place - len(label) // 2, 0), columns - len(label))
            if grid.blank(thick * len(ridges), start - 1, len(label) + 2):
                grid.put(thick * len(ridges), start, label, "axis")
    return grid.rows()


def _bars(grid: Grid, bottom: int, left: int, thick: int, counts: np.ndarray) -> None:
    steps = len(BARS) - 1
    # The square root lets a thin tail be seen beside a spike.
    share = np.sqrt(counts / counts.max()) if counts.max() > 0 else counts
    # The fullest bar stays below the next layer's floor, or the lines would run into each other.
    tallest = thick * steps - (3 if thick > 1 else 1)
    for column, fraction in enumerate(share):
        filled = int(np.ceil(fraction * tallest))
        for up in range(thick):
            level = min(max(filled - up * steps, 0), steps)
            if level:
                grid.put(bottom - up, left + column, BARS[level], "line-1")
