"""Counting weights without Keras."""

import subprocess
import sys

import pytest

from gradlab.engine.models.build import build
from gradlab.engine.models.size import parameter_count


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
        ("images", {"family": "resnet", "filters": [4, 8], "normalization": "after"}),
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
    ],
)
def test_none_where_only_building_can_tell(preset, model):
    assert parameter_count(preset(model), (20,), 3) is None


def test_counting_loads_no_keras():
    code = "import sys, gradlab.engine.models.size as s; print({'keras', 'tensorflow'} & set(sys.modules))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "set()"
