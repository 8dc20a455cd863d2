"""A finding in words, the same everywhere on the screen."""

from __future__ import annotations

import re
from typing import Any

from ...engine.findings.finding import Finding


def problem_in_words(finding: Finding) -> str:
    """`vanishing_gradient` as `vanishing gradient`."""
    return finding.problem.replace("_", " ")


def layers_in_words(finding: Finding) -> str:
    """`dense to dense_6`, `dense_3`, `dense, dense_4 and 2 more`; "" for the whole model."""
    layers = finding.layers
    if len(layers) < 2:
        return "".join(layers)
    numbers = [_number(layer) for layer in layers]
    run = list(range(numbers[0], numbers[0] + len(layers)))
    if numbers == run and len({re.sub(r"_\d+$", "", layer) for layer in layers}) == 1:
        return f"{layers[0]} to {layers[-1]}"
    if len(layers) == 2:
        return f"{layers[0]}, {layers[1]}"
    return f"{layers[0]}, {layers[1]} and {len(layers) - 2} more"


def _number(layer: str) -> int:
    """The index at the end of a name that Keras gave; the first of a kind has none."""
    found = re.search(r"_(\d+)$", layer)
    return int(found[1]) if found else 0


def set_in_words(changes: dict[str, Any]) -> str:
    """A remedy's changes as overrides: `model.activation=relu model.initializer=he_normal`."""
    return " ".join(f"{key}={value}" for key, value in changes.items())
