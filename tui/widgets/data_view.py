"""The data that a net is trained on: pictures, a plane with its decision boundary, sequences, columns."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events, work
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.strip import Strip

from ...engine.data.dataset import Dataset, Split
from ...engine.data.summary import summarise
from ...engine.stream.data_facts import DataFacts
from ..drawing.pictures import RGB, SHADES, Cell, Line
from ..drawing.rows import Row, Span, shown
from ..tables.data_page import DataPage, is_plane, padded, wrapped
from ..tables.datasheet import SPLITS
from ..words.text import printable
from .panel import Panel

if TYPE_CHECKING:
    from ...engine.stream.events import Boundary


class DataView(Panel):
    """Rows of a data set one by one, and the facts about all of them."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right,n", "row(1)", "Next row", show=False, id="data.next"),
        Binding("left,b", "row(-1)", "Previous row", show=False, id="data.previous"),
        Binding("pagedown", "row(25)", "Rows on", show=False, id="data.page-down"),
        Binding("pageup", "row(-25)", "Rows back", show=False, id="data.page-up"),
        Binding("home", "row(0)", "First row", show=False, id="data.first"),
        Binding("g", "go_to", "Go to row", show=False, id="data.go-to",
                tooltip="Type a row's number, counted from 0, then enter"),
        Binding("down", "split(1)", "Next split", show=False, id="data.next-split"),
        Binding("up", "split(-1)", "Previous split", show=False, id="data.previous-split"),
    ]  # fmt: skip

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
    _typed: str | None = None

    def show_dataset(self, dataset: Dataset | None) -> None:
        """Show a data set from its first row; None shows that there is none."""
        self.dataset, self.boundary, self._summary = dataset, None, None
        self.index, self.split, self._typed = 0, "train", None
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

    def action_go_to(self) -> None:
        """Take digits for a row's number until another key comes."""
        if self._split() is not None and not self.plane_shown:
            self._typed = ""
            self.redraw()

    def on_key(self, event: events.Key) -> None:
        """Digits of a row's number; enter goes there, any other key drops it."""
        if self._typed is None:
            return
        event.stop()
        event.prevent_default()
        if event.key.isdigit():
            self._typed += event.key
        elif event.key == "backspace":
            self._typed = self._typed[:-1]
        else:
            if event.key == "enter" and self._typed:
                self.show_row(int(self._typed))
            self._typed = None
        self.redraw()

    def show_row(self, index: int) -> None:
        """Show a row of the split, or its last one if there are fewer."""
        split = self._split()
        if split is not None:
            self.index = min(index, len(split) - 1)
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
        place = f" {self.split} row {self.index} of {len(split)}"
        if self._typed is not None:
            place = f" go to row {self._typed}_ of {len(split)}, enter"
        if self.plane_shown:
            place = f" {self.split} {len(split)}"
        return f"Data  {self.dataset.name}", (Span(place, "axis"),)

    def draw(self, width: int, height: int) -> list[Row]:
        """Picture and facts, beside or below each other."""
        page = self._page()
        lines = page.draw(width, height) if page else wrapped(printable(self.waiting), width)
        return [_row(line, width) for line in [*lines, *[[]] * height][:height]]

    def _page(self) -> DataPage | None:
        dataset, colours = self.dataset, None
        if dataset is None:
            return None
        if not self.plain:
            colours = [
                self.get_component_styles(f"panel--line-{i % 8 + 1}").color.rgb
                for i in range(dataset.classes)
            ]
        shades = (SHADES if self.ascii_only else " ░▒▓█") if self.plain else ""
        return DataPage(
            dataset, self._summary, self.split, self.index, self.boundary, shades, colours,
            self.background_colors[1].rgb,
        )  # fmt: skip

    @property
    def plane_shown(self) -> bool:
        """Whether all rows are shown at once, as points of a plane."""
        return self.dataset is not None and is_plane(self.dataset)

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
            segments.append(Segment(shown(span.text), style))
        return Strip(segments).apply_style(base)


def _row(line: Line, width: int) -> Row:
    """Cells as spans of exactly `width` columns, neighbours of one style in one span."""
    spans: list[Span] = []
    used = 0
    for cell in padded(line, width):
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
