"""The family python: a factory of the user's."""

import textwrap

import keras
import numpy as np
import pytest

from gradlab.engine.errors import PresetError
from gradlab.engine.models.build import build

CODE = """
    import keras

    def make(input_shape, output_units, width=4):
        inputs = keras.Input(input_shape)
        x = keras.layers.Dense(width, activation="relu")(inputs)
        return keras.Model(inputs, keras.layers.Dense(output_units, activation="softmax")(x))

    class Subclassed(keras.Model):
        def __init__(self, units):
            super().__init__()
            self.output_layer = keras.layers.Dense(units)

        def call(self, x):
            return self.output_layer(x)

    def subclassed(input_shape, output_units):
        model = Subclassed(output_units)
        model.build((None, *input_shape))
        return model

    def broken(input_shape, output_units):
        raise RuntimeError("no such luck")

    def number(input_shape, output_units):
        return 7

    def unbuilt(input_shape, output_units):
        return keras.Sequential([keras.layers.Dense(output_units)])

    def narrow(input_shape, output_units):
        return keras.Sequential([keras.Input(input_shape), keras.layers.Dense(1)])

    def other_input(input_shape, output_units):
        return keras.Sequential([keras.Input((7,)), keras.layers.Dense(output_units)])

    constant = 3
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "factories.py").write_text(textwrap.dedent(CODE))
    (tmp_path / "unreadable.py").write_text("import nothing_of_that_name\n")
    return tmp_path


def python(reference, **arguments):
    return {"family": "python", "factory": reference, "arguments": arguments}


def test_a_file_beside_the_preset(preset, table, folder):
    settings = preset(python("factories.py:make", width=6), seed=5)
    first, again = (build(settings, table, trust=True, base=folder) for _ in range(2))
    assert first.output_shape == (None, 3)
    assert first.layers[1].units == 6
    assert [layer.name for layer in first.layers[1:]] == ["dense", "dense_1"]
    assert [layer.name for layer in again.layers[1:]] == ["dense", "dense_1"]
    np.testing.assert_array_equal(first.get_weights()[0], again.get_weights()[0])


def test_a_module(preset, table, tmp_path):
    module = f"factory_{tmp_path.name.replace('-', '_')}"
    (tmp_path / f"{module}.py").write_text(textwrap.dedent(CODE))
    model = build(preset(python(f"{module}:make")), table, trust=True, base=tmp_path)
    assert isinstance(model, keras.Model)


def test_a_subclassed_model(preset, table, folder):
    model = build(preset(python("factories.py:subclassed")), table, trust=True, base=folder)
    assert model(table.train.x).shape == (12, 3)


def test_nothing_runs_without_trust(preset, table, folder):
    (folder / "loud.py").write_text("raise SystemExit('ran')\n")
    with pytest.raises(PresetError, match="--trust"):
        build(preset(python("loud.py:make")), table, base=folder)


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("factories.py", 'is not "package.module:function"'),
        ("missing.py:make", "there is no file"),
        ("no_such_module_here:make", "importing no_such_module_here raised ModuleNotFoundError"),
        ("unreadable.py:make", "unreadable.py raised ModuleNotFoundError"),
        ("factories.py:mak", "has no function 'mak'; it has make, "),
        ("factories.py:constant", "has no function 'constant'"),
        ("factories.py:broken", "raised RuntimeError: no such luck"),
        ("factories.py:number", "returned int, not a keras.Model"),
        ("factories.py:unbuilt", "not built"),
        ("factories.py:narrow", r"shape \(1,\).*needs 3 units"),
        ("factories.py:other_input", r"does not take rows of the shape \(20,\)"),
    ],
)
def test_errors(preset, table, folder, reference, message):
    with pytest.raises(PresetError, match=message):
        build(preset(python(reference)), table, trust=True, base=folder)


def test_an_argument_that_the_factory_does_not_take(preset, table, folder):
    settings = preset(python("factories.py:make", wide=6))
    with pytest.raises(PresetError, match="unexpected keyword argument 'wide'"):
        build(settings, table, trust=True, base=folder)
