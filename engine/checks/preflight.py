"""The pre-flight check: what will go wrong, told before any training.

Theory's prediction stands beside one measured backward pass, the data are looked at, and the first
loss is compared with what it should be. Nothing is trained.
"""

from __future__ import annotations

import math
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from ..data.dataset import Dataset
from ..data.summary import summarise
from ..diagnosis.context import make_context
from ..diagnosis.ratios import delta_ratio_per_layer, time_delta_ratio
from ..measuring.sites import Site, find_sites
from ..measuring.snapshot import Snapshot
from ..models.build import build
from ..models.losses import make_loss
from ..models.row_losses import row_losses
from ..preset.schema import Preset
from ..stream.events import LayerProbe
from ..stream.history import History
from ..theory import Prediction
from .backward import MeasuredLayer, forward, measure
from .initial_loss import initial_loss
from .initial_weights import initial_weights
from .likely import likely_problems, untrained_history

ROWS = 256
"""Training rows that the signal is measured on."""

BINS = 200
"""Bins of the initial weights' histogram, fine enough for their variance."""


def preflight(
    preset: Preset,
    dataset: Dataset,
    *,
    name: str = "",
    trust: bool = False,
    base: Path | None = None,
) -> dict[str, Any]:
    """Check a preset without training it.

    Args:
        preset: the experiment.
        dataset: its data.
        name: the name it was loaded by.
        trust: whether code of the user's (family `python`) may run.
        base: folder that the preset's own files are relative to.

    Returns:
        The document of `gradlab check --json`, non-finite numbers as they are:

        - preset, family, parameters, rows (that were measured);
        - layers: [{name, units, activation, initializer, weights, predicted, measured}]; `weights`
          as `InitialWeights`, `measured` as
          `MeasuredLayer`, and time_delta_ratio of recurrent layers: the gradient at the first time
          step over that at the last; `predicted` None or {delta_norm, delta_ratio,
          weight_gradient_norm, activation_mean, activation_std, saturated_share};
        - delta_ratio_per_layer: {predicted, measured, reliable, note}: geometric mean between hidden
          layers, None where there is none; predictions are corrected for finite width;
        - phases: `theory.order_and_chaos.Phases` as a table, None where it has nothing to say;
        - initial_loss: {name, measured, expected, uninformed};
        - data: the `DataFacts`, and constant_columns;
        - findings: as in `gradlab run --json`, causes first.

    Raises:
        PresetError: a model that cannot be built, or a loss that does not fit.
    """
    model = build(preset, dataset, trust=trust, base=base)
    plan = make_loss(preset, dataset, model)
    x = dataset.train.x[:ROWS]
    y = plan.encode(dataset.train.y[:ROWS])
    sites = depth_sites(find_sites(model, x[0]))
    data = summarise(dataset)
    context = make_context(preset, data, plan.name)
    prediction = context.prediction

    outputs, calls, tape = forward(model, x)
    layers = measure(sites, calls, tape, preset.seed) if sites else ()
    loss = initial_loss(
        plan,
        sites[-1].info.activation if sites else "linear",
        y,
        float(tf.reduce_mean(row_losses(plan, tf.constant(y), outputs, calls))),
        prediction.logit_variance if prediction else None,
    )
    probes = Snapshot(model, sites, plan, tf.constant(x), tf.constant(y), bins=BINS).take()
    steps_per_epoch = -(-len(dataset.train) // preset.train.batch_size)
    history = untrained_history(sites, layers, probes, loss, steps_per_epoch)
    findings = likely_problems(history, context)
    return {
        "preset": name,
        "family": preset.model.family,
        "parameters": sum(int(np.prod(v.shape)) for v in model.trainable_variables),
        "rows": len(x),
        "layers": _layer_documents(sites, layers, probes, prediction),
        "delta_ratio_per_layer": _ratio_document(history, prediction),
        "phases": asdict(prediction.phases) if prediction and prediction.phases else None,
        "initial_loss": asdict(loss),
        "data": asdict(data) | {"constant_columns": constant_columns(dataset)},
        "findings": [finding.document() for finding in findings],
    }


def constant_columns(dataset: Dataset) -> int:
    """Features that have the same value in every training row."""
    table = dataset.train.x.reshape(len(dataset.train), -1)
    return int((table.min(axis=0) == table.max(axis=0)).sum())


def depth_sites(sites: tuple[Site, ...]) -> tuple[Site, ...]:
    """The measured layers that are a depth of their own: not the projections of shortcuts."""
    return tuple(site for site in sites if "projection" not in site.info.name)


def _layer_documents(
    sites: tuple[Site, ...],
    layers: tuple[MeasuredLayer, ...],
    probes: tuple[LayerProbe, ...],
    prediction: Prediction | None,
) -> list[dict[str, Any]]:
    fits = prediction is not None and len(prediction.units) == len(sites)
    predicted = _predicted_layers(prediction) if prediction and fits else [None] * len(sites)
    documents = []
    for site, layer, probe, expected in zip(sites, layers, probes, predicted, strict=True):
        measured = asdict(layer) | {"time_delta_ratio": time_delta_ratio(probe)}
        del measured["name"]
        documents.append(
            {
                "name": layer.name,
                "units": site.info.units,
                "activation": site.info.activation,
                "initializer": site.info.initializer,
                "weights": asdict(initial_weights(site)),
                "predicted": expected,
                "measured": measured,
            }
        )
    return documents


def _predicted_layers(prediction: Prediction) -> list[dict[str, float | None] | None]:
    """The prediction by depth; None where nothing is predicted."""
    if all(math.isnan(value) for value in prediction.delta_profile):
        return [None] * len(prediction.units)
    layers: list[dict[str, float | None] | None] = []
    for index, profile in enumerate(prediction.typical_profile):
        top = index == len(prediction.units) - 1
        saturated = float(prediction.saturated_share[index])
        layers.append(
            {
                "delta_norm": float(profile),
                "delta_ratio": None if top else float(prediction.typical_ratio[index]),
                "weight_gradient_norm": float(prediction.weight_gradient_profile[index]),
                "activation_mean": float(prediction.activation_mean[index]),
                "activation_std": float(prediction.activation_std[index]),
                "saturated_share": None if math.isnan(saturated) else saturated,
            }
        )
    return layers


def _ratio_document(history: History, prediction: Prediction | None) -> dict[str, Any]:
    expected = prediction.typical_ratio_per_layer if prediction else math.nan
    return {
        "predicted": None if math.isnan(expected) else expected,
        "measured": delta_ratio_per_layer(history),
        "reliable": prediction is not None and prediction.reliable,
        "note": prediction.note if prediction else "Mean field covers stacks of Dense layers only.",
    }
