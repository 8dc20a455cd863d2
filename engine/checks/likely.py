"""Which problems are likely, by the rules of the diagnosis on a run of no steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..diagnosis.causes import settle
from ..diagnosis.context import Context
from ..diagnosis.remedies import remedies
from ..diagnosis.rules import FORESEEING, find
from ..diagnosis.view import Places, View
from ..findings.finding import Finding
from ..measuring.sites import Site
from ..stream.events import Column, LayerProbe, Probe, Started, Steps
from ..stream.history import History
from .backward import MeasuredLayer
from .initial_loss import InitialLoss


def untrained_history(
    sites: Sequence[Site],
    layers: Sequence[MeasuredLayer],
    probes: Sequence[LayerProbe],
    loss: InitialLoss,
    steps_per_epoch: int,
) -> History:
    """A history of one step that was measured and not taken, for the rules to look at.

    Args:
        sites: the measured layers.
        layers: what was measured of each.
        probes: each on the probe batch.
        loss: before the first step.
        steps_per_epoch: steps that an epoch would have.
    """
    series = {
        "delta_norm": [layer.delta_norm for layer in layers],
        "activation_mean": [layer.activation_mean for layer in layers],
        "activation_std": [layer.activation_std for layer in layers],
        "saturated_share": [layer.saturated_share for layer in layers],
    }
    named = {
        Column(site.info.name, statistic): value
        for statistic, values in series.items()
        for site, value in zip(sites, values, strict=True)
        if value is not None
    }
    history = History()
    infos = tuple(replace(site.info, index=depth) for depth, site in enumerate(sites))
    columns = (Column("", "loss"), *named)
    history.add(Started(infos, columns, (), steps_per_epoch=steps_per_epoch, epochs=1))
    history.add(Probe(-1, 0, tuple(probes)))
    row = np.array([[loss.measured, *named.values()]], np.float64)
    with np.errstate(over="ignore"):
        history.add(Steps(np.array([0]), np.array([0.0]), row.astype(np.float32)))
    return history


def likely_problems(history: History, context: Context) -> list[Finding]:
    """The findings to expect, causes first, each with its remedies.

    Args:
        history: from `untrained_history`.
        context: the preset, its data and the loss.
    """
    assert history.started
    view = View(history, Places(history.started), context, 1)
    found = find(view, FORESEEING)
    return [replace(f, remedies=remedies(f, context)) for f in settle(found)]
