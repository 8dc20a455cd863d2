"""Text that goes into the page."""

from __future__ import annotations

import html
from typing import Any


def text(value: Any) -> str:
    """Anything as harmless HTML: markup as entities, control characters as escapes."""
    shown = "".join(
        c if c.isprintable() else c.encode("unicode_escape").decode() for c in str(value)
    )
    return html.escape(shown)
