"""The family rnn."""

import keras
import numpy as np
import pytest

from gradlab.engine.errors import PresetError
from gradlab.engine.models.build import build


@pytest.mark.parametrize("cell", ["SimpleRNN", "LSTM", "GRU"])
def test_last_time_step_feeds_the_output(preset, adding, cell):
    model = build(preset({"family": "rnn", "cell": cell, "width": 5, "depth": 2}), adding)
    assert model.output_shape == (None, 2)
    recurrent = [layer for layer in model.layers if isinstance(layer, keras.layers.RNN)]
    assert [layer.output.shape for layer in recurrent] == [(None, 6, 5)] * 2
    assert recurrent[1].name == recurrent[0].name + "_1"
    steps = keras.Model(model.input, recurrent[-1].output)(adding.train.x)
    last = keras.Model(model.input, model.get_layer("flatten").output)(adding.train.x)
    np.testing.assert_array_equal(steps[:, -1], last)


def test_a_target_at_each_step(preset, sequences):
    model = build(preset({"family": "rnn", "width": 5}), sequences)
    assert model.output_shape == (None, 6, 4)
    np.testing.assert_allclose(model(sequences.train.x).numpy().sum(axis=-1), 1, rtol=1e-5)


def test_a_picture_is_a_sequence_of_its_rows(preset, images):
    model = build(preset({"family": "rnn", "width": 5}), images)
    assert model.input_shape == (None, 8, 8)
    assert model.output_shape == (None, 10)


def test_arguments_reach_the_cell(preset, adding):
    settings = {
        "family": "rnn", "cell": "SimpleRNN", "width": 4, "activation": "relu",
        "initializer": {"name": "random_normal", "stddev": 0.001},
        "recurrent_initializer": "identity", "recurrent_dropout": 0.1, "dropout": 0.2,
        "kernel_constraint": "unit_norm", "use_bias": True,
    }  # fmt: skip
    model = build(preset(settings), adding)
    layer = model.get_layer("simple_rnn")
    np.testing.assert_array_equal(layer.cell.recurrent_kernel, np.eye(4))
    assert np.abs(layer.cell.kernel).max() < 0.01
    assert layer.cell.activation is keras.activations.relu
    assert layer.recurrent_dropout == 0.1
    assert model.get_layer("dropout").rate == 0.2
    assert isinstance(layer.kernel_constraint, keras.constraints.UnitNorm)


@pytest.mark.parametrize("forget", [None, 0.0, 2.5])
def test_forget_bias(preset, adding, forget):
    settings = {"family": "rnn", "cell": "LSTM", "width": 3, "forget_bias": forget}
    bias = build(preset(settings), adding).get_layer("lstm").cell.bias.numpy()
    expected = 1.0 if forget is None else forget  # Keras' own is 1
    np.testing.assert_array_equal(bias, [0] * 3 + [expected] * 3 + [0] * 6)


def test_forget_bias_leaves_the_other_gates_to_the_bias_initializer(preset, adding):
    settings = {
        "family": "rnn", "cell": "LSTM", "width": 2, "forget_bias": 3.0, "bias_initializer": "ones",
    }  # fmt: skip
    bias = build(preset(settings), adding).get_layer("lstm").cell.bias.numpy()
    np.testing.assert_array_equal(bias, [1, 1, 3, 3, 1, 1, 1, 1])


def test_saved_model_loads_with_its_forget_bias(preset, adding, tmp_path):
    settings = {"family": "rnn", "cell": "LSTM", "width": 3, "forget_bias": 2.0}
    model = build(preset(settings), adding)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(loaded(adding.train.x), model(adding.train.x), rtol=1e-6)
    assert loaded.get_layer("lstm").cell.bias_initializer.value == 2.0


def test_layers_start_from_different_weights(preset, adding):
    model = build(preset({"family": "rnn", "width": 4, "depth": 3}), adding)
    recurrent = [model.get_layer(n).cell.recurrent_kernel for n in ("simple_rnn_1", "simple_rnn_2")]
    assert not np.array_equal(*recurrent)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"cell": "GRU", "forget_bias": 1.0}, r"model\.forget_bias: only an LSTM"),
        ({"cell": "LSTM", "forget_bias": 1.0, "use_bias": False}, r"model\.forget_bias: only"),
        ({"activation": "prelu"}, r"model\.activation: prelu is a layer"),
        (
            {"recurrent_initializer": "orthogonl"},
            r"model\.recurrent_initializer: .*(?i:\"orthogonal\")",
        ),
    ],
)
def test_errors_name_the_setting(preset, adding, settings, message):
    with pytest.raises(PresetError, match=message):
        build(preset({"family": "rnn", **settings}), adding)


def test_tables_are_refused(preset, table):
    with pytest.raises(PresetError, match=r"needs sequences .* has the shape \(20,\)"):
        build(preset({"family": "rnn"}), table)
