"""Texts that people or files have named, made harmless for terminals, JSON, pages and spreadsheets."""

from __future__ import annotations

import json
import re

_DOUBTFUL = re.compile(r"[^\x20-\x7e]")
_KEPT = "\u00a0\u1680\u202f\u205f\u3000\u200c\u200d"
"""Blanks, and what joins or parts letters of a script or an emoji: no terminal acts on them."""


def printable(text: str, keep: str = "") -> str:
    """The text with control characters, and what reorders or hides text, as escapes.

    Args:
        text: anything, lone surrogates included.
        keep: control characters that stay, such as the line ends of a text of several lines.
    """
    if text.isprintable():
        return text
    return _DOUBTFUL.sub(lambda found: _shown(found[0], keep), text)


def _shown(character: str, keep: str) -> str:
    if _harmless(character) or character in keep:
        return character
    return character.encode("unicode_escape").decode()


def _harmless(character: str) -> bool:
    return character.isprintable() or character in _KEPT or "\u2000" <= character <= "\u200a"


def printable_json(document: str) -> str:
    """A JSON document in which what `printable` would escape is written as JSON escapes it."""
    return _DOUBTFUL.sub(
        lambda found: (
            found[0] if _harmless(found[0]) or found[0] == "\n" else json.dumps(found[0])[1:-1]
        ),
        document,
    )


def spreadsheet_cell(text: str) -> str:
    """A printable text that no spreadsheet takes for a formula: an apostrophe before what would begin one.

    OWASP, "CSV Injection": cells that begin with `=`, `+`, `-`, `@`, a tab or a carriage return.
    """
    shown = printable(text)
    return f"'{shown}" if shown[:1] in ("=", "+", "-", "@") and len(shown) > 1 else shown
