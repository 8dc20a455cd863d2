"""The family layers: Keras layers in serialised form."""

import keras
import numpy as np
import pytest

from gradlab.engine.errors import PresetError
from gradlab.engine.models.build import build

DENSE = {"class_name": "Dense", "config": {"units": 10, "activation": "softmax"}}
FLATTEN = {"class_name": "Flatten"}


def layers(*entries):
    return {"family": "layers", "layers": list(entries)}


def test_convolutional_net_with_augmentation(preset, images):
    entries = [
        {"class_name": "Reshape", "config": {"target_shape": [8, 8, 1]}},
        {"class_name": "RandomTranslation", "config": {"height_factor": 0.1, "width_factor": 0.1}},
        {"class_name": "Conv2D", "config": {"filters": 4, "kernel_size": 3, "activation": "relu"}},
        {"class_name": "BatchNormalization"},
        {"class_name": "GaussianNoise", "config": {"stddev": 0.1}},
        FLATTEN,
        {"class_name": "Dense", "config": {"units": 5, "name": "narrow"}},
        {"class_name": "RReLU"},
        DENSE,
    ]
    model = build(preset(layers(*entries)), images)
    assert isinstance(model, keras.Sequential)
    assert model.output_shape == (None, 10)
    assert [layer.name for layer in model.layers] == [
        "reshape", "random_translation", "conv2d", "batch_normalization", "gaussian_noise", "flatten",
        "narrow", "r_re_lu", "dense",
    ]  # fmt: skip
    np.testing.assert_allclose(model(images.train.x).numpy().sum(axis=1), 1, rtol=1e-5)


def test_names_are_numbered_by_class_at_every_build(preset, images):
    hidden = {"class_name": "Dense", "config": {"units": 4}}
    settings = preset(layers(FLATTEN, hidden, hidden, DENSE))
    for _ in range(2):
        names = [layer.name for layer in build(settings, images).layers]
        assert names == ["flatten", "dense", "dense_1", "dense_2"]


def test_weights_follow_the_seed_and_differ_between_layers(preset, images):
    hidden = {"class_name": "Dense", "config": {"units": 64}}
    settings = layers(FLATTEN, hidden, hidden, DENSE)
    first, again = (build(preset(settings, seed=2), images).get_weights() for _ in range(2))
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not np.array_equal(first[0], first[2])


def test_what_keras_serialises_can_be_pasted(preset, images):
    keras_model = keras.Sequential(
        [
            keras.Input((8, 8)),
            keras.layers.Flatten(),
            keras.layers.Dense(6, "relu", kernel_initializer="he_normal"),
            keras.layers.Dense(10, "softmax"),
        ]
    )
    entries = keras_model.get_config()["layers"]
    model = build(preset(layers(*entries)), images)
    assert model.count_params() == keras_model.count_params()
    assert isinstance(model.layers[1].kernel_initializer, keras.initializers.HeNormal)


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        (
            [FLATTEN, {"class_name": "Dens"}],
            r'layers.1: Keras has no layer "Dens"; did you mean "Dense"',
        ),
        (
            [FLATTEN, {"class_name": "Dense", "config": {"unit": 3}}],
            r'layers.1 \(Dense\) has no argument "unit"; did you mean "units"',
        ),
        ([{"class_name": "Dense", "config": {"units": -1}}], r"layers.0 \(Dense\): .*units"),
        ([{"class_name": "Dense", "units": 3}], r"layers.0: .*units belongs into config"),
        ([{"name": "Dense"}], r"layers.0: write"),
        ([{"class_name": "Lambda", "config": {}}], r"layers.0: a Lambda layer runs code"),
        (
            [FLATTEN, {"class_name": "Dense", "config": {"units": 3, "name": "a"}}] * 2,
            r'layers.3 \(Dense\): the name "a" is already taken',
        ),
        *(
            (
                [FLATTEN, {"class_name": "Dense", "config": {"units": 10, "name": name}}],
                r"layers.1 \(Dense\): name = .* must be at most 255 of the characters",
            )
            for name in ("a layer", "\x1b]52;c", "größe", "", 3, [1], "a" * 256)
        ),
        (
            [FLATTEN, {"class_name": "Conv2D", "config": {"filters": 2, "kernel_size": 3}}],
            r"layers.1 \(Conv2D\) cannot follow an output of the shape \(64,\): ",
        ),
        (
            [FLATTEN, {"class_name": "Dense", "config": {"units": 3}}],
            r"layers.1 \(Dense\): one row's output has the shape \(3,\).*needs 10 units",
        ),
        ([DENSE], r"layers.0 \(Dense\): .*shape \(8, 10\).*needs 10 units, one for each class"),
        (
            [{"class_name": "InputLayer", "config": {"batch_shape": [None, 784]}}, DENSE],
            r"layers.0 \(InputLayer\): takes rows of the shape \(784,\)",
        ),
        (
            [{"class_name": "InputLayer", "config": {"batch_shape": [None, 8, 8]}}],
            "at least one layer",
        ),
    ],
)
def test_errors_name_the_layer(preset, images, entries, message):
    with pytest.raises(PresetError, match=message):
        build(preset(layers(*entries)), images)


def test_a_convolution_on_a_table(preset, table):
    convolution = {"class_name": "Conv2D", "config": {"filters": 2, "kernel_size": 3}}
    with pytest.raises(
        PresetError, match=r"\(Conv2D\) cannot follow an output of the shape \(20,\)"
    ):
        build(preset(layers(convolution)), table)


def test_layers_inside_layers_are_written_as_those_outside(preset, images):
    gru = {"class_name": "GRU", "config": {"units": 3}}
    wrapped = {"class_name": "Bidirectional", "config": {"layer": gru}}
    assert build(preset(layers(wrapped, DENSE)), images).output_shape == (None, 10)


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ([FLATTEN, {"class_name": "Dense", "config": {"units": 10, "trainable": False}}],
         "no layer has weights that can be trained"),
        ([FLATTEN, {"class_name": "Dense", "config": {"units": 10, "dtype": "mixed_float16"}}],
         "layer dense computes in float16"),
        ([FLATTEN, {"class_name": "Dense", "config": {"units": -3}}], "positive integer"),
    ],
)  # fmt: skip
def test_what_cannot_be_trained_is_refused(preset, images, entries, message):
    with pytest.raises(PresetError, match=message):
        build(preset(layers(*entries)), images)
