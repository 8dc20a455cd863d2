"""What a net answers all over a plane of two inputs: the picture of a decision boundary."""

# Keras declares no types, and the stubs of TensorFlow have gaps.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false, reportUnknownLambdaType=false

from __future__ import annotations

import keras
import numpy as np
import tensorflow as tf

from ..data.dataset import Dataset
from ..stream.events import CERTAIN, UNKNOWN, Boundary, Extent

ROWS, COLUMNS = 40, 60
"""Places of the grid."""


def extent_of(x: np.ndarray, margin: float = 0.08) -> Extent:
    """The plane around points [rows, 2], with a margin as a share of its width and height."""
    low, high = x.min(axis=0), x.max(axis=0)
    pad = np.maximum((high - low) * margin, 1e-6)
    low, high = low - pad, high + pad
    return float(low[0]), float(high[0]), float(low[1]), float(high[1])


class BoundaryProbe:
    """Evaluates a model on a grid again and again.

    The forward pass is traced once, in inference mode, in which it draws no random numbers and changes
    nothing.

    Args:
        model: takes two inputs and tells classes.
        dataset: the data it trains on, whose training rows say which plane is of interest.
        rows: of the grid.
        columns: of the grid.

    Raises:
        ValueError: not a data set of classes on two inputs.
    """

    def __init__(
        self, model: keras.Model, dataset: Dataset, *, rows: int = ROWS, columns: int = COLUMNS
    ) -> None:
        if not drawable(dataset):
            raise ValueError(f"{dataset.name} is not a plane of classes: {dataset.input_shape}")
        self.extent = extent_of(dataset.train.x)
        left, right, bottom, top = self.extent
        across, up = np.meshgrid(np.linspace(left, right, columns), np.linspace(top, bottom, rows))
        grid = np.stack([across.ravel(), up.ravel()], axis=1).astype(np.float32)
        self._shape = (rows, columns)
        self._grid = tf.constant(grid)
        self._activation = _final_activation(model)
        self._forward = tf.function(lambda x: model(x, training=False), autograph=False)

    def measure(self, epoch: int, step: int) -> Boundary:
        """What the net answers with the weights as they are now."""
        values = probabilities(self._forward(self._grid).numpy(), self._activation)
        known = np.isfinite(values)
        levels = np.full(values.shape, UNKNOWN, np.uint8)
        levels[known] = np.round(values[known] * CERTAIN)
        return Boundary(epoch, step, self.extent, levels.reshape(*self._shape, -1))


def _final_activation(model: keras.Model) -> str:
    activation = getattr(model.layers[-1], "activation", None)
    return getattr(activation, "__name__", "linear")


def drawable(dataset: Dataset) -> bool:
    """Whether a data set is a plane of classes."""
    return dataset.input_shape == (2,) and dataset.task in ("binary", "classification")


def probabilities(outputs: np.ndarray, activation: str) -> np.ndarray:
    """Class probabilities from a model's outputs.

    Args:
        outputs: [rows, units]; one unit tells the second of two classes.
        activation: name of the last activation; what is neither sigmoid nor softmax gives logits.

    Returns:
        float32 [rows, classes].
    """
    values = outputs.astype(np.float64)
    if activation not in ("sigmoid", "hard_sigmoid", "softmax", "sparsemax", "sparse_sigmoid"):
        if values.shape[1] == 1:
            values = 0.5 + 0.5 * np.tanh(values / 2)
        else:
            values = np.exp(values - values.max(axis=1, keepdims=True))
            values /= values.sum(axis=1, keepdims=True)
    if values.shape[1] == 1:
        values = np.concatenate([1 - values, values], axis=1)
    return values.astype(np.float32)
