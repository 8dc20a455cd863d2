"""Mean-field figures of the literature: q*, chi and delta ratios by activation and initializer."""

from __future__ import annotations

from math import e, pi, sqrt

import pytest
from scipy.special import ndtr

from gradlab.engine.theory import (
    activation,
    chi,
    correlation_depth,
    delta_ratio,
    fixed_point,
    kernel_moments,
    q_map,
    weight_gradient_ratio,
)

WIDTH = 256


def gain(initializer, width=WIDTH):
    return kernel_moments(initializer, width, width).gain(width)


STANDARD = {"name": "random_uniform", "minval": -1 / sqrt(WIDTH), "maxval": 1 / sqrt(WIDTH)}
UNIT_NORMAL = {"name": "random_normal", "stddev": 1.0}


@pytest.mark.parametrize(
    ("name", "initializer", "variance", "ratio"),
    [
        ("linear", STANDARD, 0.0, 0.577),
        ("linear", "glorot_uniform", 1.0, 1.0),
        ("linear", "he_normal", float("inf"), 1.41421),
        ("tanh", "he_uniform", 0.618, 1.0514),
        ("tanh", STANDARD, 0.0, 0.5774),
        ("sigmoid", "glorot_uniform", 0.2647, 0.2361),
        ("sigmoid", "he_normal", 0.5553, 0.3178),
        ("relu", "glorot_normal", 0.0, 0.7071),
        ("relu", "he_uniform", 1.0, 1.0),
        ("relu", UNIT_NORMAL, float("inf"), sqrt(WIDTH / 2)),
        ("selu", "lecun_normal", 1.0, 1.0352),
    ],
)
def test_fixed_point_and_delta_ratio(name, initializer, variance, ratio):
    phi, sigma_w = activation(name), gain(initializer)
    q = fixed_point(phi, sigma_w)
    assert q == pytest.approx(variance, rel=2e-3)
    # Piecewise linear activations have the same slope at every scale.
    assert delta_ratio(phi, min(q, 1e12), sigma_w) == pytest.approx(
        ratio, rel=2e-4 + 1e-3 * (ratio < 1)
    )


def test_selu_chi_in_closed_form():
    scale, alpha = 1.0507009873554805, 1.6732632423543772
    expected = scale**2 * (0.5 + alpha**2 * e**2 * ndtr(-2))
    assert expected == pytest.approx(1.07157, abs=1e-5)
    assert chi(activation("selu"), 1.0, 1.0) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(("name", "initializer", "ten", "twenty"), [
    ("tanh", "glorot_uniform", 0.267, 0.190),
    ("tanh", "he_normal", 1.08, 1.79),
    ("tanh", STANDARD, 0.0031, 1.3e-5),
    ("sigmoid", "glorot_uniform", 4.8e-7, 2.6e-13),
    ("sigmoid", "he_normal", 8.9e-6, 9.3e-11),
    ("relu", "glorot_uniform", 0.0312, 9.8e-4),
    ("relu", "he_normal", 1.0, 1.0),
    ("selu", "lecun_normal", 1.41, 2.00),
])  # fmt: skip
def test_product_of_ratios_above_inputs_of_unit_variance(name, initializer, ten, twenty):
    phi, sigma_w = activation(name), gain(initializer)
    q, product, products = sigma_w, 1.0, []  # inputs of mean square 1
    for _ in range(20):
        product *= delta_ratio(phi, q, sigma_w)
        products.append(product)
        q = q_map(phi, q, sigma_w)
    assert [products[9], products[19]] == pytest.approx([ten, twenty], rel=0.03)


@pytest.mark.parametrize("width", [30, 100, 256])
def test_unit_normal_weights_on_tanh_and_sigmoid(width):
    sigma_w = gain(UNIT_NORMAL, width)
    tanh, sigmoid = activation("tanh"), activation("sigmoid")
    saturated = chi(tanh, fixed_point(tanh, sigma_w), sigma_w)
    # The asymptote 4 sqrt(n) / (3 sqrt(2 pi)) takes q* = n; q* itself is a little smaller.
    assert saturated == pytest.approx(4 * sqrt(width) / (3 * sqrt(2 * pi)), rel=0.11)
    assert saturated > 4 * sqrt(width) / (3 * sqrt(2 * pi))
    measured = delta_ratio(sigmoid, fixed_point(sigmoid, sigma_w), sigma_w)
    assert measured == pytest.approx({30: 0.741, 100: 0.993, 256: 1.246}[width], rel=1e-3)


def test_unit_normal_weights_at_width_256():
    tanh, sigma_w = activation("tanh"), gain(UNIT_NORMAL)
    assert chi(tanh, fixed_point(tanh, sigma_w), sigma_w) == pytest.approx(8.73, rel=1e-3)


def test_tanh_with_glorot_decays_as_one_over_twice_the_depth():
    phi, q = activation("tanh"), 1.0
    for _ in range(2000):
        q = q_map(phi, q, 1.0)
    assert q == pytest.approx(1 / 4000, rel=0.03)
    assert fixed_point(phi, 1.0) == 0.0


@pytest.mark.parametrize(("name", "sigma_w"), [("relu", 1.0), ("tanh", 1 / 3), ("linear", 1 / 3)])
def test_weight_gradients_hide_vanishing(name, sigma_w):
    phi = activation(name)
    assert delta_ratio(phi, 1e-6, sigma_w) < 0.72
    assert weight_gradient_ratio(phi, 1e-6, sigma_w) == pytest.approx(1.0, rel=1e-4)


def test_correlation_depth_of_schoenholz():
    phi = activation("tanh")
    q = fixed_point(phi, 1.0, 0.05)
    assert correlation_depth(phi, q, 1.0, 0.05) == pytest.approx(3.63, rel=0.01)


@pytest.mark.parametrize(("initializer", "expected"), [
    ("lecun_uniform", 1.0), ("glorot_normal", 1.0), ("he_uniform", 2.0), (STANDARD, 1 / 3),
    ({"class_name": "RandomNormal", "config": {"stddev": 0.1}}, 2.56),
    ({"class_name": "RandomUniform", "config": {"minval": -0.3, "maxval": 0.3}}, 256 * 0.03),
    (UNIT_NORMAL, 256.0),
])  # fmt: skip
def test_gain_of_initializers(initializer, expected):
    assert gain(initializer) == pytest.approx(expected)
