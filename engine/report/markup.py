"""Text that goes into the page."""

from __future__ import annotations

import html
from typing import Any

from ..words.plain_text import printable


def text(value: Any) -> str:
    """Anything as harmless HTML: markup as entities, control characters as escapes."""
    return html.escape(printable(str(value)))
