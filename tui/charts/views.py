"""What each of the lab's six panels can show."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from ...engine.machine.load import Load
from ...engine.stream.history import History
from ..drawing.chart_spec import ChartSpec
from ..drawing.heatmaps import HeatmapSpec
from ..drawing.ridges import RidgeSpec
from ..drawing.text_page import TextPage
from ..followed.predicted import Predicted
from .beginning import Beginning
from .clipped import angle_chart, clipped_chart
from .layer_names import matches
from .machine import machine_chart
from .measured import pooled_chart, time_chart
from .profile import profile_chart, signal_chart
from .series import (
    accuracy_chart,
    histogram_chart,
    layer_chart,
    layer_heatmap,
    learning_rate_chart,
    loss_chart,
    ridges,
    unit_chart,
)
from .smoothing import SMOOTHINGS

Spec = ChartSpec | HeatmapSpec | RidgeSpec | TextPage


@dataclass(frozen=True, eq=False)
class Shot:
    """What a picture is made from.

    Attributes:
        history: the run so far.
        layers: regular expression that chooses layers; "" for all.
        step: the step that the user inspects; None for the newest.
        predicted: what theory says of the net before training.
        reading: whether more of the run lies on disk than has been read.
        beginning: what there is to say before the first step.
        smoothing: how much lines over steps are smoothed, one of SMOOTHINGS.
        loads: what the training took of the machine.
    """

    history: History
    layers: str = ""
    step: int | None = None
    predicted: Predicted = field(default_factory=Predicted)
    reading: bool = False
    beginning: Beginning | None = None
    smoothing: float = SMOOTHINGS[0]
    loads: Sequence[Load] = ()


@dataclass(frozen=True)
class View:
    """One picture that a panel can show.

    Attributes:
        name: what the palette and the header call it.
        make: the picture.
        heatmap: the same numbers as a heatmap, for the third press of the scale key.
    """

    name: str
    make: Callable[[Shot], Spec]
    heatmap: Callable[[Shot], HeatmapSpec] | None = None


def _profile(shot: Shot) -> ChartSpec:
    predicted, history = shot.predicted.profile, shot.history
    if predicted is not None and len(history.steps):
        top = history.layers[-1].name
        scale = history.steps.series(top, "delta_norm")[0] if _has(history, top) else np.nan
        predicted = predicted * scale if np.isfinite(scale) and scale > 0 else None
    return profile_chart(history, shot.step, predicted, shot.layers)


def _has(history: History, layer: str) -> bool:
    return history.steps.has(layer, "delta_norm")


def _layers(name: str, statistic: str) -> View:
    return View(
        name,
        lambda shot: layer_chart(shot.history, statistic, shot.layers, shot.smoothing),
        lambda shot: layer_heatmap(shot.history, statistic, shot.layers),
    )


def _by_depth(name: str, statistic: str) -> View:
    return View(name, lambda shot: signal_chart(shot.history, statistic, shot.step, shot.layers))


def _heatmap(name: str, statistic: str) -> View:
    return View(name, lambda shot: layer_heatmap(shot.history, statistic, shot.layers))


def _ridges(shot: Shot, kind: str) -> RidgeSpec:
    spec = ridges(shot.history.probes[-1] if shot.history.probes else None, kind)
    shown = (r for r in spec.ridges if matches(shot.layers, r.name.partition(" ")[2]))
    return replace(spec, ridges=tuple(shown))


def _one_layer(shot: Shot) -> ChartSpec:
    """The first layer that the filter lets through: its weights before and now."""
    names = [layer.name for layer in shot.history.layers if matches(shot.layers, layer.name)]
    return histogram_chart(shot.history.probes, names[0] if names else "")


VIEWS: dict[int, tuple[View, ...]] = {
    1: (
        View("Loss", lambda shot: loss_chart(shot.history, shot.smoothing)),
        View("Accuracy", lambda shot: accuracy_chart(shot.history)),
        View("Learning rate", lambda shot: learning_rate_chart(shot.history)),
        View("Machine", lambda shot: machine_chart(shot.loads)),
    ),
    2: (
        View("Profile", _profile),
        View(
            "Gradient by time step",
            lambda shot: time_chart(shot.history, shot.predicted.time_ratio, shot.layers),
        ),
        _by_depth("Activation mean by depth", "activation_mean"),
        _by_depth("Activation deviation by depth", "activation_std"),
        _by_depth("Saturated activations by depth", "saturated_share"),
    ),
    3: (
        _layers("Gradient norms", "grad_norm"),
        _layers("Delta norms", "delta_norm"),
        _layers("Update ratio", "update_ratio"),
        _layers("Weight norms", "weight_norm"),
        _layers("Recurrent gradient norms", "recurrent_grad_norm"),
        _layers("Recurrent update ratio", "recurrent_update_ratio"),
        _layers("Recurrent weight norms", "recurrent_weight_norm"),
        _layers("Bias gradient norms", "bias_grad_norm"),
        _layers("Clipped gradient norms", "grad_norm_clipped"),
        View("Clipped steps", lambda shot: clipped_chart(shot.history)),
        View("Angle of clipping", lambda shot: angle_chart(shot.history)),
        _layers("Activation mean", "activation_mean"),
        _layers("Activation deviation", "activation_std"),
        _layers("Zero activations", "zero_share"),
        _layers("Saturated activations", "saturated_share"),
    ),
    4: (
        _heatmap("Delta", "delta_norm"),
        _heatmap("Gradient", "grad_norm"),
        _heatmap("Update ratio", "update_ratio"),
    ),
    5: (
        View("Activations", lambda shot: _ridges(shot, "activation")),
        View("Weights", lambda shot: _ridges(shot, "weight")),
        View("Recurrent weights", lambda shot: _ridges(shot, "recurrent")),
        View("Dead and saturated units", lambda shot: unit_chart(shot.history)),
        View("Weights before and now", _one_layer),
        View("Weights of all layers", lambda shot: pooled_chart(shot.history, shot.layers)),
    ),
}
"""The pictures of panels 1 to 5; panel 6 shows the data."""

PANELS = {1: "Loss", 2: "Profile", 3: "Norms", 4: "Heatmap", 5: "Units", 6: "Data"}
"""What each panel is called."""
