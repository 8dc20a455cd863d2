"""The family mlp: what is built, in which order, under which names, from which weights."""

import keras
import numpy as np
import pytest

from gradlab.engine.errors import PresetError
from gradlab.engine.models.build import build


def names(model):
    return [layer.name for layer in model.layers]


def test_layers_have_the_same_plain_names_at_every_build(preset, images):
    settings = preset({"depth": 2, "width": 4, "activation": "sigmoid"})
    expected = [
        "input", "flatten", "dense", "activation", "dense_1", "activation_1", "output", "prediction",
    ]  # fmt: skip
    assert names(build(settings, images)) == expected
    assert names(build(settings, images)) == expected


def test_dense_layers_are_linear_and_the_activation_is_a_layer_of_its_own(preset, images):
    model = build(preset({"depth": 1, "activation": "tanh"}), images)
    assert model.get_layer("dense").activation is keras.activations.linear
    assert model.get_layer("activation").activation is keras.activations.tanh


@pytest.mark.parametrize(
    ("data", "activation", "shape"),
    [
        ("images", keras.activations.softmax, (None, 10)),
        ("circles", keras.activations.sigmoid, (None, 1)),
        ("regression", None, (None, 2)),
    ],
)
def test_output_follows_the_targets(preset, request, data, activation, shape):
    model = build(preset(), request.getfixturevalue(data))
    assert model.output_shape == shape
    if activation is None:
        assert model.layers[-1].name == "output"
    else:
        assert model.layers[-1].activation is activation


def test_one_width_for_each_layer(preset, table):
    model = build(preset({"width": [7, 5, 3]}), table)
    assert [layer.units for layer in model.layers if hasattr(layer, "units")] == [7, 5, 3, 3]


def test_widths_and_depth_must_agree(preset, table):
    with pytest.raises(PresetError, match=r"model\.width: \[7, 5\] does not fit model\.depth = 3"):
        build(preset({"width": [7, 5], "depth": 3}), table)


@pytest.mark.parametrize(
    ("normalization", "expected"),
    [
        ("before", ["dense", "batch_normalization", "noise_before", "activation", "noise_after"]),
        ("after", ["dense", "noise_before", "activation", "batch_normalization", "noise_after"]),
        ("none", ["dense", "noise_before", "activation", "noise_after"]),
    ],
)
def test_order_inside_a_hidden_layer(preset, table, normalization, expected):
    noise = {"input": 0.1, "before": 0.2, "after": 0.3}
    settings = {
        "depth": 1, "normalization": normalization, "noise": noise, "dropout": 0.4,
        "input_dropout": 0.2, "input_normalization": True,
    }  # fmt: skip
    model = build(preset(settings), table)
    before = ["input", "input_dropout", "input_noise", "input_normalization"]
    assert names(model) == [*before, *expected, "dropout", "output", "prediction"]
    assert model.get_layer("noise_before").stddev == 0.2
    assert model.get_layer("noise_after").stddev == 0.3
    assert model.get_layer("dropout").rate == 0.4


def test_residual_adds_the_input_of_each_layer_after_the_first(preset, table):
    settings = {"depth": 3, "width": 6, "residual": True, "activation": "relu"}
    model = build(preset(settings), table)
    assert [name for name in names(model) if "add" in name] == ["add_1", "add_2"]
    assert not [name for name in names(model) if "projection" in name]
    # With the inner kernels at zero only the shortcuts are left.
    for name in ("dense_1", "dense_2"):
        layer = model.get_layer(name)
        layer.set_weights([np.zeros_like(w) for w in layer.get_weights()])
    first = keras.Model(model.input, model.get_layer("activation").output)
    last = keras.Model(model.input, model.get_layer("add_2").output)
    np.testing.assert_array_equal(first(table.train.x), last(table.train.x))


def test_residual_projects_without_bias_where_the_width_changes(preset, table):
    model = build(preset({"width": [6, 4, 4], "residual": True}), table)
    projection = model.get_layer("projection_1")
    assert projection.units == 4
    assert not projection.use_bias
    assert "projection_2" not in names(model)


def test_regularizers_and_constraints_stand_where_they_are_asked_for(preset, table):
    settings = {
        "depth": 1,
        "kernel_regularizer": {"name": "l2", "l2": 0.01},
        "bias_regularizer": "l1",
        "kernel_constraint": {"class_name": "MaxNorm", "config": {"max_value": 3}},
        "bias_constraint": "non_neg",
        "activity_regularizer": {"name": "l1", "l1": 0.5},
        "output_regularizer": "l1_l2",
        "output_constraint": "unit_norm",
    }
    model = build(preset(settings), table)
    dense, output = model.get_layer("dense"), model.get_layer("output")
    assert float(dense.kernel_regularizer.l2) == pytest.approx(0.01)
    assert isinstance(dense.bias_regularizer, keras.regularizers.L1)
    assert dense.kernel_constraint.max_value == 3
    assert isinstance(dense.bias_constraint, keras.constraints.NonNeg)
    assert isinstance(output.kernel_regularizer, keras.regularizers.L1L2)
    assert isinstance(output.kernel_constraint, keras.constraints.UnitNorm)
    assert output.bias_regularizer is None
    # The penalty on activities is taken behind the activation, where Dense(activation=...) takes it.
    assert dense.activity_regularizer is None
    assert isinstance(model.get_layer("activation").activity_regularizer, keras.regularizers.L1)


def test_activity_penalty_equals_that_of_a_dense_layer_with_activation(preset, table):
    settings = {"depth": 1, "width": 4, "activity_regularizer": {"name": "l1", "l1": 0.5}}
    model = build(preset(settings), table)
    x = table.train.x
    model(x)
    activations = keras.Model(model.input, model.get_layer("activation").output)(x)
    assert float(sum(model.losses)) == pytest.approx(
        0.5 * float(np.abs(activations).sum()) / len(x), rel=1e-5
    )


def test_same_seed_same_weights_other_seed_other_weights(preset, table):
    settings = {"depth": 3, "width": 8, "dropout": 0.5}
    first = build(preset(settings, seed=3), table).get_weights()
    again = build(preset(settings, seed=3), table).get_weights()
    other = build(preset(settings, seed=4), table).get_weights()
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not np.array_equal(first[0], other[0])


def test_every_layer_starts_from_weights_of_its_own(preset, table):
    model = build(preset({"depth": 4, "width": 20, "bias_initializer": "random_normal"}), table)
    hidden = [layer for layer in model.layers if layer.name.startswith("dense")]
    for index in (0, 1):  # kernels, biases
        values = [layer.get_weights()[index] for layer in hidden]
        assert len({value.tobytes() for value in values}) == 4


@pytest.mark.parametrize(
    ("initializer", "variance"),
    [
        ("glorot_uniform", 2 / (300 + 200)),
        ("glorot_normal", 2 / (300 + 200)),
        ("he_uniform", 2 / 300),
        ("he_normal", 2 / 300),
        ("lecun_uniform", 1 / 300),
        ("lecun_normal", 1 / 300),
        ({"name": "random_normal", "stddev": 0.3}, 0.09),
        ({"name": "random_uniform", "minval": 0.0, "maxval": 1.0}, 1 / 12),
        ({"class_name": "TruncatedNormal", "config": {"stddev": 1.0}}, 0.7737),
    ],
)
def test_variance_that_each_initializer_prescribes(preset, table, initializer, variance):
    model = build(preset({"width": [300, 200], "initializer": initializer}), table)
    kernel = model.get_layer("dense_1").kernel.numpy()
    assert kernel.shape == (300, 200)
    # 60,000 weights: the sample variance of a normal scatters by sqrt(2 / 60000) = 0.6 %.
    assert kernel.var() == pytest.approx(variance, rel=0.03)


def test_selu_keeps_plain_dropout(preset, table):
    model = build(preset({"depth": 1, "activation": "selu", "dropout": 0.3}), table)
    assert type(model.get_layer("dropout")) is keras.layers.Dropout


def test_without_bias(preset, table):
    model = build(preset({"depth": 1, "use_bias": False}), table)
    assert not model.get_layer("dense").use_bias
    assert model.get_layer("output").use_bias


def test_saved_model_loads_and_predicts_probabilities(preset, images, tmp_path):
    settings = {
        "depth": 2, "width": 6, "normalization": "after", "dropout": 0.2, "residual": True,
        "activation": {"name": "rrelu", "lower": 0.1}, "noise": {"after": 0.1},
    }  # fmt: skip
    model = build(preset(settings), images)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    predictions = loaded.predict(images.train.x, verbose=0)
    np.testing.assert_allclose(predictions.sum(axis=1), 1, rtol=1e-5)
    np.testing.assert_allclose(predictions, model(images.train.x), rtol=1e-5)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"initializer": "he_norml"}, r"model\.initializer: .*did you mean \"he_normal\""),
        ({"initializer": {"name": "he_normal", "sed": 1}}, r"model\.initializer: .*\"seed\""),
        ({"initializer": {"stddev": 1}}, r"model\.initializer: .*name = "),
        ({"initializer": {"name": "variance_scaling", "scale": -1}}, r"model\.initializer: "),
        ({"activation": "rellu"}, r"model\.activation: .*did you mean \"relu\""),
        ({"kernel_regularizer": "l3"}, r"model\.kernel_regularizer: "),
        ({"kernel_constraint": "maxnorm2"}, r"model\.kernel_constraint: "),
        ({"output_activation": "softmx"}, r"model\.output_activation: .*\"softmax\""),
        ({"output_units": 2}, r"model\.output_units: .*needs 3 units, one for each class"),
        (
            {"initializer": {"name": "random_normal", "stddev": "wide"}},
            r"model: Keras cannot build",
        ),
    ],
)
def test_errors_name_the_setting(preset, table, settings, message):
    with pytest.raises(PresetError, match=message):
        build(preset(settings), table)


def test_sequence_targets_are_refused_and_explained(preset, sequences):
    with pytest.raises(PresetError, match=r"shape \(6, 4\): 4 classes at each of 6 time steps"):
        build(preset(), sequences)
