"""The profile: gradient norm against depth at one step, the picture of vanishing and exploding."""

from __future__ import annotations

import numpy as np

from ...engine.diagnosis.delta_profile import PROFILE_STEPS, delta_profile
from ...engine.stream.history import History
from ..drawing.chart_spec import ChartSpec, Mark, Series
from .layer_names import matches

LINES = (("delta_norm", "delta", "line-1"), ("grad_norm", "weights", "line-2"))
"""Statistic, label and colour of each measured line; the first lies on top."""


def profile_chart(
    history: History,
    step: int | None = None,
    predicted: np.ndarray | None = None,
    pattern: str = "",
) -> ChartSpec:
    """Delta norm and weight-gradient norm of every layer, by depth, on a log scale.

    The weight gradient's norm can hide vanishing in ReLU and tanh nets; delta, the gradient with
    respect to a layer's output, does not, and is drawn first.

    Args:
        history: the run.
        step: the step to show, or the record nearest to it; the newest if None.
        predicted: norm of delta by depth as mean-field theory predicts it [layers].
        pattern: regular expression that a layer's name must match somewhere; "" for all.
    """
    layers = history.layers
    if not len(history.steps) or not layers:
        return ChartSpec(
            title="Profile", log=True, empty="The profile appears with the first step."
        )
    steps = history.steps.steps
    row = len(steps) - 1 if step is None else int(np.abs(steps - step).argmin())
    depth = np.arange(1, len(layers) + 1, dtype=np.float64)
    chosen = [i for i, layer in enumerate(layers) if matches(pattern, layer.name)]
    ends = (chosen[0], chosen[-1]) if chosen else (0, len(layers) - 1)
    series = []
    for statistic, label, style in LINES:
        measured = [i for i in chosen if history.steps.has(layers[i].name, statistic)]
        if measured:
            values = [history.steps.series(layers[i].name, statistic)[row] for i in measured]
            points = len(chosen) <= 40
            series.append(
                Series(label, depth[measured], np.array(values), style=style, points=points)
            )
    if predicted is not None:
        series.append(Series("predicted", depth, np.asarray(predicted), style="guide", dashed=True))
    names = {layer.name: index for index, layer in enumerate(layers)}
    bad = {names[name] for finding in history.standing for name in finding.layers if name in names}
    marked = sorted(bad & set(chosen))
    return ChartSpec(
        tuple(series),
        title=f"Profile, step {steps[row]}  gradient by depth",
        log=True,
        x_label="layer",
        x_ends=("input", "output"),
        note=_per_layer(history, row),
        x_limits=(ends[0] + 0.5, ends[1] + 1.5),
        x_ticks=tuple((position, f"{position:.0f}") for position in depth),
        marks=tuple(Mark(float(depth[index]), line=False, style="bad") for index in marked),
    )


DEPTH_TITLES = {
    "activation_mean": "Activation mean by depth",
    "activation_std": "Activation deviation by depth",
    "saturated_share": "Saturated activations by depth",
}
"""Titles of the charts of the signal on its way up."""


def signal_chart(
    history: History, statistic: str, step: int | None = None, pattern: str = ""
) -> ChartSpec:
    """A statistic of the activations against depth, at the first step (dashed) and at another.

    Args:
        history: the run.
        statistic: one of DEPTH_TITLES.
        step: the step to show, or the record nearest to it; the newest if None.
        pattern: regular expression that a layer's name must match somewhere; "" for all.
    """
    table, title = history.steps, DEPTH_TITLES[statistic]
    chosen = [
        index
        for index, layer in enumerate(history.layers)
        if len(table) and table.has(layer.name, statistic) and matches(pattern, layer.name)
    ]
    if not chosen:
        empty = (
            f"{title}: no layer has it." if len(table) else f"{title} appears with the first step."
        )
        return ChartSpec(title=title, empty=empty)
    row = len(table) - 1 if step is None else int(np.abs(table.steps - step).argmin())
    depth = np.array(chosen, np.float64) + 1
    columns = [table.series(history.layers[index].name, statistic) for index in chosen]
    places = [(row, "line-1", False)] + ([(0, "line-2", True)] if row else [])
    return ChartSpec(
        tuple(
            Series(
                f"step {table.steps[at]}", depth, np.array([column[at] for column in columns]),
                style=style, dashed=dashed, points=len(chosen) <= 40,
            )
            for at, style, dashed in places
        ),
        title=title,
        log=statistic == "activation_std",
        x_label="layer",
        x_limits=(depth[0] - 0.5, depth[-1] + 0.5),
        x_ticks=tuple((position, f"{position:.0f}") for position in depth),
        y_limits=(0.0, 1.0) if statistic == "saturated_share" else None,
    )  # fmt: skip


def _per_layer(history: History, row: int) -> str:
    """What becomes of delta at each layer on its way down, over the last steps: `÷5.3 per layer`."""
    deltas = history.matrix("delta_norm")[max(row - PROFILE_STEPS + 1, 0) : row + 1]
    known = np.isfinite(deltas).any(axis=0) if len(deltas) else np.zeros(0, bool)
    if known.sum() < 3:
        return ""
    ratio = delta_profile(deltas[:, known]).per_layer
    if not np.isfinite(ratio) or ratio <= 0:
        return ""
    if 0.9 < ratio < 1.1:
        return "level from layer to layer"
    return f"÷{1 / ratio:.3g} per layer" if ratio < 1 else f"×{ratio:.3g} per layer"
