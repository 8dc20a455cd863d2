"""Which problems are likely, by the rules of the diagnosis on a run of no steps."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..diagnosis.causes import settle
from ..diagnosis.context import Context
from ..diagnosis.data import LARGE_INPUTS, LARGE_TARGETS
from ..diagnosis.initialization import SYMPTOMS, poor_initialization
from ..diagnosis.output import mismatch
from ..diagnosis.remedies import remedies
from ..diagnosis.rules import RULES, look
from ..diagnosis.view import Layout, View
from ..diagnosis.wording import number
from ..findings.finding import Finding
from ..measuring.sites import Site
from ..stream.events import Column, LayerProbe, Probe, Started, Steps
from ..stream.history import History
from .backward import MeasuredLayer
from .expectation import InitialLoss

FORESEEABLE = (
    "vanishing_gradient", "exploding_gradient", "non_finite", "saturated_units", "dead_units",
    "poor_initialization", "unscaled_inputs", "unscaled_targets", "output_mismatch",
    "split_mismatch",
)  # fmt: skip
"""Problems that can be told before training."""


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
    view = View(history, Layout(history.started), context, 1)
    found = look(view, tuple(rule for rule in RULES if rule.__name__ in FORESEEABLE))
    for finding in (unsuited_weights(view), large_inputs(view), large_targets(view), misfit(view)):
        if finding is not None:
            found.setdefault(finding.problem, finding)
    return [replace(f, remedies=tuple(remedies(f, context))) for f in settle(found)]


def unsuited_weights(view: View) -> Finding | None:
    """Weights of the wrong size or sign, although nothing has come of them yet.

    Input kernels of recurrent layers are left alone: a small one is meant to be (Le et al. 2015, IRNN).
    """
    if any(layer.kind in ("SimpleRNN", "LSTM", "GRU") for layer in view.layers):
        return None
    expected = {SYMPTOMS[0]: Finding(SYMPTOMS[0], (), 0, "warning", {}, "")}
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore", RuntimeWarning)
        finding = poor_initialization(view, expected)
    return replace(finding, severity="warning") if finding else None


def large_inputs(view: View) -> Finding | None:
    """Inputs that may harm: large on the whole, or because of a few columns."""
    size, inputs = view.context.size("inputs"), view.context.moments("inputs")
    if inputs is None or size is None or size < 2 * LARGE_INPUTS:
        return None
    return Finding(
        problem="unscaled_inputs",
        layers=(),
        first_step=0,
        severity="warning",
        evidence={"input_rms": size, "input_mean": inputs["mean"]},
        message=f"The inputs lie from {number(inputs['min'])} to {number(inputs['max'])}, "
        f"{number(size)} in root mean square; initial weights are made for inputs of size 1.",
    )


def large_targets(view: View) -> Finding | None:
    """Targets so much larger than the first outputs that the first steps will be as large."""
    size, targets = view.context.size("targets"), view.context.moments("targets")
    if targets is None or size is None or size < LARGE_TARGETS or math.isnan(view.initial_loss):
        return None
    return Finding(
        problem="unscaled_targets",
        layers=(),
        first_step=0,
        severity="warning",
        evidence={
            "target_rms": size,
            "target_std": targets["std"],
            "first_loss": view.initial_loss,
        },
        message=f"The targets lie from {number(targets['min'])} to {number(targets['max'])}, the outputs "
        f"of a fresh net near 1: the first loss is {number(view.initial_loss)}, and the first gradients "
        "are as far out of proportion.",
    )


def misfit(view: View) -> Finding | None:
    """An output activation or a loss that suits other targets."""
    if not view.layers or not view.context.task:
        return None
    output = view.layers[-1]
    wrong = mismatch(
        output.activation,
        output.units,
        view.context.loss,
        task=view.context.task,
        targets=view.context.moments("targets"),
    )
    if wrong is None:
        return None
    weight, sentence = wrong
    return Finding(
        problem="output_mismatch",
        layers=(output.name,),
        first_step=0,
        severity="warning",
        evidence={
            "output_activation": output.activation,
            "output_units": output.units,
            "loss": view.context.loss,
            "fatal": weight == "fatal",
        },
        message=sentence,
    )
