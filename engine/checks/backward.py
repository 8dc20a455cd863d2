"""One backward pass at initialization: where the signal goes up, and where the gradient goes down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from ..measuring.sites import Site
from ..measuring.step_probe import saturated
from ..models.capture import Calls, capture

SCALES = (1.0, 1e30, 1e-30)
"""Factors on the cotangent: a gradient is linear in it, and float32 holds 38 decades either way."""

TRUSTED = (1e-28, 1e28)
"""Norms within these bounds lost nothing to float32's range."""


@dataclass(frozen=True)
class MeasuredLayer:
    """One layer at initialization, on the rows given.

    Attributes:
        name: the layer.
        delta_norm: ||dL/dz|| of a row over the output layer's, z being the layer's linear output;
            geometric mean over the rows that a gradient reaches, 0 if it reaches none.
        delta_ratio: the same over that of the next hidden layer or the output; None for the output.
        weight_gradient_norm: ||dL/dW|| of a row over the output layer's; Dense layers only.
        activation_mean: mean over rows and units.
        activation_std: standard deviation over rows and units.
        dead_units: share of units that are zero for every row.
        saturated_share: share of activations in the flat ends of their range; None if it is open.
    """

    name: str
    delta_norm: float
    delta_ratio: float | None
    weight_gradient_norm: float | None
    activation_mean: float
    activation_std: float
    dead_units: float
    saturated_share: float | None


def measure(
    sites: Sequence[Site], calls: Calls, tape: tf.GradientTape, seed: int
) -> tuple[MeasuredLayer, ...]:
    """Measure every site by one backward pass of random cotangents, one for each row.

    The cotangent is standard normal at the linear output of the last site. The mean gradient of a
    batch would not do: rows of different classes cancel, which theory does not count.

    Args:
        sites: where to measure, by depth; the last one is the output.
        calls: a forward pass in training mode, as `forward` records it.
        tape: persistent, over that forward pass.
        seed: of the cotangents.

    Returns:
        A layer for each site. Layers whose activations are not finite have NaN norms.
    """
    sources = [[call.linear for call in calls.of(site.layer)] for site in sites]
    top = sources[-1][-1]
    rows = int(top.shape[0])
    cotangent = np.random.default_rng(seed).normal(size=top.shape).astype(np.float32)
    top_norm = _row_norms([cotangent])
    norms = _backward(tape, top, sources[:-1], cotangent, rows)
    deltas = [*(norm / top_norm for norm in norms), np.ones(rows)]
    inputs = [_row_norms([np.asarray(call.inputs) for call in calls.of(s.layer)]) for s in sites]
    dense = [isinstance(site.layer, keras.layers.Dense) for site in sites]

    means = [_geometric_mean(delta) for delta in deltas]
    layers = []
    for index, site in enumerate(sites):
        weight = None
        if dense[index] and dense[-1] and np.ndim(calls.of(site.layer)[0].inputs) == 2:
            # the gradient of one row is an outer product
            with np.errstate(
                divide="ignore", invalid="ignore"
            ):  # a dead net feeds its output zeros
                weight = _geometric_mean(deltas[index] * inputs[index] / inputs[-1])
        values = np.concatenate(
            [np.asarray(a).reshape(-1, a.shape[-1]) for a in site.activations(calls)]
        )
        is_top = index == len(sites) - 1
        layers.append(
            MeasuredLayer(
                name=site.info.name,
                delta_norm=means[index],
                delta_ratio=None if is_top else _ratio(means[index], means[index + 1]),
                weight_gradient_norm=weight,
                activation_mean=float(values.mean(dtype=np.float64)),
                activation_std=float(values.std(dtype=np.float64)),
                dead_units=float((values == 0).all(axis=0).mean()) if site.can_be_zero else 0.0,
                saturated_share=float(saturated(values, site.bounds).mean())
                if site.bounds
                else None,
            )
        )
    return tuple(layers)


def forward(model: keras.Model, x: np.ndarray) -> tuple[tf.Tensor, Calls, tf.GradientTape]:
    """A forward pass in training mode, recorded.

    Args:
        model: the model; batch normalization's moving statistics move by one step.
        x: rows, [rows, *input_shape].

    Returns:
        The outputs, the calls of all layers, and a persistent tape over them.
    """
    with tf.GradientTape(persistent=True) as tape, capture(model) as calls:
        outputs = model(tf.convert_to_tensor(x), training=True)
    return outputs, calls, tape


def _backward(
    tape: tf.GradientTape,
    top: tf.Tensor,
    sources: Sequence[Sequence[tf.Tensor]],
    cotangent: np.ndarray,
    rows: int,
) -> list[np.ndarray]:
    """The norm of each row's gradient at each source, float64 [rows] each."""
    found: list[np.ndarray] = []
    wanted: Any = list(sources)
    for scale in SCALES:
        gradients: Any = tape.gradient(
            [top],
            wanted,
            output_gradients=[tf.constant(cotangent * np.float32(scale))],
            unconnected_gradients=tf.UnconnectedGradients.ZERO,
        )
        norms = [_row_norms([np.asarray(part) for part in parts]) for parts in gradients]
        if not found:
            found = [np.full(rows, np.nan) for _ in norms]
        for kept, fresh in zip(found, norms, strict=True):
            inside = (fresh > TRUSTED[0]) & (fresh < TRUSTED[1])
            open_rows = np.isnan(kept)
            kept[open_rows & inside] = fresh[open_rows & inside] / scale
            if scale == max(SCALES):  # what is next to nothing even so stays that
                lost = np.isnan(kept) & (fresh <= TRUSTED[0])
                kept[lost] = fresh[lost] / scale
        if not any(np.isnan(kept).any() for kept in found):
            break
    return found


def _row_norms(parts: Sequence[np.ndarray]) -> np.ndarray:
    """Euclidean norm of each row over all parts, float64 [rows]."""
    squares = [np.square(p.reshape(len(p), -1).astype(np.float64)).sum(axis=1) for p in parts]
    return np.sqrt(np.sum(squares, axis=0))


def _geometric_mean(values: np.ndarray) -> float:
    """Over the values above zero; NaN if one is no number, 0 if all are zero."""
    if not np.isfinite(values).all():
        return float("nan")
    positive = values[values > 0]
    return float(np.exp(np.log(positive).mean())) if len(positive) else 0.0


def _ratio(below: float, above: float) -> float:
    return below / above if above else float("nan")
