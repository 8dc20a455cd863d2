"""Counting weights without Keras, and describing a model in a line."""

import subprocess
import sys

import pytest

from gradlab.engine.models.build import build
from gradlab.engine.models.size import parameter_count
from gradlab.engine.models.summary import describe


def trainable(model):
    return sum(variable.numpy().size for variable in model.trainable_variables)


@pytest.mark.parametrize(
    ("data", "model"),
    [
        ("images", {"depth": 3, "width": 7}),
        ("images", {"width": [6, 5], "use_bias": False, "normalization": "after"}),
        ("table", {"width": [6, 5, 5], "residual": True, "activation": "prelu"}),
        ("table", {"input_normalization": True, "output_units": 9}),
        ("adding", {"family": "rnn", "cell": "SimpleRNN", "width": 5, "depth": 2}),
        ("adding", {"family": "rnn", "cell": "LSTM", "width": 4, "forget_bias": 1.0}),
        ("sequences", {"family": "rnn", "cell": "GRU", "width": 4, "depth": 2}),
        ("sequences", {"family": "rnn", "cell": "GRU", "width": 4, "use_bias": False}),
        ("images", {"family": "resnet", "filters": [4, 4, 8]}),
        ("images", {"family": "resnet", "filters": [4, 8], "normalization": "none"}),
        ("images", {"family": "resnet", "filters": [4, 8], "residual": False, "stem_kernel": 3}),
    ],
)
def test_count_agrees_with_the_built_model(preset, request, data, model):
    dataset = request.getfixturevalue(data)
    settings = preset(model)
    count = parameter_count(settings, dataset.input_shape, dataset.output_units)
    assert count == trainable(build(settings, dataset))


@pytest.mark.parametrize(
    "model",
    [
        {"family": "layers", "layers": [{"class_name": "Flatten"}]},
        {"family": "python", "factory": "a:b"},
        {"family": "rnn"},
        {"width": [3, 4], "depth": 3},
        {"activation": "glu"},
    ],
)
def test_none_where_only_building_can_tell(preset, model):
    assert parameter_count(preset(model), (20,), 3) is None


def test_counting_loads_no_keras():
    code = "import sys, gradlab.engine.models.size as s; print({'keras', 'tensorflow'} & set(sys.modules))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "set()"


@pytest.mark.parametrize(
    ("data", "model", "line"),
    [
        ("images", {"depth": 11, "width": 256, "activation": "sigmoid"}, "11x256 sigmoid, 0.68 M"),
        ("table", {"width": [6, 5]}, "6-5 relu, 179"),
        ("table", {"width": [6, 5], "activation": "linear"}, "6-5 linear, 179"),
        ("table", {"depth": 1, "width": 8, "activation": "prelu"}, "1x8 PReLU, 203"),
        ("adding", {"family": "rnn", "cell": "LSTM", "width": 64}, "LSTM 1x64 tanh, 17.3 k"),
        ("table", {"family": "layers", "layers": [{"class_name": "Dense", "config": {"units": 3}}]},
         "linear, 63"),
    ],
)  # fmt: skip
def test_describe(preset, request, data, model, line):
    assert describe(build(preset(model), request.getfixturevalue(data))) == line
