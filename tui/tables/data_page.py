"""A row of a data set, or the plane of all its points, beside the facts about all rows."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass

import numpy as np

from ...engine.data.dataset import Dataset, Split
from ...engine.stream.data_facts import DataFacts
from ...engine.stream.events import Boundary
from ..drawing.pictures import RGB, Cell, Line, is_picture, picture, plane
from .datasheet import adding_row, balance, columns, copy_row, label, legend, ranges

BESIDE = 62
"""Columns from which on facts stand beside the picture instead of below it."""


@dataclass(frozen=True, eq=False)
class DataPage:
    """What is shown of a data set.

    Attributes:
        dataset: the data.
        summary: the facts about them; None while they are worked out.
        split: train, validation or test.
        index: the row, from 0.
        boundary: what a net answers all over the plane; None for no net.
        shades: characters from dark to light where pictures cannot have colours; "" for colours.
        colours: one for each class of a plane; None draws regions as characters.
        background: what the regions' colours are mixed with.
    """

    dataset: Dataset
    summary: DataFacts | None
    split: str = "train"
    index: int = 0
    boundary: Boundary | None = None
    shades: str = ""
    colours: list[RGB] | None = None
    background: RGB = (0, 0, 0)

    @property
    def rows(self) -> Split:
        """The rows of the split."""
        split = getattr(self.dataset, self.split)
        assert split is not None
        return split

    @property
    def pictured(self) -> bool:
        """Whether a row, or all of them, is a picture."""
        dataset = self.dataset
        return is_plane(dataset) or is_picture(dataset.name, dataset.input_shape)

    def draw(self, width: int, height: int) -> list[Line]:
        """Picture and facts, beside or below each other, in at most `height` lines."""
        beside = width >= BESIDE and self.pictured
        lines = self._beside(width, height) if beside else self._below(width, height)
        return lines[:height]

    def _beside(self, width: int, height: int) -> list[Line]:
        """The picture on the left, as wide as it is high in half blocks; the facts take the rest."""
        side = min(max(height * 2, 30), width - 36)
        shown = self._shown(side - 2, height)
        facts = self._facts(width - side, height)
        rows = max(len(shown), len(facts))
        shown, facts = ([*part, *[[]] * (rows - len(part))] for part in (shown, facts))
        return [padded(left, side) + right for left, right in zip(shown, facts, strict=True)]

    def _below(self, width: int, height: int) -> list[Line]:
        """What is shown on top, the facts under it in the space that is left."""
        if self.pictured:
            shown = self._shown(width, min(height, max(height - 17, height // 2, 8)))
        elif self.dataset.name in ("adding", "copy"):
            shown = self._shown(width, height)
        else:
            shown = self._shown(width, max(height - len(self._facts(width, 0)) - 1, 4))
        return [*shown, [], *self._facts(width, height - len(shown) - 1)]

    def _shown(self, width: int, height: int) -> list[Line]:
        """The row itself, or the columns of a table."""
        dataset, split = self.dataset, self.rows
        if is_plane(dataset):
            return self._plane(width, height)
        x, y = split.x[self.index], split.y[self.index]
        if self.pictured:
            low, high = self._range()
            drawn = picture(x, width, height - 1, low, high, self.shades)
            return [[Cell(label(dataset, split, self.index), style="title")], *drawn]
        if dataset.name == "adding":
            return adding_row(x, y, width)[:height]
        if dataset.name == "copy":
            return copy_row(x, y, width)[:height]
        return columns(split, width, height)

    def _range(self) -> tuple[float, float]:
        if self.summary is None:
            return float(self.rows.x[self.index].min()), float(self.rows.x[self.index].max())
        facts = self.summary.splits[self.split]
        assert facts is not None
        return facts.inputs.min, facts.inputs.max

    def _facts(self, width: int, height: int) -> list[Line]:
        """Class balance, as far as it fits, then ranges and scaling."""
        if self.summary is None:
            return [[Cell("counting…", style="axis")]]
        table = ranges(self.summary, width)
        scaling = wrapped(self.dataset.scaling, width)
        facts = self.summary.splits[self.split]
        spare = height - len(table) - len(scaling) - 2
        bars = balance((facts and facts.class_counts) or {}, width, min(spare, 12))
        parts = [bars, table, scaling] if bars else [table, scaling]
        return [line for part in parts for line in [*part, []]][:-1]

    def _plane(self, width: int, height: int) -> list[Line]:
        """The points of each class, over what the net answers there."""
        dataset, boundary = self.dataset, self.boundary
        top = legend(dataset.class_names)
        if boundary is not None:
            top.append(Cell(f"step {boundary.step}", style="axis"))
        # A cell is about twice as high as it is wide: so circles stay round.
        rows = max(min(height - 1, width // 2), 1)
        drawn = plane(
            self.rows.x,
            self.rows.y.reshape(-1).astype(int),
            boundary.extent if boundary is not None else _extent(dataset),
            width,
            rows,
            self.colours,
            self.background,
            boundary.probabilities if boundary is not None else None,
        )
        return [top, *drawn]


def is_plane(dataset: Dataset) -> bool:
    """Whether the data are classes on two inputs, which are shown all at once."""
    return dataset.input_shape == (2,) and dataset.task in ("binary", "classification")


def padded(line: Line, width: int) -> Line:
    """The line with blanks up to a width."""
    return [*line, Cell(" " * max(width - sum(len(cell.text) for cell in line), 0))]


def wrapped(text: str, width: int) -> list[Line]:
    """A sentence as lines of a width."""
    return [[Cell(part, style="axis")] for part in textwrap.wrap(text, max(width, 10))]


def _extent(dataset: Dataset) -> tuple[float, float, float, float]:
    """The plane around the training rows, as the boundary will cover it."""
    low, high = dataset.train.x.min(axis=0), dataset.train.x.max(axis=0)
    pad = np.maximum((high - low) * 0.08, 1e-6)
    low, high = low - pad, high + pad
    return float(low[0]), float(high[0]), float(low[1]), float(high[1])
