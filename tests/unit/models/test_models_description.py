import pytest

from gradlab.engine.data.load import load_data
from gradlab.engine.models.build import build
from gradlab.engine.models.description import describe_preset
from gradlab.engine.preset.schema import Preset


@pytest.mark.parametrize("name", ["dense", "circles", "conv", "recurrent", "normalized"])
def test_the_number_of_weights_is_that_of_the_model(small, name):
    preset = small(name)
    model = build(preset, load_data(preset.data))
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
