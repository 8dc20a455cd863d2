"""Convolution kernels that look the same in every direction."""

# Keras declares no types.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false

from __future__ import annotations

from typing import Any

import keras
import numpy as np


@keras.saving.register_keras_serializable("gradlab")
class RadialConstraint(keras.constraints.Constraint):
    """Makes the weights of a Conv2D kernel the same for each radius: the mean of their square ring.

    Keras had it until 2; it took one cell of each ring for all of them.
    """

    def __call__(self, w: Any) -> Any:
        """The nearest radial kernel to one of [height, width, channels, filters].

        Raises:
            ValueError: a kernel of other axes.
        """
        if len(w.shape) != 4:
            raise ValueError(
                f"a radial constraint needs the kernel of a Conv2D layer, not one of {tuple(w.shape)}"
            )
        rings = _rings(*(int(size) for size in w.shape[:2]))
        mean = rings / rings.sum(axis=1, keepdims=True)
        flat = keras.ops.reshape(w, (rings.shape[1], -1))
        by_ring = keras.ops.matmul(keras.ops.cast(mean, w.dtype), flat)
        spread = keras.ops.matmul(keras.ops.cast(rings.T, w.dtype), by_ring)
        return keras.ops.reshape(spread, w.shape)


def _rings(height: int, width: int) -> np.ndarray:
    """Which cells lie on which square ring around the middle, 0 or 1 [rings, height * width]."""
    down = np.abs(np.arange(height) - (height - 1) / 2)
    across = np.abs(np.arange(width) - (width - 1) / 2)
    ring = np.floor(np.maximum(down[:, None], across)).reshape(-1)
    numbers = np.unique(ring)
    return (ring == numbers[:, None]).astype(float)
