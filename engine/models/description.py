"""A model in one line from its preset, without Keras, so that it can follow every edit."""

from __future__ import annotations

import itertools

from ..preset.objects import resolve
from ..preset.schema import (
    KerasObject,
    LayersSettings,
    MlpSettings,
    Preset,
    PythonSettings,
    ResnetSettings,
    RnnSettings,
)
from .size import parameter_count, widths


def describe_preset(preset: Preset) -> str:
    """The hidden layers' sizes, their activation, and the number of trainable weights.

    Returns:
        Such as "11x256 sigmoid, 0.67 M", "LSTM 1x64 tanh, 17.0 k", "resnet 2x64-2x128 relu, 2.78 M",
        "4 layers", "python net.py:build"; the number is left out where only building can tell.
    """
    model = preset.model
    if isinstance(model, PythonSettings):
        return f"python {model.factory}"
    if isinstance(model, LayersSettings):
        return f"{len(model.layers)} layer{'s' * (len(model.layers) != 1)}"
    if isinstance(model, MlpSettings):
        text = f"{sizes(widths(model) or [])} {_name(model.activation)}"
    elif isinstance(model, RnnSettings):
        text = f"{model.cell} {model.depth}x{model.width} {_name(model.activation)}"
    else:
        assert isinstance(model, ResnetSettings)
        text = f"resnet {sizes(model.filters)} {_name(model.activation)}"
    shape = preset.data.data_set().shape()
    count = parameter_count(preset, *shape) if shape else None
    return text if count is None else f"{text}, {short_count(count)}"


def sizes(units: list[int]) -> str:
    """Units of layers in a row: 11x256, 600-200, or runs of equal ones, 20x64-20x32."""
    if len(set(units)) == 1:
        return f"{len(units)}x{units[0]}"
    if len(units) <= 6:
        return "-".join(map(str, units))
    runs = [(width, len(list(run))) for width, run in itertools.groupby(units)]
    return "-".join(f"{length}x{width}" for width, length in runs)


def short_count(count: int) -> str:
    """A number of weights: 97, 17.0 k, 0.67 M."""
    if count < 10_000:
        return str(count)
    return f"{count / 1e6:.2f} M" if count >= 100_000 else f"{count / 1e3:.1f} k"


def _name(value: KerasObject) -> str:
    return resolve("activation", value)[0].name
