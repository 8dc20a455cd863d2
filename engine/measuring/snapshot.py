"""The fixed probe batch: histograms, dead and saturated units, gradients by time step."""

# Keras declares no types, and the stubs of TensorFlow have gaps.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false

from __future__ import annotations

from collections.abc import Sequence

import keras
import numpy as np
import tensorflow as tf

from ..models.capture import capture
from ..models.losses import LossPlan
from ..models.row_losses import row_losses
from ..stream.events import LayerProbe
from .sites import Site
from .step_probe import saturated
from .time_gradients import measurable, time_delta_norms

LARGEST = 50_000
"""Most numbers that one histogram counts; more would change its bins by less than a screen shows."""


class Snapshot:
    """Measures every site on a fixed batch, in inference mode; compiled once, taken often.

    Args:
        model: the model.
        sites: where to measure.
        loss: the loss, for the gradients of recurrent layers.
        x: the probe batch, [rows, *input_shape].
        y: its targets as the loss compares with them.
        bins: bins of each histogram.
    """

    def __init__(
        self,
        model: keras.Model,
        sites: Sequence[Site],
        loss: LossPlan,
        x: tf.Tensor,
        y: tf.Tensor,
        *,
        bins: int,
    ) -> None:
        self._sites = tuple(sites)
        self._bins = bins
        self._recurrent = [site.layer for site in sites if measurable(site.layer)]

        def activations() -> list[list[tf.Tensor]]:
            with capture(model) as calls:
                model(x, training=False)
            return [site.activations(calls) for site in self._sites]

        def mean_loss() -> tf.Tensor:
            with capture(model) as calls:
                outputs = model(x, training=False)
            return tf.reduce_mean(row_losses(loss, y, outputs, calls))

        def time_deltas() -> list[tf.Tensor]:
            return time_delta_norms(self._recurrent, mean_loss)

        self._activations = tf.function(activations, autograph=False)
        self._time_deltas = tf.function(time_deltas, autograph=False)

    def take(self) -> tuple[LayerProbe, ...]:
        """The statistics of each site, with the weights as they are now."""
        by_time: dict[str, tuple[float, ...]] = {}
        if self._recurrent:
            for layer, measured in zip(self._recurrent, self._time_deltas(), strict=True):
                by_time[layer.name] = tuple(measured.numpy().tolist())
        return tuple(
            _layer_probe(
                site,
                np.concatenate([_by_unit(output.numpy()) for output in outputs], axis=0),
                np.asarray(site.kernel.value),
                self._bins,
                by_time.get(site.layer.name, ()),
            )
            for site, outputs in zip(self._sites, self._activations(), strict=True)
        )


def _layer_probe(
    site: Site,
    activations: np.ndarray,
    kernel: np.ndarray,
    bins: int,
    time_delta_norm: tuple[float, ...],
) -> LayerProbe:
    """Statistics of one layer; activations are [rows, units]."""
    dead = (activations == 0).all(axis=0).mean() if site.can_be_zero else 0.0
    flat_ends = saturated(activations, site.bounds) if site.bounds else np.zeros((1, 1))
    activation_counts, activation_edges = _histogram(activations, bins)
    weight_counts, weight_edges = _histogram(kernel, bins)
    recurrent = np.zeros(0) if site.recurrent is None else np.asarray(site.recurrent.value)
    recurrent_counts, recurrent_edges = _histogram(recurrent, bins) if recurrent.size else ((), ())
    return LayerProbe(
        name=site.info.name,
        dead_units=float(dead),
        saturated_units=float((flat_ends.mean(axis=0) > 0.5).mean()),
        activation_counts=activation_counts,
        activation_edges=activation_edges,
        weight_counts=weight_counts,
        weight_edges=weight_edges,
        non_finite=sum(
            int((~np.isfinite(values)).sum()) for values in (activations, kernel, recurrent)
        ),
        time_delta_norm=time_delta_norm,
        recurrent_counts=recurrent_counts,
        recurrent_edges=recurrent_edges,
    )


def _by_unit(output: np.ndarray) -> np.ndarray:
    """Rows and positions together: [rows, ..., units] -> [rows * positions, units]."""
    return output.reshape(-1, output.shape[-1])


def _histogram(values: np.ndarray, bins: int) -> tuple[tuple[int, ...], tuple[float, ...]]:
    """Counts and edges over the finite values, evenly picked out of more than `LARGEST`."""
    picked = values.reshape(-1)[:: -(-values.size // LARGEST)]
    finite = picked[np.isfinite(picked)].astype(np.float64)
    if not finite.size:
        return (0,) * bins, tuple(np.linspace(0.0, 1.0, bins + 1).tolist())
    low, high = float(finite.min()), float(finite.max())
    if high - low < 1e-12 * max(abs(low), abs(high), 1e-300):
        margin = max(abs(low) * 1e-6, 1e-12)
        low, high = low - margin, high + margin
    counts, edges = np.histogram(finite, bins=bins, range=(low, high))
    return tuple(counts.tolist()), tuple(edges.tolist())
