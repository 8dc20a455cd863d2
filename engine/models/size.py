"""How large a model will be, by arithmetic alone: no Keras, so the lab can say it at every key."""

from __future__ import annotations

import math

from ..preset.objects import resolve
from ..preset.schema import KerasObject, MlpSettings, Preset, ResnetSettings, RnnSettings

GATES = {"SimpleRNN": 1, "LSTM": 4, "GRU": 3}
"""Kernels side by side in a recurrent layer."""


def parameter_count(preset: Preset, input_shape: tuple[int, ...], output_units: int) -> int | None:
    """Number of trainable weights of the model that a preset describes.

    Args:
        preset: the experiment.
        input_shape: shape of one row.
        output_units: units that the targets need; `model.output_units` goes before it.

    Returns:
        The number, or None if only building can tell (families `layers` and `python`, settings that
        do not fit each other).
    """
    model = preset.model
    if isinstance(model, MlpSettings):
        return _mlp(model, input_shape, model.output_units or output_units)
    if isinstance(model, RnnSettings) and len(input_shape) == 2:
        return _rnn(model, input_shape[-1], model.output_units or output_units)
    if isinstance(model, ResnetSettings) and len(input_shape) in (2, 3):
        channels = input_shape[2] if len(input_shape) == 3 else 1
        return _resnet(model, channels, model.output_units or output_units)
    return None


def widths(settings: MlpSettings) -> list[int] | None:
    """Units of each hidden layer of an mlp, or None if depth and widths disagree."""
    if isinstance(settings.width, int):
        return [settings.width] * (2 if settings.depth is None else settings.depth)
    if not settings.width or settings.depth not in (None, len(settings.width)):
        return None
    return list(settings.width)


def indexed(name: str, index: int) -> str:
    """Keras' way of naming layers: dense, dense_1, dense_2, ..."""
    return f"{name}_{index}" if index else name


def _activation(value: KerasObject) -> str:
    try:
        return resolve("activation", value)[0].name
    except ValueError:
        return ""


def _mlp(settings: MlpSettings, input_shape: tuple[int, ...], outputs: int) -> int | None:
    units = widths(settings)
    activation = _activation(settings.activation)
    if units is None:
        return None
    fan_in = math.prod(input_shape)
    count = 2 * fan_in if settings.input_normalization else 0
    for index, width in enumerate(units):
        count += fan_in * width + width * settings.use_bias
        count += 2 * width * (settings.normalization != "none")
        count += width * (activation == "prelu")
        if settings.residual and index and fan_in != width:
            count += fan_in * width
        fan_in = width
    return count + (fan_in + 1) * outputs


def _rnn(settings: RnnSettings, features: int, outputs: int) -> int:
    width, gates = settings.width, GATES[settings.cell]
    # Keras' GRU keeps a second bias for the recurrent product (reset_after).
    biases = (2 if settings.cell == "GRU" else 1) * settings.use_bias
    count = 0
    for _ in range(settings.depth):
        count += gates * width * (features + width + biases)
        features = width
    return count + (width + 1) * outputs


def _resnet(settings: ResnetSettings, channels: int, outputs: int) -> int | None:
    if not settings.filters or _activation(settings.activation) == "prelu":
        return None
    if not settings.average_pool:
        return None

    # Before an activation, normalization brings scale and offset for the bias; after it, besides the bias.
    each = {"none": 1, "before": 2, "after": 3}[settings.normalization]
    projected = 2 if settings.normalization == "before" else 1
    previous = settings.filters[0]
    count = (settings.stem_kernel**2 * channels + each) * previous
    for filters in settings.filters:
        count += (9 * previous + each) * filters + (9 * filters + each) * filters
        if settings.residual and filters != previous:
            count += (previous + projected) * filters
        previous = filters
    return count + (previous + 1) * outputs
