"""The profile that theory predicts for a preset on its data, for the dotted line in the chart."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from ...engine.preset.schema import MlpSettings, Preset

if TYPE_CHECKING:
    from ...engine.data.dataset import Dataset

SAMPLE = 2_048
"""Rows that the inputs' moments are taken from."""


def predicted_profile(preset: Preset, dataset: Dataset, layers: int) -> np.ndarray | None:
    """Norm of delta of each layer over that of the output layer at initialization [layers].

    Returns:
        None where mean field has nothing reliable to say, or the net is measured in other layers.
    """
    if not isinstance(preset.model, MlpSettings):
        return None
    from ...engine.theory import predict

    x = np.asarray(dataset.train.x[:SAMPLE], np.float64)
    expected = predict(
        preset.model,
        input_units=math.prod(dataset.input_shape),
        input_second_moment=float(np.mean(x**2)),
        output_units=dataset.output_units,
        input_mean=float(x.mean()),
        input_variance=float(x.reshape(len(x), -1).var(axis=0).mean()),
    )
    profile = expected.delta_profile
    return profile if len(profile) == layers and np.isfinite(profile).all() else None
