"""A finding in words, the same everywhere on the screen."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ...engine.findings.finding import Finding, Remedy


def problem_in_words(finding: Finding) -> str:
    """`vanishing_gradient` as `vanishing gradient`."""
    return finding.problem.replace("_", " ")


def layers_in_words(finding: Finding, labels: Mapping[str, str] | None = None) -> str:
    """`1 dense to 7 dense_6`, `4 dense_3`, `1 dense, 5 dense_4 and 2 more`; "" for the whole model.

    Args:
        finding: what was found.
        labels: what layers are called; by default by their names alone.
    """
    layers = finding.layers
    shown = [(labels or {}).get(layer, layer) for layer in layers]
    if len(layers) < 2:
        return "".join(shown)
    numbers = [_number(layer) for layer in layers]
    run = list(range(numbers[0], numbers[0] + len(layers)))
    if numbers == run and len({re.sub(r"_\d+$", "", layer) for layer in layers}) == 1:
        return f"{shown[0]} to {shown[-1]}"
    if len(layers) == 2:
        return f"{shown[0]}, {shown[1]}"
    return f"{shown[0]}, {shown[1]} and {len(layers) - 2} more"


def _number(layer: str) -> int:
    """The index at the end of a name that Keras gave; the first of a kind has none."""
    found = re.search(r"_(\d+)$", layer)
    return int(found[1]) if found else 0


def set_in_words(changes: dict[str, Any]) -> str:
    """A remedy's changes as overrides: `model.activation=relu model.initializer=he_normal`."""
    return " ".join(f"{key}={value}" for key, value in changes.items())


CURES = {
    "relu_he": "ReLU + He weights",
    "tanh_he": "tanh + He weights",
    "selu_lecun": "SELU + LeCun weights",
    "leaky_relu_he": "leaky ReLU + He weights",
    "batch_norm_before": "batch norm before",
    "less_depth": "fewer layers",
    "residual": "shortcuts",
}
"""Cures whose own name does not say enough."""


def cure_in_words(remedy: Remedy) -> str:
    """`relu_he` as `ReLU + He weights`."""
    return CURES.get(remedy.name, remedy.name.replace("_", " "))
