"""Keras objects in presets: every spelling, also of the objects inside them, means one thing."""

from __future__ import annotations

import numpy as np
import pytest

from gradlab.engine.data.load import load_data
from gradlab.engine.errors import PresetError
from gradlab.engine.models.build import build
from gradlab.engine.preset.load import load_text
from gradlab.engine.preset.objects import resolve
from gradlab.engine.theory import activation

PRESET = """
[data]
name = "circles"
[model]
depth = {depth}
width = 4
activation = {activation}
"""


def built(activation: str, depth: int = 1):
    preset = load_text(PRESET.format(activation=activation, depth=depth))
    return build(preset, load_data(preset.data))


@pytest.mark.parametrize(
    "inner",
    [
        '{ name = "constant", value = 0.25 }',
        '{ class_name = "Constant", config = { value = 0.25 } }',
    ],
)
def test_an_initializer_inside_prelu_is_built_and_predicted(inner: str) -> None:
    model = built(f'{{ name = "prelu", alpha_initializer = {inner} }}')
    assert model.get_layer("activation").weights[0].numpy().tolist() == [0.25] * 4
    spec = load_text(
        PRESET.format(activation=f'{{ name = "prelu", alpha_initializer = {inner} }}', depth=1)
    )
    assert activation(spec.model.activation).slope(-1.0) == 0.25


def test_what_is_wrong_inside_prelu_is_told_when_the_preset_is_read() -> None:
    with pytest.raises(
        PresetError, match='no initializer is called "constnt"; did you mean "constant"'
    ):
        load_text(
            PRESET.format(activation='{ name = "prelu", alpha_initializer = "constnt" }', depth=1)
        )


def test_the_function_and_the_layer_of_leaky_relu_have_slopes_of_their_own() -> None:
    assert resolve("activation", "leaky_relu")[1] == {}
    assert resolve("activation", "LeakyReLU")[1] == {"negative_slope": 0.3}
    for spelt, slope in (('"leaky_relu"', 0.2), ('"LeakyReLU"', 0.3)):
        layer = built(spelt).get_layer("activation")
        assert float(layer(np.array([[-1.0]]))[0, 0]) == pytest.approx(-slope)


@pytest.mark.parametrize("key", ["activation", "output_activation"])
def test_glu_is_refused_in_words(key: str) -> None:
    text = PRESET.format(activation='"relu"', depth=1)
    with pytest.raises(PresetError, match="glu halves the units"):
        load_text(text, overrides=[f"model.{key}=glu"])


def test_a_net_of_600_layers_is_built() -> None:
    model = built('"relu"', depth=600)
    assert len(model.layers) > 1200
