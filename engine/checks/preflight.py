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
from ..diagnosis.context import describe, make_context
from ..measuring.sites import Site, find_sites
from ..measuring.snapshot import Snapshot
from ..models.build import build
from ..models.losses import make_loss
from ..models.row_losses import row_losses
from ..preset.schema import Preset
from ..stream.events import LayerProbe
from ..theory import Prediction
from .backward import MeasuredLayer, forward, measure
from .expectation import expect, initial_loss, layer_names
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
        - layers: [{name, units, activation, initializer, predicted, measured}]; `measured` as
          `MeasuredLayer`, and time_delta_ratio of recurrent layers: the gradient at the first time
          step over that at the last; `predicted` None or {delta_norm, delta_ratio,
          weight_gradient_norm, activation_mean, activation_std, saturated_share};
        - delta_ratio_per_layer: {predicted, measured, reliable, note}: geometric mean between hidden
          layers, None where there is none; the prediction is corrected for finite width;
        - initial_loss: {name, measured, expected, uninformed};
        - data: `diagnosis.context.describe`'s document, and constant_columns;
        - findings: as in `gradlab run --json`, causes first.

    Raises:
        PresetError: a model that cannot be built, or a loss that does not fit.
    """
    model = build(preset, dataset, trust=trust, base=base)
    plan = make_loss(preset, dataset, model)
    x = dataset.train.x[:ROWS]
    y = plan.encode(dataset.train.y[:ROWS])
    sites = depth_sites(find_sites(model, x[0]))
    prediction = expect(preset, x, dataset.output_units)

    outputs, calls, tape = forward(model, x)
    layers = measure(sites, calls, tape, preset.seed) if sites else ()
    loss = initial_loss(
        plan,
        sites[-1].info.activation if sites else "linear",
        y,
        float(tf.reduce_mean(row_losses(plan, tf.constant(y), outputs, calls))),
        prediction.logit_variance if prediction else None,
    )
    data = describe(dataset) | {"constant_columns": constant_columns(dataset)}
    probes = Snapshot(model, sites, plan, tf.constant(x), tf.constant(y), bins=BINS).take()
    steps_per_epoch = -(-len(dataset.train) // preset.train.batch_size)
    history = untrained_history(sites, layers, probes, loss, steps_per_epoch)
    findings = likely_problems(history, make_context(preset, data, plan.name))
    return {
        "preset": name,
        "family": preset.model.family,
        "parameters": sum(int(np.prod(v.shape)) for v in model.trainable_variables),
        "rows": len(x),
        "layers": _layer_documents(sites, layers, probes, prediction),
        "delta_ratio_per_layer": _ratio_document(layers, prediction),
        "initial_loss": asdict(loss),
        "data": data,
        "findings": [finding.document() for finding in findings],
    }


def constant_columns(dataset: Dataset) -> int:
    """Features that have the same value in every training row."""
    table = dataset.train.x.reshape(len(dataset.train), -1)
    return int((table.min(axis=0) == table.max(axis=0)).sum())


def depth_sites(sites: tuple[Site, ...]) -> tuple[Site, ...]:
    """The measured layers that are a depth of their own: not the projections of shortcuts."""
    return tuple(site for site in sites if "projection" not in site.info.name)


def hidden_ratio(layers: tuple[MeasuredLayer, ...]) -> float | None:
    """Geometric mean of the delta ratios between hidden layers; None if there are fewer than two."""
    if len(layers) < 3:
        return None
    first, last = layers[0].delta_norm, layers[-2].delta_norm
    return (first / last) ** (1 / (len(layers) - 2)) if last else math.nan


def _layer_documents(
    sites: tuple[Site, ...],
    layers: tuple[MeasuredLayer, ...],
    probes: tuple[LayerProbe, ...],
    prediction: Prediction | None,
) -> list[dict[str, Any]]:
    predicted = _predicted_layers(prediction) if prediction else {}
    documents = []
    for site, layer, probe in zip(sites, layers, probes, strict=True):
        measured = asdict(layer) | {"time_delta_ratio": _over_time(probe)}
        del measured["name"]
        documents.append(
            {
                "name": layer.name,
                "units": site.info.units,
                "activation": site.info.activation,
                "initializer": site.info.initializer,
                "predicted": predicted.get(layer.name),
                "measured": measured,
            }
        )
    return documents


def _over_time(probe: LayerProbe) -> float | None:
    """||dL/dh|| of a recurrent layer at the first time step over the last one, L being the loss."""
    norms = probe.time_delta_norm
    if len(norms) < 2:
        return None
    return norms[0] / norms[-1] if norms[-1] else math.nan


def _predicted_layers(prediction: Prediction) -> dict[str, dict[str, float | None]]:
    """The prediction by layer, under the names of what was measured."""
    names = layer_names(prediction)
    if all(math.isnan(value) for value in prediction.delta_profile):
        return {}
    layers: dict[str, dict[str, float | None]] = {}
    for index, name in enumerate(names):
        top = index == len(names) - 1
        saturated = float(prediction.saturated_share[index])
        layers[name] = {
            "delta_norm": float(prediction.delta_profile[index]),
            "delta_ratio": None if top else float(prediction.delta_ratio[index]),
            "weight_gradient_norm": float(prediction.weight_gradient_profile[index]),
            "activation_mean": float(prediction.activation_mean[index]),
            "activation_std": float(prediction.activation_std[index]),
            "saturated_share": None if math.isnan(saturated) else saturated,
        }
    return layers


def _ratio_document(
    layers: tuple[MeasuredLayer, ...], prediction: Prediction | None
) -> dict[str, Any]:
    expected = None
    if prediction:
        expected = prediction.delta_ratio_per_layer * prediction.finite_width_factor
    return {
        "predicted": None if expected is None or math.isnan(expected) else expected,
        "measured": hidden_ratio(layers),
        "reliable": prediction is not None and prediction.reliable,
        "note": prediction.note if prediction else "Mean field covers the family mlp only.",
    }
