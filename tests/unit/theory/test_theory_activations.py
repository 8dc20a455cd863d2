"""Values, slopes and Gaussian moments of every activation, against Keras and against sums."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

from gradlab.engine.models.activations import activation_layer
from gradlab.engine.theory import ACTIVATIONS, NoFormula, activation

LAYERS = ("prelu", "rrelu")
BARE = sorted(set(ACTIVATIONS) - {"threshold"})
WITH_ARGUMENTS = [
    {"name": "relu", "negative_slope": 0.1, "max_value": 2.0, "threshold": 0.5},
    {"name": "relu", "max_value": 6.0},
    {"name": "leaky_relu", "negative_slope": 0.01},
    {"class_name": "LeakyReLU", "config": {}},
    {"name": "elu", "alpha": 0.5},
    {"name": "prelu", "alpha_initializer": {"class_name": "Constant", "config": {"value": 0.25}}},
]
FUNCTIONS_WITH_ARGUMENTS = [
    ("gelu", {"approximate": True}),
    ("celu", {"alpha": 2.0}),
    ("soft_shrink", {"threshold": 1.0}),
    ("hard_shrink", {"threshold": 1.0}),
    ("squareplus", {"b": 2.0}),
    ("threshold", {"threshold": 0.3, "default_value": -1.0}),
]
# No point falls on a kink, where either side's slope is right.
POINTS = np.linspace(-8.03, 8.01, 401, dtype=np.float32)


def keras_value_and_slope(function):
    x = tf.constant(POINTS[:, None])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = function(x)
    return np.ravel(y), np.ravel(tape.gradient(y, x))


def assert_like_keras(phi, function):
    value, slope = keras_value_and_slope(function)
    z = POINTS.astype(np.float64)
    np.testing.assert_allclose(phi.value(z), value, rtol=2e-4, atol=2e-5)
    np.testing.assert_allclose(phi.slope(z), slope, rtol=2e-4, atol=2e-4)


@pytest.mark.parametrize("spec", [*BARE, *WITH_ARGUMENTS], ids=str)
def test_value_and_slope_are_those_of_keras(spec):
    assert_like_keras(activation(spec), activation_layer(spec, "model.activation", "layer"))


@pytest.mark.parametrize(("name", "arguments"), FUNCTIONS_WITH_ARGUMENTS)
def test_arguments_of_functions(name, arguments):
    function = getattr(keras.activations, name)
    assert_like_keras(activation({"name": name, **arguments}), lambda x: function(x, **arguments))


def test_every_elementwise_activation_of_keras_is_known():
    names = {n for n in dir(keras.activations) if not n.startswith("_")}
    mixing = {"softmax", "log_softmax", "sparsemax", "glu"}
    assert names - {"get", "serialize", "deserialize"} - mixing == set(ACTIVATIONS) - set(LAYERS)


@pytest.mark.parametrize("name", sorted({"softmax", "glu", "no_such_activation"}))
def test_other_activations_have_no_formula(name):
    with pytest.raises(NoFormula, match=name):
        activation(name)


@pytest.mark.parametrize(("mean", "variance"), [(0.0, 1.0), (0.0, 250.0), (-0.7, 0.3), (3.0, 1e-3)])
@pytest.mark.parametrize("name", [n for n in BARE if n != "exponential"])
def test_moments_against_a_fine_sum(name, mean, variance):
    phi, deviation = activation(name), variance**0.5
    z = mean + deviation * (np.linspace(-10, 10, 400_001) + 3e-6)
    weights = np.exp(-0.5 * ((z - mean) / deviation) ** 2)
    weights /= weights.sum()
    value, slope = phi.value(z), phi.slope(z)
    moments = phi.moments(mean, variance)
    expected = [weights @ power for power in (value, value**2, slope, slope**2, slope**4)]
    if name == "rrelu":  # the sum knows the mean slope only
        expected, moments = [expected[0], expected[2]], (moments.mean, moments.slope)
    np.testing.assert_allclose(moments, expected, rtol=5e-4, atol=1e-5 * (1 + variance))


def test_moments_of_the_exponential_against_a_fine_sum():
    z = np.linspace(-12, 16, 200_001)
    weights = np.exp(-0.5 * ((z - 0.2) ** 2) / 0.5)
    weights /= weights.sum()
    expected = [weights @ np.exp(k * z) for k in (1, 2, 1, 2, 4)]
    np.testing.assert_allclose(activation("exponential").moments(0.2, 0.5), expected, rtol=1e-6)


def test_randomized_slopes_of_rrelu():
    draws = np.random.default_rng(0).uniform(1 / 8, 1 / 3, 1_000_000)
    moments = activation("rrelu").moments(0.0, 1.0)
    assert moments.second == pytest.approx((1 + np.mean(draws**2)) / 2, rel=1e-3)
    assert moments.slope_second == pytest.approx((1 + np.mean(draws**2)) / 2, rel=1e-3)


@pytest.mark.parametrize(("name", "largest"), [("tanh", 1.0), ("sigmoid", 0.25), ("softsign", 1.0)])
def test_saturation_point(name, largest):
    phi = activation(name)
    low, high = phi.value(np.array([-1e9, 1e9]))
    at = phi.value(np.array([phi.saturation_point]))[0]
    assert (2 * at - low - high) / (high - low) == pytest.approx(0.9747, abs=1e-4)
    if name != "softsign":
        assert phi.slope(np.array([phi.saturation_point]))[0] == pytest.approx(0.05 * largest)
    u = np.random.default_rng(1).normal(0.5, 4.0, 400_000)
    share = np.mean(abs(u) > phi.saturation_point)
    assert phi.saturated_share(0.5, 16.0) == pytest.approx(share, abs=3e-3)
