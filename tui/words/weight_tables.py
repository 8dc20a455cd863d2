"""What a run's summary says beside the gradients: weights, recurrent kernels, units, clipping."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from ...engine.escaping.plain_text import printable
from .text import number, shortened, table

TELLING = 2.0
"""A weight norm that grew or shrank this many times is worth a row for every layer."""

Cell = Callable[[dict[str, Any]], str]


def weight_lines(summary: dict[str, Any]) -> list[str]:
    """The norm of all weights, and a table of the layers where that tells more.

    It does where a layer's weights changed in size, where units are dead or saturated, and where
    there are recurrent kernels.

    Args:
        summary: the document of `gradlab run --json`.
    """
    layers = summary.get("layers") or []
    first, last = (_total(layers, key) for key in ("weight_norm_first", "weight_norm"))
    if last is None:
        return []
    lines = [f"weight norm of all kernels: {number(first)} at first, {number(last)} at the end"]
    columns: dict[str, Cell] = {
        "layer": lambda layer: shortened(printable(str(layer.get("name", "?"))), 20),
        "weights first": lambda layer: number(layer.get("weight_norm_first")),
        "last": lambda layer: number(layer.get("weight_norm")),
    }
    recurrent = any("recurrent_weight_norm" in layer for layer in layers)
    if recurrent:
        columns |= {
            "recurrent weights": lambda layer: number(layer.get("recurrent_weight_norm")),
            "their gradient first": lambda layer: _course(layer, "first"),
            "last ": lambda layer: _course(layer, "last"),
        }
    units = [key for key in ("dead_units", "saturated_units") if any(v.get(key) for v in layers)]
    for key in units:
        columns[key.replace("_", " ")] = _share(key)
    if not (recurrent or units or any(map(_changed, layers))):
        return lines
    rows = [[cell(layer) for cell in columns.values()] for layer in layers]
    return [*lines, *table([name.strip() for name in columns], rows, right=range(1, len(columns)))]


def clipping_line(summary: dict[str, Any]) -> str:
    """How often the gradient was clipped, to what, and how far that turned it; "" without a clip."""
    found = summary.get("clipping")
    if not found:
        return ""
    if not found["share"]:
        return "clipping: no step was clipped"
    return (
        f"clipping: {found['share']:.0%} of the steps, to {number(found['left'], 3)} of the gradient's "
        f"norm, turned by {_degrees(found['angle'])} (median; {_degrees(found['largest_angle'])} at most)"
    )


def _degrees(angle: float) -> str:
    """An angle; what float32 cannot tell from none is none."""
    return f"{number(angle if angle > 1e-3 else 0, 3)}°"


def _total(layers: list[dict[str, Any]], key: str) -> float | None:
    """Norm of all kernels together; None where one was not measured."""
    norms = [layer.get(key) for layer in layers]
    norms += [layer[f"recurrent_{key}"] for layer in layers if f"recurrent_{key}" in layer]
    if not norms or any(norm is None for norm in norms):
        return None
    return math.sqrt(sum(float(norm) ** 2 for norm in norms if norm is not None))


def _changed(layer: dict[str, Any]) -> bool:
    norms = [layer.get(key) for key in ("weight_norm_first", "weight_norm")]
    if any(norm is None for norm in norms):
        return False
    first, last = (float(norm) for norm in norms if norm is not None)
    return not (first / TELLING <= last <= first * TELLING)


def _share(key: str) -> Cell:
    return lambda layer: "-" if layer.get(key) is None else f"{float(layer[key]):.0%}"


def _course(layer: dict[str, Any], end: str) -> str:
    return number((layer.get("recurrent_grad_norm") or {}).get(end))
