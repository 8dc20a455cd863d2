"""What each of the lab's six panels can show."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from ...engine.stream.history import History
from ..drawing.chart_spec import ChartSpec
from ..drawing.heatmaps import HeatmapSpec
from ..drawing.ridges import RidgeSpec
from ..drawing.text_page import TextPage
from .beginning import Beginning
from .layer_names import matches
from .profile import profile_chart
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

Spec = ChartSpec | HeatmapSpec | RidgeSpec | TextPage


@dataclass(frozen=True, eq=False)
class Shot:
    """What a picture is made from.

    Attributes:
        history: the run so far.
        layers: regular expression that chooses layers; "" for all.
        step: the step that the user inspects; None for the newest.
        predicted: predicted profile of delta, over the output layer's [layers].
        reading: whether more of the run lies on disk than has been read.
        beginning: what there is to say before the first step.
    """

    history: History
    layers: str = ""
    step: int | None = None
    predicted: np.ndarray | None = None
    reading: bool = False
    beginning: Beginning | None = None


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
    predicted, history = shot.predicted, shot.history
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
        lambda shot: layer_chart(shot.history, statistic, shot.layers),
        lambda shot: layer_heatmap(shot.history, statistic, shot.layers),
    )


def _heatmap(name: str, statistic: str) -> View:
    return View(name, lambda shot: layer_heatmap(shot.history, statistic, shot.layers))


def _ridges(shot: Shot, kind: str) -> RidgeSpec:
    spec = ridges(shot.history.probes[-1] if shot.history.probes else None, kind)
    return replace(spec, ridges=tuple(r for r in spec.ridges if matches(shot.layers, r.name)))


def _one_layer(shot: Shot) -> ChartSpec:
    """The first layer that the filter lets through: its weights before and now."""
    names = [layer.name for layer in shot.history.layers if matches(shot.layers, layer.name)]
    return histogram_chart(shot.history.probes, names[0] if names else "")


VIEWS: dict[int, tuple[View, ...]] = {
    1: (
        View("Loss", lambda shot: loss_chart(shot.history)),
        View("Accuracy", lambda shot: accuracy_chart(shot.history)),
        View("Learning rate", lambda shot: learning_rate_chart(shot.history)),
    ),
    2: (View("Profile", _profile),),
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
    ),
}
"""The pictures of panels 1 to 5; panel 6 shows the data."""

PANELS = {1: "Loss", 2: "Profile", 3: "Norms", 4: "Heatmap", 5: "Units", 6: "Data"}
"""What each panel is called."""
