"""The data that a net is trained on: pictures, a plane with its decision boundary, sequences, columns."""

from __future__ import annotations

import textwrap
from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from rich.segment import Segment
from rich.style import Style
from textual import work
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.strip import Strip

from ...engine.data.dataset import Dataset, Split
from ...engine.data.summary import summarise
from ...engine.stream.data_facts import DataFacts
from ..drawing.pictures import RGB, SHADES, Cell, Line, is_picture, picture, plane
from ..drawing.rows import Row, Span
from ..tables.datasheet import SPLITS, adding_row, balance, columns, copy_row, label, legend, ranges
from ..words.text import printable
from .panel import Panel

if TYPE_CHECKING:
    from ...engine.stream.events import Boundary

BESIDE = 62
"""Columns from which on facts stand beside the picture instead of below it."""


class DataView(Panel):
    """Rows of a data set one by one, and the facts about all of them."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right,n", "row(1)", "Next row", show=False, id="data.next"),
        Binding("left,b", "row(-1)", "Previous row", show=False, id="data.previous"),
        Binding("pagedown", "row(25)", "Rows on", show=False, id="data.page-down"),
        Binding("pageup", "row(-25)", "Rows back", show=False, id="data.page-up"),
        Binding("home", "row(0)", "First row", show=False, id="data.first"),
        Binding("down", "split(1)", "Next split", show=False, id="data.next-split"),
        Binding("up", "split(-1)", "Previous split", show=False, id="data.previous-split"),
    ]

    class Summarised(Message):
        """The facts about a data set have been worked out."""

        def __init__(self, dataset: Dataset, summary: DataFacts) -> None:
            super().__init__()
            self.dataset = dataset
            self.summary = summary

    dataset: Dataset | None = None
    """What is shown."""
    boundary: Boundary | None = None
    """What the net makes of the plane, if the data are one."""
    index = 0
    """The row that is shown."""
    split = "train"
    """The split that it is from."""
    waiting = "The data show here once they are loaded."
    """What stands here without a data set."""
    _summary: DataFacts | None = None

    def show_dataset(self, dataset: Dataset | None) -> None:
        """Show a data set from its first row; None shows that there is none."""
        self.dataset, self.boundary, self._summary = dataset, None, None
        self.index, self.split = 0, "train"
        if dataset is not None:
            self._summarise(dataset)
        self.redraw()

    def say(self, text: str) -> None:
        """Show a text in the place of data."""
        self.waiting = text
        self.show_dataset(None)

    def show_boundary(self, boundary: Boundary | None) -> None:
        """Draw what the net answers behind the points; None takes it away."""
        self.boundary = boundary
        self.redraw()

    @work(thread=True, exclusive=True, group="summary")
    def _summarise(self, dataset: Dataset) -> None:
        self.post_message(self.Summarised(dataset, summarise(dataset)))

    def on_data_view_summarised(self, message: Summarised) -> None:
        """Show the facts, if they are about what is shown."""
        message.stop()
        if message.dataset is self.dataset:
            self._summary = message.summary
            self.redraw()

    def action_row(self, by: int) -> None:
        """Show another row; 0 goes to the first one."""
        split = self._split()
        if split is not None:
            self.index = (self.index + by) % len(split) if by else 0
            self.redraw()

    def action_split(self, by: int) -> None:
        """Show rows of another split."""
        if self.dataset is not None:
            there = [name for name in SPLITS if getattr(self.dataset, name) is not None]
            self.split = there[(there.index(self.split) + by) % len(there)]
            self.index = 0
            self.redraw()

    def _split(self) -> Split | None:
        return None if self.dataset is None else getattr(self.dataset, self.split)

    @property
    def plain(self) -> bool:
        """Whether shades and signs stand for colours, which the terminal lacks or shall not use."""
        theme = self.app.current_theme.name
        return self.ascii_only or self.app.no_color or theme.startswith("ansi")

    def heading(self) -> tuple[str, Row]:
        """The data set, and which row of which split is shown."""
        split = self._split()
        if self.dataset is None or split is None:
            return "Data", ()
        place = f" {self.split} {self.index + 1}/{len(split)}"
        if self.is_plane():
            place = f" {self.split} {len(split)}"
        return f"Data  {self.dataset.name}", (Span(place, "axis"),)

    def draw(self, width: int, height: int) -> list[Row]:
        """Picture and facts, beside or below each other."""
        split = self._split()
        if split is None:
            lines: list[Line] = [
                [Cell(text, style="axis")] for text in _wrapped(printable(self.waiting), width)
            ]
        elif width >= BESIDE and (self._has_picture() or self.is_plane()):
            lines = self._beside(split, width, height)
        else:
            lines = self._below(split, width, height)
        return [_row(line, width) for line in [*lines, *[[]] * height][:height]]

    def _beside(self, split: Split, width: int, height: int) -> list[Line]:
        """The picture on the left, as wide as it is high in half blocks; the facts take the rest."""
        side = min(max(height * 2, 30), width - 36)
        shown = self._shown(split, side - 2, height)
        facts = self._facts(width - side, height)
        rows = max(len(shown), len(facts))
        shown, facts = ([*part, *[[]] * (rows - len(part))] for part in (shown, facts))
        return [_pad(left, side) + right for left, right in zip(shown, facts, strict=True)]

    def _below(self, split: Split, width: int, height: int) -> list[Line]:
        """What is shown on top, the facts under it in the space that is left."""
        assert self.dataset is not None
        if self._has_picture() or self.is_plane():
            shown = self._shown(split, width, min(height, max(height - 17, height // 2, 8)))
        elif self.dataset.name in ("adding", "copy"):
            shown = self._shown(split, width, height)
        else:
            shown = self._shown(split, width, max(height - len(self._facts(width, 0)) - 1, 4))
        return [*shown, [], *self._facts(width, height - len(shown) - 1)]

    def is_plane(self) -> bool:
        """Whether the data are classes on two inputs, for which `show_boundary` has a picture."""
        dataset = self.dataset
        return (
            dataset is not None
            and dataset.input_shape == (2,)
            and dataset.task in ("binary", "classification")
        )

    def _has_picture(self) -> bool:
        assert self.dataset is not None
        return is_picture(self.dataset.name, self.dataset.input_shape)

    def _shown(self, split: Split, width: int, height: int) -> list[Line]:
        """The row itself, or the columns of a table."""
        dataset = self.dataset
        assert dataset is not None
        if self.is_plane():
            return self._plane(split, width, height)
        x, y = split.x[self.index], split.y[self.index]
        if self._has_picture():
            shades = (SHADES if self.ascii_only else " ░▒▓█") if self.plain else ""
            low, high = self._range(split)
            drawn = picture(x, width, height - 1, low, high, shades)
            return [[Cell(label(dataset, split, self.index), style="title")], *drawn]
        if dataset.name == "adding":
            return adding_row(x, y, width)[:height]
        if dataset.name == "copy":
            return copy_row(x, y, width)[:height]
        return columns(split, width, height)

    def _range(self, split: Split) -> tuple[float, float]:
        if self._summary is None:
            return float(split.x[self.index].min()), float(split.x[self.index].max())
        facts = self._summary.splits[self.split]
        assert facts is not None
        return facts.inputs.min, facts.inputs.max

    def _facts(self, width: int, height: int) -> list[Line]:
        """Class balance, as far as it fits, then ranges and scaling."""
        if self._summary is None or self.dataset is None:
            return [[Cell("counting…", style="axis")]]
        table = ranges(self._summary, width)
        scaling = [[Cell(text, style="axis")] for text in _wrapped(self.dataset.scaling, width)]
        facts = self._summary.splits[self.split]
        spare = height - len(table) - len(scaling) - 2
        bars = balance((facts and facts.class_counts) or {}, width, min(spare, 12))
        parts = [bars, table, scaling] if bars else [table, scaling]
        return [line for part in parts for line in [*part, []]][:-1]

    def _plane(self, split: Split, width: int, height: int) -> list[Line]:
        """The points of each class, over what the net answers there."""
        dataset = self.dataset
        assert dataset is not None
        boundary = self.boundary
        top = legend(dataset.class_names)
        if boundary is not None:
            top.append(Cell(f"step {boundary.step}", style="axis"))
        colours = None
        if not self.plain:
            colours = [
                self.get_component_styles(f"panel--line-{i % 8 + 1}").color.rgb
                for i in range(dataset.classes)
            ]
        # A cell is about twice as high as it is wide: so circles stay round.
        rows = max(min(height - 1, width // 2), 1)
        drawn = plane(
            split.x,
            split.y.reshape(-1).astype(int),
            boundary.extent if boundary is not None else _extent(dataset),
            width,
            rows,
            colours,
            self.background_colors[1].rgb,
            boundary.probabilities if boundary is not None else None,
        )
        return [top, *drawn]

    def render_line(self, y: int) -> Strip:
        """One row as a strip; pictures bring colours of their own."""
        if y >= len(self._rows) or not any(span.style[:1] == "#" for span in self._rows[y]):
            return super().render_line(y)
        base = self.rich_style
        segments = []
        for span in self._rows[y]:
            style = _style(span.style) if span.style[:1] == "#" else None
            if style is None and span.style:
                style = self.get_component_rich_style(f"panel--{span.style}")
            segments.append(Segment(span.text, style))
        return Strip(segments).apply_style(base)


def _extent(dataset: Dataset) -> tuple[float, float, float, float]:
    """The plane around the training rows, as the boundary will cover it."""
    low, high = dataset.train.x.min(axis=0), dataset.train.x.max(axis=0)
    pad = np.maximum((high - low) * 0.08, 1e-6)
    low, high = low - pad, high + pad
    return float(low[0]), float(high[0]), float(low[1]), float(high[1])


def _pad(line: Line, width: int) -> Line:
    return [*line, Cell(" " * max(width - sum(len(cell.text) for cell in line), 0))]


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, max(width, 10))


def _row(line: Line, width: int) -> Row:
    """Cells as spans of exactly `width` columns, neighbours of one style in one span."""
    spans: list[Span] = []
    used = 0
    for cell in _pad(line, width):
        text = cell.text[: width - used]
        used += len(text)
        style = _name(cell)
        if spans and spans[-1].style == style:
            spans[-1] = Span(spans[-1].text + text, style)
        elif text:
            spans.append(Span(text, style))
    return tuple(spans)


def _name(cell: Cell) -> str:
    """A cell's style as the name of a component, or its colours as `#fg/#bg/bold`."""
    if cell.fg is None and cell.bg is None:
        return cell.style
    return "/".join(["#", _hex(cell.fg), _hex(cell.bg), cell.style])


def _hex(colour: RGB | None) -> str:
    return "" if colour is None else "#{:02x}{:02x}{:02x}".format(*colour)


@lru_cache(maxsize=4096)
def _style(name: str) -> Style:
    _, fg, bg, style = name.split("/")
    return Style(color=fg or None, bgcolor=bg or None, bold=style == "bold" or None)
