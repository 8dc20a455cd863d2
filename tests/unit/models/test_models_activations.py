"""Activations by name, with arguments, and the randomized leaky ReLU."""

import keras
import numpy as np
import pytest

from gradlab.engine.errors import PresetError
from gradlab.engine.models.activations import RReLU, activation_function, activation_layer
from gradlab.engine.preset.catalogue import ACTIVATIONS, LAYER_ACTIVATIONS

X = np.array([[-2.0, -0.5, 0.0, 3.0]], "float32")


def apply(value):
    return np.asarray(activation_layer(value, "model.activation", "activation")(X))


@pytest.mark.parametrize(
    ("value", "negative"),
    [
        ("leaky_relu", [-0.4, -0.1]),
        ("LeakyReLU", [-0.6, -0.15]),
        ({"name": "leaky_relu", "negative_slope": 0.01}, [-0.02, -0.005]),
        ({"class_name": "LeakyReLU", "config": {"negative_slope": 0.1}}, [-0.2, -0.05]),
        ("prelu", [0.0, 0.0]),
        ("elu", np.exp([-2, -0.5]) - 1),
        ({"name": "elu", "alpha": 0.5}, 0.5 * (np.exp([-2, -0.5]) - 1)),
        ("selu", 1.0507009873554805 * 1.6732632423543772 * (np.exp([-2, -0.5]) - 1)),
        ("relu", [0.0, 0.0]),
        ({"name": "relu", "negative_slope": 0.5}, [-1.0, -0.25]),
    ],
)
def test_values_below_zero(value, negative):
    np.testing.assert_allclose(apply(value)[0, :2], negative, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("name", sorted(set(ACTIVATIONS) - {"threshold", "glu"}))
def test_every_activation_of_the_catalogue_becomes_a_layer_with_its_name(name):
    layer = activation_layer(name, "model.activation", "activation_3")
    assert layer.name == "activation_3"
    assert layer(X).shape == X.shape


def test_cell_and_layer_agree_on_leaky_relu():
    for value in ("leaky_relu", "LeakyReLU", {"name": "leaky_relu", "negative_slope": 0.05}):
        np.testing.assert_allclose(activation_function(value, "k")(X), apply(value), rtol=1e-6)


@pytest.mark.parametrize("name", LAYER_ACTIVATIONS)
def test_a_cell_takes_no_layer(name):
    with pytest.raises(PresetError, match=rf"model\.activation: {name} is a layer"):
        activation_function(name, "model.activation")


def test_argument_that_the_function_refuses():
    with pytest.raises(PresetError, match=r"model\.activation: "):
        activation_layer({"name": "relu", "slope": 2}, "model.activation", "a")


def test_function_with_arguments_is_saved_with_the_model(tmp_path):
    inputs = keras.Input((4,))
    layer = activation_layer({"name": "celu", "alpha": 0.3}, "model.activation", "a")
    model = keras.Model(inputs, layer(inputs))
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(loaded(X), keras.activations.celu(X, alpha=0.3))


def test_rrelu_takes_the_mean_slope_in_inference():
    np.testing.assert_allclose(RReLU()(X), [[-2 * 11 / 48, -0.5 * 11 / 48, 0, 3]], rtol=1e-6)


def test_rrelu_draws_a_slope_for_each_element_and_step_in_training():
    layer = RReLU(lower=0.1, upper=0.3, seed=1)
    x = -np.ones((200, 50), "float32")
    first, second = (-np.asarray(layer(x, training=True)) for _ in range(2))
    assert first.min() >= 0.1
    assert first.max() <= 0.3
    assert first.mean() == pytest.approx(0.2, abs=0.003)
    assert first.std() == pytest.approx(0.2 / np.sqrt(12), rel=0.05)
    assert len(np.unique(first)) > 9000
    assert not np.array_equal(first, second)


def test_rrelu_leaves_positive_inputs_alone_in_training():
    x = np.array([[0.0, 0.5, 4.0]], "float32")
    np.testing.assert_array_equal(RReLU()(x, training=True), x)


def test_rrelu_repeats_with_its_seed():
    a, b = (np.asarray(RReLU(seed=5)(X, training=True)) for _ in range(2))
    np.testing.assert_array_equal(a, b)


def test_rrelu_config_round_trip():
    layer = RReLU(lower=0.2, upper=0.4, seed=2, name="r")
    copy = keras.layers.deserialize(keras.layers.serialize(layer))
    assert isinstance(copy, RReLU)
    assert (copy.lower, copy.upper, copy.seed, copy.name) == (0.2, 0.4, 2, "r")


def test_rrelu_refuses_bounds_in_the_wrong_order():
    with pytest.raises(PresetError, match="lower <= upper"):
        activation_layer({"name": "rrelu", "lower": 0.5, "upper": 0.1}, "model.activation", "a")
