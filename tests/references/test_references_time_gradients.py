"""The gradient by time step at initialization, against what is known of recurrent cells.

Over 100 steps of the adding task, 64 units: an orthogonal SimpleRNN keeps about a thousandth (tanh
takes its share at each step), a GRU about 0.62 a step, an LSTM with Keras' forget bias of 1 about
sigmoid(1) a step and less, and an identity matrix under relu (Le et al. 2015) everything.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from gradlab.engine.data.load import load_data
from gradlab.engine.measuring.time_gradients import time_delta_norms
from gradlab.engine.preset.schema import DataSettings

STEPS = 100


@pytest.fixture(scope="module")
def sequences() -> np.ndarray:
    options = {"n_samples": 64, "T": STEPS, "random_state": 0}
    return load_data(DataSettings(name="adding", validation=0.0, options=options)).train.x


def norms_by_step(layer: Any, x: np.ndarray) -> np.ndarray:
    """||dL/dh_t|| for a random cotangent at the last step, float64 [steps]."""
    layer.build(x.shape)
    top = np.random.default_rng(0).normal(size=(len(x), layer.units)).astype("float32")
    return time_delta_norms([layer], lambda: tf.reduce_sum(top * layer(x)))[0].numpy()


@pytest.mark.parametrize(
    ("cell", "lowest", "highest"), [("SimpleRNN", 1e-4, 2e-2), ("GRU", 1e-22, 1e-18),
                                    ("LSTM", 1e-10, 1e-6)]
)  # fmt: skip
def test_what_reaches_the_first_step(
    cell: str, lowest: float, highest: float, sequences: np.ndarray
) -> None:
    keras.utils.set_random_seed(0)
    norms = norms_by_step(getattr(keras.layers, cell)(64), sequences)
    assert norms.shape == (STEPS,)
    assert lowest < norms[0] / norms[-1] < highest


def test_an_identity_matrix_under_relu_keeps_the_gradient(sequences: np.ndarray) -> None:
    keras.utils.set_random_seed(0)
    small: Any = keras.initializers.RandomNormal(stddev=0.001)
    layer = keras.layers.SimpleRNN(
        64, activation="relu", recurrent_initializer="identity",
        kernel_initializer=small,
    )  # fmt: skip
    norms = norms_by_step(layer, sequences)
    # relu lets through the units that are on, about half of them, and those stay on.
    assert 0.5 < norms[0] / norms[-1] < 0.9
    assert norms[0] / norms[-2] > 0.97


def test_agrees_with_products_of_jacobians() -> None:
    """dL/dh_t = (W diag(1 - h_(t+1)^2)) ... (W diag(1 - h_T^2)) dL/dh_T for tanh, row by row."""
    keras.utils.set_random_seed(1)
    layer: Any = keras.layers.SimpleRNN(5, return_sequences=True)
    x = np.random.default_rng(1).normal(size=(3, 8, 2)).astype("float32")
    hidden = layer(x).numpy().astype("float64")
    matrix = np.asarray(layer.cell.recurrent_kernel, "float64")
    top = np.random.default_rng(2).normal(size=(3, 5)).astype("float32")
    delta, expected = top.astype("float64"), []
    for step in range(7, -1, -1):
        expected.insert(0, np.linalg.norm(delta))
        delta = (delta * (1 - hidden[:, step] ** 2)) @ matrix.T
    measured = time_delta_norms([layer], lambda: tf.reduce_sum(top * layer(x)[:, -1]))[0]
    np.testing.assert_allclose(measured, expected, rtol=1e-5)


def test_a_model_goes_on_as_before(sequences: np.ndarray) -> None:
    keras.utils.set_random_seed(0)
    layer = keras.layers.LSTM(4)
    before = layer(sequences).numpy()
    time_delta_norms([layer], lambda: tf.reduce_sum(layer(sequences)))
    assert "call" not in vars(layer)
    np.testing.assert_array_equal(layer(sequences), before)
