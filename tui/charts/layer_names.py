"""Which layers a regular expression chooses."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ...engine.stream.events import LayerInfo


def matches(pattern: str, name: str) -> bool:
    """Whether a regular expression, or the text itself while it is not one yet, occurs in a name."""
    try:
        return re.search(pattern, name) is not None
    except re.error:
        return pattern in name


def numbered(layers: Iterable[LayerInfo]) -> dict[str, str]:
    """What each layer is called everywhere: `6 dense_5`, its place by depth counted from 1, its name."""
    return {layer.name: f"{place} {layer.name}" for place, layer in enumerate(layers, 1)}
