"""From a preset to a Keras model."""

from __future__ import annotations

from pathlib import Path

import keras

from ..data.dataset import Dataset
from ..errors import PresetError
from ..machine.memory import too_large
from ..preset.foreign import refuse_untrusted
from ..preset.schema import (
    LayersSettings,
    MlpSettings,
    Preset,
    PythonSettings,
    ResnetSettings,
    RnnSettings,
)
from .capture import leaves
from .head import check_output
from .layers import build_layers, count_weights
from .mlp import build_mlp
from .python import build_python
from .resnet import build_resnet
from .rnn import build_rnn
from .size import parameter_count

BYTES = 20
"""Memory that a weight takes in training: itself, its gradient, two of the optimizer's, and its draft."""


def build(
    preset: Preset, dataset: Dataset, *, trust: bool = False, base: Path | None = None
) -> keras.Model:
    """Build the preset's model; the same preset and data give the same weights and layer names.

    Sets the seeds of Python, NumPy and TensorFlow (`keras.utils.set_random_seed`), from which every
    initializer and every random layer draws its own.

    Args:
        preset: the experiment.
        dataset: what it trains on; tells the shapes of input and output.
        trust: whether the preset may run code (family `python`), connect, and read files of its own.
        base: folder that the preset's own files are relative to; by default the working directory.

    Returns:
        A functional or Sequential model, built; the family `python` may return any built model.

    Raises:
        PresetError: a model that cannot be built, or does not fit the data.
    """
    if not trust:
        refuse_untrusted(preset)
    _check_room(preset, dataset, trust)
    settings = preset.model
    if isinstance(settings, PythonSettings):
        # Keras counts names per process; from zero, a factory's layers get the same names each time.
        keras.utils.clear_session(free_memory=False)
    keras.utils.set_random_seed(preset.seed)
    try:
        if isinstance(settings, MlpSettings):
            model = build_mlp(settings, dataset)
        elif isinstance(settings, ResnetSettings):
            model = build_resnet(settings, dataset)
        elif isinstance(settings, RnnSettings):
            model = build_rnn(settings, dataset)
        elif isinstance(settings, LayersSettings):
            return _trainable(build_layers(settings, dataset, trust=trust))
        else:
            return _trainable(build_python(settings, dataset, trust=trust, base=base))
    # Keras checks many values, such as those of an initializer, only when it makes the weights.
    except (TypeError, ValueError) as error:
        raise PresetError(f"model: Keras cannot build this {settings.family}: {error}") from error
    check_output(model.output_shape, dataset, "model.output_units")
    return model


def _check_room(preset: Preset, dataset: Dataset, trust: bool) -> None:
    """Refuse a model that cannot be held in memory, before any of its weights is made."""
    if isinstance(preset.model, LayersSettings):
        weights = count_weights(preset.model, dataset, trust=trust)
    else:
        weights = parameter_count(preset, dataset.input_shape, dataset.output_units)
    if weights and (reason := too_large(BYTES * weights)):
        raise PresetError(
            f"model: to train its {weights:,} weights {reason}; take fewer layers or smaller ones"
        )


def _trainable(model: keras.Model) -> keras.Model:
    """The model, if there is something to train, in the one precision that is measured.

    Raises:
        PresetError: naming the first layer of another precision, or that no layer can learn.
    """
    for layer in leaves(model):
        precision = layer.compute_dtype
        if precision in ("float16", "bfloat16", "float64"):
            raise PresetError(
                f"model: layer {layer.name} computes in {precision}, and gradlab trains and measures "
                "in float32; remove its dtype."
            )
    if not model.trainable_variables:
        raise PresetError(
            "model: no layer has weights that can be trained; add one such as Dense, or leave out "
            "trainable = false."
        )
    return model
