"""Which layers a regular expression chooses."""

from __future__ import annotations

import re


def matches(pattern: str, name: str) -> bool:
    """Whether a regular expression, or the text itself while it is not one yet, occurs in a name."""
    try:
        return re.search(pattern, name) is not None
    except re.error:
        return pattern in name
