"""Moments of weights against what Keras draws, and the loss of untrained outputs against samples."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from gradlab.engine.theory import NoFormula, expected_initial_loss, kernel_moments

DRAWN = [
    "glorot_uniform", "glorot_normal", "he_uniform", "he_normal", "lecun_uniform", "lecun_normal",
    "orthogonal", "identity", "zeros", "ones", "truncated_normal",
    {"class_name": "RandomNormal", "config": {"mean": 0.1, "stddev": 0.2}},
    {"class_name": "RandomUniform", "config": {"minval": 0.0, "maxval": 1.0}},
    {"class_name": "TruncatedNormal", "config": {"stddev": 0.5}},
    {"class_name": "Orthogonal", "config": {"gain": 1.5}},
    {"class_name": "Identity", "config": {"gain": 0.5}},
    {"class_name": "Constant", "config": {"value": 0.3}},
    {"class_name": "VarianceScaling",
     "config": {"scale": 3.0, "mode": "fan_out", "distribution": "untruncated_normal"}},
]  # fmt: skip


@pytest.mark.parametrize("spec", DRAWN, ids=str)
def test_moments_are_those_of_drawn_kernels(spec):
    keras.utils.set_random_seed(3)
    kernel = np.array(keras.initializers.get(spec)((300, 200)), np.float64)
    moments = kernel_moments(spec, 300, 200)
    assert moments.mean == pytest.approx(kernel.mean(), abs=5e-3 * (kernel.std() + 1))
    assert moments.mean**2 + moments.variance == pytest.approx(np.mean(kernel**2), rel=0.02)


def test_every_initializer_of_keras_is_known():
    names = {n for n in dir(keras.initializers) if n.islower() and not n.startswith("_")}
    # Modules of Keras', which its `get` does not take by name.
    modules = {"identity_initializer", "orthogonal_initializer"}
    for name in names - {"get", "serialize", "deserialize", "stft", "initializer"} - modules:
        assert kernel_moments(name, 4, 4).variance >= 0
    with pytest.raises(NoFormula, match="stft"):
        kernel_moments("stft", 4, 4)


def test_a_mean_other_than_zero_is_not_reliable():
    centred = kernel_moments({"name": "random_uniform", "minval": -1.0, "maxval": 1.0}, 5, 5)
    lifted = kernel_moments({"name": "random_uniform", "minval": 0.0, "maxval": 1.0}, 5, 5)
    assert centred.reliable and not centred.note
    assert not lifted.reliable and "gain 2.5" in lifted.note
    assert not kernel_moments("ones", 5, 5).reliable


def test_identity_is_exact_for_linear_units_only():
    assert not kernel_moments("identity", 5, 5).reliable
    moments = kernel_moments({"name": "identity", "gain": 1.5}, 5, 5, linear=True)
    assert moments.reliable and moments.gain(5) == pytest.approx(2.25)


def test_loss_of_equal_logits_is_the_log_of_the_classes():
    name = "sparse_categorical_crossentropy"
    assert expected_initial_loss(name, classes=10) == pytest.approx(np.log(10))
    assert expected_initial_loss("BinaryCrossentropy") == pytest.approx(np.log(2))


@pytest.mark.parametrize("variance", [0.01, 0.5, 30.0, 1e6])
@pytest.mark.parametrize("classes", [2, 10, 100])
def test_categorical_loss_of_random_logits(classes, variance):
    logits = np.random.default_rng(0).normal(0, variance**0.5, (20_000, classes))
    top = logits.max(axis=1, keepdims=True)
    measured = np.mean(np.log(np.exp(logits - top).sum(axis=1)) + top[:, 0] - logits[:, 0])
    expected = expected_initial_loss(
        "categorical_crossentropy", classes=classes, logit_variance=variance
    )
    assert expected == pytest.approx(measured, rel=0.03)


@pytest.mark.parametrize("variance", [0.0, 0.3, 9.0])
@pytest.mark.parametrize("name", ["mse", "mean_absolute_error", "huber", "binary_crossentropy"])
def test_losses_of_one_random_output(name, variance):
    random = np.random.default_rng(1)
    targets = random.integers(0, 2, (200_000, 1)).astype(np.float32)
    outputs = random.normal(0, variance**0.5, targets.shape).astype(np.float32)
    if name == "binary_crossentropy":
        loss = keras.losses.BinaryCrossentropy(from_logits=True)
    else:
        targets = 3 * targets - 1
        loss = keras.losses.get(name)
    measured = float(np.mean(loss(targets, outputs)))
    expected = expected_initial_loss(name, logit_variance=variance, targets=targets)
    assert expected == pytest.approx(measured, rel=0.01)


def test_unknown_losses_have_no_formula():
    with pytest.raises(NoFormula, match="circle"):
        expected_initial_loss("circle")
