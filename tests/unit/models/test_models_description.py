import pytest

from gradlab.engine.data.load import load
from gradlab.engine.data.shape import expected_shape
from gradlab.engine.models.build import build
from gradlab.engine.models.description import describe_preset
from gradlab.engine.preset.schema import DataSettings, Preset

DATA = [
    {"name": "digits"},
    {"name": "digits", "options": {"n_class": 2}},
    {"name": "circles"},
    {"name": "moons"},
    {"name": "blobs"},
    {"name": "blobs", "options": {"centers": 2, "n_features": 5}},
    {"name": "regression", "options": {"n_targets": 3}},
    {"name": "classification", "options": {"n_classes": 3, "n_informative": 4}},
    {"name": "adding", "options": {"n_samples": 20, "T": 9}},
    {"name": "copy", "options": {"n_samples": 20, "T": 5}},
]


@pytest.mark.parametrize("settings", DATA, ids=lambda s: "-".join(map(str, s.values())))
def test_the_expected_shape_is_that_of_the_data(settings):
    data = DataSettings.model_validate(settings)
    dataset = load(data)
    assert expected_shape(data) == (dataset.input_shape, dataset.output_units)


def test_the_shape_of_a_file_is_not_known():
    assert expected_shape(DataSettings(name="csv", path="a.csv")) is None


@pytest.mark.parametrize("name", ["dense", "circles", "conv", "recurrent", "normalized"])
def test_the_number_of_weights_is_that_of_the_model(small, name):
    preset = small(name)
    model = build(preset, load(preset.data))
    count = sum(v.value.numpy().size for v in model.trainable_variables)
    assert describe_preset(preset).endswith(f", {_short(count)}")


def _short(count):
    return str(count) if count < 10_000 else f"{count / 1e3:.1f} k"


def test_lines():
    def line(model, data="digits"):
        document = {"data": {"name": data}, "model": {"family": "mlp"} | model}
        return describe_preset(Preset.model_validate(document))

    assert line({"depth": 11, "width": 256, "activation": "sigmoid"}) == "11x256 sigmoid, 0.68 M"
    assert line({"width": [600, 200]}) == "600-200 relu, 0.16 M"
    assert line({"family": "rnn", "cell": "LSTM"}, "adding") == "LSTM 1x64 tanh, 17.2 k"
    layers = [{"class_name": "Dense", "config": {"units": 10}}]
    assert line({"family": "layers", "layers": layers}) == "1 layer"
