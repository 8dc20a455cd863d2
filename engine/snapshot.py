"""The fixed probe batch: histograms, dead and saturated units, gradients by time step."""

from __future__ import annotations

from collections.abc import Sequence

import keras
import numpy as np
import tensorflow as tf

from .capture import capture
from .events import LayerProbe
from .probe import saturated
from .sites import Site


def take_snapshot(
    model: keras.Model, sites: Sequence[Site], x: np.ndarray, *, bins: int
) -> tuple[LayerProbe, ...]:
    """Measure every site on the probe batch, in inference mode.

    Args:
        model: the model.
        sites: where to measure.
        x: the probe batch, [rows, *input_shape].
        bins: bins of each histogram.
    """
    with capture(model) as calls:
        model(tf.convert_to_tensor(x), training=False)
    return tuple(
        _layer_probe(
            site,
            np.concatenate(
                [_by_unit(np.asarray(output)) for output in site.activations(calls)], axis=0
            ),
            np.asarray(site.kernel.value),
            bins,
        )
        for site in sites
    )


def _layer_probe(site: Site, activations: np.ndarray, kernel: np.ndarray, bins: int) -> LayerProbe:
    """Statistics of one layer; activations are [rows, units]."""
    dead = (activations == 0).all(axis=0).mean() if site.can_be_zero else 0.0
    flat_ends = saturated(activations, site.bounds) if site.bounds else np.zeros((1, 1))
    activation_counts, activation_edges = _histogram(activations, bins)
    weight_counts, weight_edges = _histogram(kernel, bins)
    return LayerProbe(
        name=site.info.name,
        dead_units=float(dead),
        saturated_units=float((flat_ends.mean(axis=0) > 0.5).mean()),
        activation_counts=activation_counts,
        activation_edges=activation_edges,
        weight_counts=weight_counts,
        weight_edges=weight_edges,
        non_finite=int((~np.isfinite(activations)).sum() + (~np.isfinite(kernel)).sum()),
    )


def _by_unit(output: np.ndarray) -> np.ndarray:
    """Rows and positions together: [rows, ..., units] -> [rows * positions, units]."""
    return output.reshape(-1, output.shape[-1])


def _histogram(values: np.ndarray, bins: int) -> tuple[tuple[int, ...], tuple[float, ...]]:
    """Counts and edges over the finite values."""
    finite = values[np.isfinite(values)].astype(np.float64)
    if not finite.size:
        return (0,) * bins, tuple(np.linspace(0.0, 1.0, bins + 1).tolist())
    low, high = float(finite.min()), float(finite.max())
    if high - low < 1e-12 * max(abs(low), abs(high), 1e-300):
        margin = max(abs(low) * 1e-6, 1e-12)
        low, high = low - margin, high + margin
    counts, edges = np.histogram(finite, bins=bins, range=(low, high))
    return tuple(counts.tolist()), tuple(edges.tolist())
