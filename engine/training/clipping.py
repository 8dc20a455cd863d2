"""Gradient clipping with Keras 3's meanings; unlike a stock optimizer, a norm and a value together."""

from __future__ import annotations

from collections.abc import Sequence

import tensorflow as tf

from ..preset.schema import OptimizerSettings


def clips(settings: OptimizerSettings) -> bool:
    """Whether any clip is set."""
    return any((settings.clipnorm, settings.global_clipnorm, settings.clipvalue))


def clip(
    gradients: Sequence[tf.Tensor], norms: Sequence[tf.Tensor], settings: OptimizerSettings
) -> list[tf.Tensor]:
    """Clip gradients: by norm first, then by value.

    `clipnorm` scales each variable's gradient g by min(1, clipnorm / ||g||), `global_clipnorm` all
    of them by one such factor (Pascanu et al. 2013), `clipvalue` cuts every element.

    Args:
        gradients: one for each variable.
        norms: their norms, float64 scalars.
        settings: where the thresholds are set.
    """
    clipped = list(gradients)
    if settings.clipnorm:
        factors = [_factor(norm, settings.clipnorm) for norm in norms]
        clipped = [g * factor for g, factor in zip(clipped, factors, strict=True)]
    if settings.global_clipnorm:
        total = tf.sqrt(tf.add_n([tf.square(norm) for norm in norms]))
        factor = _factor(total, settings.global_clipnorm)
        clipped = [g * factor for g in clipped]
    if settings.clipvalue:
        clipped = [tf.clip_by_value(g, -settings.clipvalue, settings.clipvalue) for g in clipped]
    return clipped


def _factor(norm: tf.Tensor, limit: float) -> tf.Tensor:
    """min(1, limit / norm) as float32; a non-finite norm gives NaN, which must stay visible."""
    factor = tf.where(norm > limit, limit / norm, tf.ones_like(norm))
    return tf.cast(tf.where(tf.math.is_finite(norm), factor, norm * 0 + float("nan")), tf.float32)
