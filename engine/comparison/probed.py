"""What one measurement of the probe batch says of the whole net: gradients by time step, all weights."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..stream.events import LayerInfo, Probe
from ..stream.history import History

BINS = 40
"""Bins of the histogram of all weights."""


def time_norms(probe: Probe) -> dict[str, np.ndarray]:
    """||dL/dh_t|| of each recurrent layer, float64 [time steps]; {} where none was measured."""
    return {
        layer.name: np.array(layer.time_delta_norm, np.float64)
        for layer in probe.layers
        if layer.time_delta_norm
    }


def last_time_norms(history: History) -> np.ndarray | None:
    """`time_norms` of the last recurrent layer at the newest measurement; None where there is none."""
    norms = [*time_norms(history.probes[-1]).values()] if history.probes else []
    return norms[-1] if norms else None


def pooled_together(
    histories: Sequence[History],
) -> tuple[list[np.ndarray | None], np.ndarray]:
    """The newest weights of several nets between the same ends.

    Returns:
        Shares of each net's weights [bins], or None where they were not measured; edges [bins + 1].
    """
    newest = [history.probes[-1] if history.probes else None for history in histories]
    pairs = list(zip(newest, (history.layers for history in histories), strict=True))
    ends = [weight_range(probe, layers) for probe, layers in pairs if probe is not None]
    limits = min((e[0] for e in ends), default=0.0), max((e[1] for e in ends), default=1.0)
    pooled = [pooled_weights(probe, layers, limits) if probe else None for probe, layers in pairs]
    edges = np.linspace(*limits, BINS + 1)
    return [None if found is None else found[0] for found in pooled], edges


def pooled_weights(
    probe: Probe, layers: Sequence[LayerInfo], limits: tuple[float, float] | None = None
) -> tuple[np.ndarray, np.ndarray] | None:
    """The kernels of all layers as one histogram: share of the weights [bins], edges [bins + 1].

    Each layer counts by its number of weights; a bin's weights are taken as spread evenly over it.

    Args:
        probe: the measurement.
        layers: the layers that are pooled.
        limits: ends of the histogram; those of the weights if None.

    Returns:
        None where no layer has finite weights.
    """
    measured = {layer.name: layer for layer in probe.layers}
    parts = [
        (layer, np.array(found.weight_counts, np.float64), np.array(found.weight_edges))
        for layer in layers
        if (found := measured.get(layer.name)) is not None and sum(found.weight_counts)
    ]
    if not parts:
        return None
    low, high = limits or weight_range(probe, layers)
    edges = np.linspace(low, high, BINS + 1)
    total = np.zeros(BINS)
    for layer, counts, places in parts:
        # A histogram of a large kernel counts an even sample of it.
        size = max(layer.fan_in * layer.units, counts.sum())
        below = np.interp(edges, places, np.concatenate([[0.0], np.cumsum(counts)]))
        total += np.diff(below) / counts.sum() * size
    return total / total.sum(), edges


def weight_range(probe: Probe, layers: Sequence[LayerInfo]) -> tuple[float, float]:
    """Smallest and largest weight of the layers; (0, 1) without any."""
    names = {layer.name for layer in layers}
    ends = [
        (layer.weight_edges[0], layer.weight_edges[-1])
        for layer in probe.layers
        if layer.name in names and sum(layer.weight_counts)
    ]
    return (min(e[0] for e in ends), max(e[1] for e in ends)) if ends else (0.0, 1.0)
