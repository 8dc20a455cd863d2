"""A picture as rows of styled text, before any widget or colour: what the drawing functions return."""

from __future__ import annotations

import textwrap
import unicodedata
from typing import NamedTuple

from rich.cells import cell_len

WIDE_END = "\u200b"
"""Stands behind a character two cells wide, so that a text has as many characters as cells; never shown."""


class Span(NamedTuple):
    """A run of text in one style; `style` is a component name such as `axis`, "" for none."""

    text: str
    style: str = ""


Row = tuple[Span, ...]


class Grid:
    """Cells that are written one by one and read as rows.

    Args:
        width: columns, at least 0.
        height: rows, at least 0.
    """

    def __init__(self, width: int, height: int) -> None:
        self.width = width
        self.height = height
        self.text = [[" "] * width for _ in range(height)]
        self.style = [[""] * width for _ in range(height)]

    def put(self, row: int, column: int, text: str, style: str = "", under: bool = False) -> None:
        """Write text from a cell to the right; what falls outside is cut.

        Args:
            row: counted from the top.
            column: counted from the left.
            text: characters one cell wide.
            style: component name.
            under: leave cells alone that are already written.
        """
        if not 0 <= row < self.height:
            return
        for offset, character in enumerate(text):
            cell = column + offset
            if 0 <= cell < self.width and not (under and self.text[row][cell] != " "):
                self.text[row][cell] = character
                self.style[row][cell] = style

    def blank(self, row: int, column: int, width: int) -> bool:
        """Whether the cells exist and nothing is written in them."""
        if not (0 <= row < self.height and column >= 0 and column + width <= self.width):
            return False
        return all(character == " " for character in self.text[row][column : column + width])

    def rows(self) -> list[Row]:
        """The rows from the top, neighbours of one style merged into one span."""
        return [
            merged(zip(*cells, strict=True)) for cells in zip(self.text, self.style, strict=True)
        ]


def merged(cells) -> Row:
    """A row from (text, style) pairs; blanks take the style before them, which saves escapes."""
    spans: list[Span] = []
    for text, style in cells:
        if spans and (spans[-1].style == style or text == " "):
            spans[-1] = Span(spans[-1].text + text, spans[-1].style)
        else:
            spans.append(Span(text, style if text != " " else ""))
    return tuple(spans)


def plain(rows: list[Row]) -> str:
    """The rows as lines of text without styles."""
    return "\n".join(shown("".join(span.text for span in row)) for row in rows)


def shown(text: str) -> str:
    """A span's text as it goes out."""
    return text.replace(WIDE_END, "")


def changed(old: Row, new: Row, near: int = 4) -> list[tuple[int, int]]:
    """Where two rows differ, as (first, one past the last) column.

    Args:
        old: the row as it was.
        new: the row as it is.
        near: differences closer than this are joined: moving the cursor costs as much.
    """
    if old == new:
        return []
    before, after = _cells(old), _cells(new)
    if len(before) != len(after):
        return [(0, max(len(before), len(after)))]
    runs: list[tuple[int, int]] = []
    for column, (a, b) in enumerate(zip(before, after, strict=True)):
        # A blank looks the same in every style: no style here has a background.
        if a == b or (a[0] == b[0] == " "):
            continue
        if runs and column - runs[-1][1] < near:
            runs[-1] = (runs[-1][0], column + 1)
        else:
            runs.append((column, column + 1))
    return runs


def _cells(row: Row) -> list[tuple[str, str]]:
    """Sign and style of each cell; both cells of a wide character are other than with another one."""
    cells: list[tuple[str, str]] = []
    for text, style in row:
        for c in text:
            cells.append((cells[-1][0] + c if c == WIDE_END and cells else c, style))
    return cells


def filled(row: Row, width: int) -> Row:
    """The row cut or filled to a width: rows of one length can be compared cell by cell.

    Args:
        row: spans of as many characters as cells.
        width: cells.
    """
    spans: list[Span] = []
    room = width
    for text, style in row:
        spans.append(Span(_cut(text, room), style))
        room -= len(spans[-1].text)
    return (*spans, Span(" " * room))


def fit(text: str, width: int) -> str:
    """The text in as many characters as cells, its end replaced by an ellipsis where it does not fit.

    Wide characters take two (WIDE_END), combining and control characters become question marks: a name
    that a user chose must not move the cells behind it.
    """
    if not (text.isascii() and text.isprintable()):
        text = "".join(_cell(c) for c in unicodedata.normalize("NFC", text) if c != WIDE_END)
    if len(text) <= width:
        return text
    return _cut(text, max(width - 1, 0)) + "…"[: max(width, 0)]


def fit_inside(text: str, width: int) -> str:
    """Like `fit`, but with the ellipsis in the middle: names of one kind differ at their ends."""
    text = fit(text, 2 * len(text))
    if len(text) <= width:
        return text
    end = max(width - 1, 0) // 2
    tail = text[-end:] if end else ""
    tail = f" {tail[1:]}" if tail.startswith(WIDE_END) else tail
    return _cut(text, max(width - 1, 0) - end) + "…"[: max(width, 0)] + tail


def wrapped(text: str, width: int) -> list[str]:
    """The text in lines of at most so many cells."""
    cells = fit(text, 2 * len(text))
    # One cell is left for the first half of a wide character whose second half begins the next line.
    lines = textwrap.wrap(cells, width - 1 if WIDE_END in cells else width)
    for index in range(1, len(lines)):
        if lines[index].startswith(WIDE_END):
            lines[index] = lines[index - 1][-1] + lines[index]
            lines[index - 1] = lines[index - 1][:-1]
    return lines


def _cut(text: str, width: int) -> str:
    """The first cells, with a blank for half a wide character."""
    if text[width : width + 1] == WIDE_END and width > 0:
        return f"{text[: width - 1]} "
    return text[:width]


def _cell(character: str) -> str:
    """A character as one of its cells each; what has none is a question mark."""
    if unicodedata.category(character)[0] in "CM":
        return "?"
    return character + WIDE_END * (cell_len(character) - 1)
