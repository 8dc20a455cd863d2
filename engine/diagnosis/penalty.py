"""Penalties on the kernels, which the loss of a step contains and the loss of guessing does not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..preset.objects import resolve
from ..preset.schema import Preset
from ..stream.events import LayerInfo, LayerProbe

STANDARD = 0.01
"""Keras' own factor of l1 and l2 where none is given."""


def kernel_penalty(
    preset: Preset | None, layers: Sequence[LayerInfo], probes: Sequence[LayerProbe | None]
) -> float:
    """Sum of l1 |w| + l2 w^2 over the measured kernels, read from their histograms.

    Args:
        preset: whose regularizers count; without one there is no penalty.
        layers: the measured layers, by depth.
        probes: each one's histograms; None where it was not measured.
    """
    total = 0.0
    for layer, probe in zip(layers, probes, strict=True):
        spec = _regularizer(preset, layer)
        if spec is None or probe is None:
            continue
        entry, arguments = resolve("regularizer", spec)
        if entry.name not in ("l1", "l2", "l1_l2"):
            continue
        edges = np.array(probe.weight_edges)
        centers, counts = (edges[:-1] + edges[1:]) / 2, np.array(probe.weight_counts)
        for name, size in (("l1", np.abs(centers)), ("l2", centers**2)):
            factor = arguments.get(name, STANDARD if entry.name == name else 0.0)
            total += float(factor) * float(counts @ size)
    return total


def _regularizer(preset: Preset | None, layer: LayerInfo) -> str | dict[str, Any] | None:
    """The kernel's regularizer of a layer that a preset's own settings describe."""
    key = "output_regularizer" if layer.output else "kernel_regularizer"
    return getattr(preset.model, key, None) if preset else None
