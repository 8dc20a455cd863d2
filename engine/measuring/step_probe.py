"""The statistics of every layer at every step, computed inside the compiled step."""

# Keras declares no types, and the stubs of TensorFlow have gaps.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from ..models.capture import Calls
from ..stream.events import CLIP_SCALARS, STEP_SCALARS, WEIGHT_STATISTICS, Column
from .sites import Site
from .sums import size, sums_of_squares, totals

SATURATION = 0.95**0.5
"""A unit counts as saturated beyond this share of its range: tanh and sigmoid then have less than
5 % of their largest slope, since tanh' = 1 - a^2 and sigmoid' = (1 - (2a - 1)^2) / 4."""


class StepProbe:
    """Which series a model's steps record, and how each is computed.

    Args:
        sites: the measured layers.
        clipped: whether gradients are clipped, so that norms after it are worth recording.
    """

    def __init__(self, sites: Sequence[Site], *, clipped: bool) -> None:
        self.sites = tuple(sites)
        self.clipped = clipped
        self.columns = tuple(
            [Column("", name) for name in (*STEP_SCALARS, *(CLIP_SCALARS if clipped else ()))]
            + [Column(site.info.name, s) for site in self.sites for s in self._statistics(site)]
        )
        named = [
            (Column(site.info.name, f"{part}_grad_norm"), variable)
            for part in ("recurrent", "bias")
            for site in self.sites
            if (variable := getattr(site, part)) is not None
        ]
        self._beside = [column for column, _ in named]
        self.beside = [variable for _, variable in named]
        """Variables beside the kernels whose gradients are series of their own."""
        recurrent = [site for site in self.sites if site.recurrent is not None]
        self.weighed = [
            *(site.kernel for site in self.sites),
            *(site.recurrent for site in recurrent if site.recurrent is not None),
        ]
        """Variables whose norms and updates are series."""
        self.weight_columns = tuple(
            Column(site.info.name, statistic)
            for group, statistics in (
                (self.sites, WEIGHT_STATISTICS[:2]),
                (recurrent, WEIGHT_STATISTICS[2:]),
            )
            for site in group
            for statistic in statistics
        )

    def deltas(self, calls: Calls) -> list[list[Any]]:
        """For each site, the tensors whose gradient is its delta."""
        return [[call.linear for call in calls.of(site.layer)] for site in self.sites]

    def activations(self, calls: Calls) -> list[list[Any]]:
        """For each site, the activations of its calls."""
        return [site.activations(calls) for site in self.sites]

    def measure(
        self,
        activations: Sequence[Sequence[tf.Tensor]],
        deltas: Sequence[Sequence[tf.Tensor]],
        kernel_gradients: Sequence[tf.Tensor],
        clipped_gradients: Sequence[tf.Tensor],
        other_gradients: Sequence[tf.Tensor],
        other_clipped: Sequence[tf.Tensor],
        mask: tf.Tensor,
    ) -> tf.Tensor:
        """The series of `columns` from the global gradient norm on, float32.

        Args:
            activations: for each site, the activations of its calls.
            deltas: for each site, dL/d(linear output) of each of its calls.
            kernel_gradients: for each site, the gradient of its kernel before clipping.
            clipped_gradients: the same after clipping.
            other_gradients: gradients of all other weights, for the global norm; those of `beside`
                come first.
            other_clipped: the same after clipping.
            mask: 1 for rows that are trained and 0 for padding, [batch].
        """
        rows = mask[:, None]
        flat = [_rows(parts) for parts in activations]
        # Counted from one of the activations, a spread far below the mean keeps its digits.
        origins = [values[0, 0] for values in flat]
        moved = [(values - at) * rows for values, at in zip(flat, origins, strict=True)]
        clipped = clipped_gradients if self.clipped else []
        squared = sums_of_squares(
            [*kernel_gradients, *other_gradients, *map(_rows, deltas), *clipped, *moved]
        )
        flags = {
            Column(site.info.name, statistic): tf.cast(flag, rows.dtype) * rows
            for site, values in zip(self.sites, flat, strict=True)
            for statistic, flag in _flags(site, values).items()
        }
        summed = totals([*moved, *flags.values()])

        layers = [site.info.name for site in self.sites]
        width = dict(zip(layers, [float(values.shape[1] or 0) for values in flat], strict=True))
        sizes = [len(layers), len(other_gradients), len(layers), len(clipped), len(layers)]
        kernels, others, delta, after, spread = tf.split(squared, sizes)
        count = tf.reduce_sum(tf.cast(mask, tf.float64))
        numbers = count * list(width.values())
        offset = summed[: len(layers)] / numbers
        beside = tf.sqrt(others[: len(self._beside)])
        values = {
            "grad_norm": tf.sqrt(kernels),
            "delta_norm": tf.sqrt(delta),
            "activation_mean": tf.cast(tf.stack(origins), tf.float64) + offset,
            "activation_std": tf.sqrt(tf.maximum(spread / numbers - tf.square(offset), 0.0)),
        }
        if clipped:
            values["grad_norm_clipped"] = tf.sqrt(after)
        columns = [Column(layer, statistic) for statistic in values for layer in layers]
        shares = summed[len(layers) :] / (count * [width[column.layer] for column in flags])
        known = enumerate([*columns, *flags, *self._beside])
        position = {column: index for index, column in known}
        order = [position[column] for column in self.columns if column.layer]
        series = tf.gather(tf.concat([*values.values(), shares, beside], axis=0), order)
        scalars = [tf.sqrt(tf.reduce_sum(tf.concat([kernels, others], axis=0)))]
        if clipped:
            before, now = [*kernel_gradients, *other_gradients], [*clipped, *other_clipped]
            scalars += turned(before, now, scalars[0])
        return tf.cast(tf.concat([tf.stack(scalars), series], axis=0), tf.float32)

    def _statistics(self, site: Site) -> list[str]:
        names = ["grad_norm"]
        names += ["recurrent_grad_norm"] * (site.recurrent is not None)
        names += ["bias_grad_norm"] * (site.bias is not None)
        if self.clipped:
            names.append("grad_norm_clipped")
        names += ["delta_norm", "activation_mean", "activation_std"]
        if site.can_be_zero:
            names.append("zero_share")
        if site.bounds:
            names.append("saturated_share")
        return names


def turned(
    before: Sequence[tf.Tensor], after: Sequence[tf.Tensor], norm: tf.Tensor
) -> list[tf.Tensor]:
    """Norm of all gradients after clipping, and the angle in degrees to what they were; of norm `norm`."""
    pairs = [
        (tf.cast(g, tf.float64), tf.cast(c, tf.float64)) for g, c in zip(before, after, strict=True)
    ]
    product = tf.reduce_sum(totals([g * c for g, c in pairs]))
    clipped = tf.sqrt(tf.reduce_sum(sums_of_squares(after)))
    lengths = norm * clipped
    cosine = tf.clip_by_value(product / lengths, -1.0, 1.0)
    angle = tf.acos(cosine) * (180 / math.pi)
    return [clipped, tf.where(tf.equal(lengths, 0.0), tf.zeros_like(angle), angle)]


def weight_statistics(before: Sequence[tf.Tensor], after: Sequence[tf.Tensor]) -> tf.Tensor:
    """||W|| and ||W_after - W_before|| / ||W_before|| of each kernel, float32 [2 * kernels]."""
    moves = [new - old for old, new in zip(before, after, strict=True)]
    squares = sums_of_squares([*before, *after, *moves])
    old, new, moved = tf.unstack(tf.sqrt(tf.reshape(squares, [3, len(before)])))
    pairs = tf.stack([new, tf.math.divide_no_nan(moved, old)], axis=1)
    return tf.cast(tf.reshape(pairs, [-1]), tf.float32)


def saturated(values: Any, bounds: tuple[float, float]) -> Any:
    """Where activations lie in the flat ends of their range, as booleans."""
    low, high = bounds
    return abs(values - (low + high) / 2) > SATURATION * (high - low) / 2


def _rows(parts: Sequence[tf.Tensor]) -> tf.Tensor:
    """The outputs of a layer's calls side by side, [batch, numbers of a row]."""
    flat = [tf.reshape(part, [tf.shape(part)[0], size(part.shape[1:])]) for part in parts]
    return flat[0] if len(flat) == 1 else tf.concat(flat, axis=1)


def _flags(site: Site, activations: tf.Tensor) -> dict[str, tf.Tensor]:
    """Which activations are zero and which saturated, where a site can have such."""
    flags: dict[str, tf.Tensor] = {}
    if site.can_be_zero:
        flags["zero_share"] = tf.equal(activations, 0.0)
    if site.bounds:
        flags["saturated_share"] = saturated(activations, site.bounds)
    return flags
