"""The accuracy of old, which the figures of older tutorials were printed with."""

# Keras declares no types.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false

from __future__ import annotations

from typing import Any

import keras


class RoundedAccuracy(keras.metrics.MeanMetricWrapper):
    """Share of the rows whose output, rounded, is their label, as Keras counted accuracy until 2.2.

    With the labels -1 and 1 of a hinge loss an output between -0.5 and 0.5 is wrong on either side.

    Args:
        margin: whether labels 0 and 1 stand for -1 and 1, as in a hinge loss.
        name: what the logs call it.
        dtype: of the result.
    """

    def __init__(
        self, margin: bool = False, name: str = "rounded_accuracy", dtype: Any = None
    ) -> None:
        super().__init__(fn=_rounded_right, name=name, dtype=dtype, margin=margin)
        self._direction = "up"


def _rounded_right(y_true: Any, y_pred: Any, margin: bool) -> Any:
    labels = keras.ops.cast(y_true, y_pred.dtype)
    labels = 2 * labels - 1 if margin else labels
    right = keras.ops.equal(keras.ops.round(y_pred), labels)
    return keras.ops.mean(keras.ops.cast(right, "float32"), axis=-1)
