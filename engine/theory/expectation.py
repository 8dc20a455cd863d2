"""The one prediction for a preset on its data, which check, findings and charts show."""

from __future__ import annotations

import math

from pydantic import ValidationError

from ..preset.schema import LayersSettings, MlpSettings, Preset
from ..stream.data_facts import DataFacts
from .prediction import Prediction, predict

_INPUTS = ("InputLayer", "Flatten")
_DENSE = {
    "activation": "activation",
    "kernel_initializer": "initializer",
    "bias_initializer": "bias_initializer",
    "use_bias": "use_bias",
}
"""What mean field asks of a Dense layer, and what an mlp calls it."""


def expect(preset: Preset, data: DataFacts | None) -> Prediction | None:
    """The mean-field prediction for a preset's model.

    Args:
        preset: the experiment.
        data: its data in numbers, whose moments are those of all training rows.

    Returns:
        None for a model that is no stack of Dense layers, or if the data are not known.
    """
    model = as_mlp(preset.model) if isinstance(preset.model, LayersSettings) else preset.model
    if not isinstance(model, MlpSettings) or data is None:
        return None
    inputs = data.train.inputs
    over_rows = inputs.variance_over_rows
    return predict(
        model,
        input_units=math.prod(data.input_shape),
        input_second_moment=inputs.mean**2 + inputs.std**2,
        output_units=data.output_units,
        input_mean=inputs.mean,
        # Runs from before this was recorded have none.
        input_variance=inputs.std**2 if over_rows is None else over_rows,
    )


def as_mlp(model: LayersSettings) -> MlpSettings | None:
    """The mlp that a list of Dense layers is; None if it holds others, or they differ."""
    layers = [(layer.get("class_name"), layer.get("config", {})) for layer in model.layers]
    while layers and layers[0][0] in _INPUTS:
        layers = layers[1:]
    if len(layers) < 2 or any(name != "Dense" for name, _ in layers):
        return None
    configs = [config for _, config in layers]
    if any(set(config) - {*_DENSE, "units", "name"} for config in configs):
        return None
    *hidden, output = configs
    shared = [{key: config[key] for key in _DENSE if key in config} for config in hidden]
    if any(arguments != shared[0] for arguments in shared):
        return None
    settings = {_DENSE[key]: value for key, value in shared[0].items()}
    settings |= {"output_initializer": output.get("kernel_initializer", "glorot_uniform")}
    try:
        return MlpSettings.model_validate(
            {"activation": "linear"}
            | settings
            | {"width": [config["units"] for config in hidden], "output_units": output["units"]}
        )
    except (KeyError, ValidationError):
        return None
