"""The gradient's ratio from layer to layer over many settings of a preset, before any training."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from ..data.shared import load_shared
from ..data.summary import summarise
from ..diagnosis.context import make_context
from ..measuring.sites import find_sites
from ..models.build import build
from ..models.losses import make_loss
from ..preset.schema import Preset
from .backward import MeasuredLayer, forward, measure
from .preflight import ROWS, depth_sites


@dataclass(frozen=True)
class GradientRatio:
    """How much of the gradient arrives per layer: the geometric mean of ||delta^l|| / ||delta^(l+1)|| over
    hidden layers; NaN with fewer than two of them.

    Attributes:
        predicted: by mean-field theory.
        measured: in one backward pass.
        arriving: what arrives at the first layer of what enters the last hidden one, measured.
    """

    predicted: float
    measured: float
    arriving: float


def gradient_ratio(
    preset: Preset, *, trust: bool = False, base: Path | None = None
) -> GradientRatio:
    """Predict and measure a preset's gradient ratio at initialization; nothing is compiled or trained.

    Args:
        preset: the experiment.
        trust: whether code of the user's (family `python`) may run.
        base: folder that the preset's own files are relative to.

    Raises:
        PresetError, DataError: a model that cannot be built, or data that do not fit.
    """
    dataset = load_shared(preset.data, base=base, seed=preset.seed)
    model = build(preset, dataset, trust=trust, base=base)
    plan = make_loss(preset, dataset, model)
    x = dataset.train.x[:ROWS]
    sites = depth_sites(find_sites(model, x[0]))
    prediction = make_context(preset, summarise(dataset), plan.name).prediction
    _, calls, tape = forward(model, x)
    layers = measure(sites, calls, tape, preset.seed) if sites else ()
    measured, arriving = _arriving(layers[:-1])
    predicted = prediction.typical_ratio_per_layer if prediction else math.nan
    return GradientRatio(predicted, measured, arriving)


def _arriving(hidden: tuple[MeasuredLayer, ...]) -> tuple[float, float]:
    """The ratio per layer and over all hidden layers."""
    if len(hidden) < 2 or not hidden[-1].delta_norm > 0:
        return math.nan, math.nan
    arriving = hidden[0].delta_norm / hidden[-1].delta_norm
    return arriving ** (1 / (len(hidden) - 1)), arriving
