"""Numbers and layers as a sentence has them."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ..stream.events import LayerInfo


def rounded(value: float) -> str:
    """Three digits: 4.3, 1.2e-06, 12,000."""
    if not math.isfinite(value) or value == 0:
        return f"{value:g}"
    if 1e3 <= abs(value) < 1e7:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def percent(share: float) -> str:
    """A share as whole percent; small ones with a digit behind the point."""
    return f"{100 * share:.0f} %" if share >= 0.095 or share == 0 else f"{100 * share:.1f} %"


def layer_numbers(layers: Sequence[LayerInfo], all_layers: Sequence[LayerInfo]) -> str:
    """Layers by their place from the input: "layer 3", "layers 1 to 7", "layers 2, 4 and 5"."""
    places = sorted(layer.index + 1 for layer in layers)
    if len(places) == len(all_layers) > 1:
        return "all layers"
    if len(places) == 1:
        return f"layer {places[0]}"
    if places[-1] - places[0] == len(places) - 1:
        return f"layers {places[0]} to {places[-1]}"
    return f"layers {', '.join(map(str, places[:-1]))} and {places[-1]}"
