"""Words where a picture would stand: paragraphs under a title."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass

from .rows import Row, Span, fit


@dataclass(frozen=True)
class TextPage:
    """Paragraphs.

    Attributes:
        title: one line, plain text.
        parts: a paragraph each, in the style of its span.
    """

    title: str = ""
    parts: tuple[Span, ...] = ()


def render_text(page: TextPage, width: int, height: int) -> list[Row]:
    """Write the paragraphs into exactly `height` rows of `width` cells, a free row between two."""
    room = max(width - 2, 1)
    rows: list[Row] = []
    for part in page.parts:
        if rows:
            rows.append((Span(" " * width),))
        rows += [
            (Span(f" {fit(line, room)}".ljust(width)[:width], part.style),)
            for line in textwrap.wrap(" ".join(part.text.split()), room)
        ]
    if len(rows) > height > 0:
        last = "".join(span.text for span in rows[height - 1]).rstrip()
        rows[height - 1] = (Span(fit(f"{last} …", width).ljust(width), rows[height - 1][0].style),)
    rows += [(Span(" " * width),)] * (height - len(rows))
    return rows[:height]
