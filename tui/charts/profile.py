"""The profile: gradient norm against depth at one step, the picture of vanishing and exploding."""

from __future__ import annotations

import numpy as np

from ...engine.stream.history import History
from ..drawing.chart_spec import ChartSpec, Mark, Series

LINES = (("delta_norm", "delta", "line-1"), ("grad_norm", "weights", "line-2"))
"""Statistic, label and colour of each measured line; the first lies on top."""


def profile_chart(
    history: History, step: int | None = None, predicted: np.ndarray | None = None
) -> ChartSpec:
    """Delta norm and weight-gradient norm of every layer, by depth, on a log scale.

    The weight gradient's norm can hide vanishing in ReLU and tanh nets; delta, the gradient with
    respect to a layer's output, does not, and is drawn first.

    Args:
        history: the run.
        step: the step to show, or the record nearest to it; the newest if None.
        predicted: norm of delta by depth as mean-field theory predicts it [layers].
    """
    layers = history.layers
    if not len(history.steps) or not layers:
        return ChartSpec(
            title="Profile", log=True, empty="The profile appears with the first step."
        )
    steps = history.steps.steps
    row = len(steps) - 1 if step is None else int(np.abs(steps - step).argmin())
    depth = np.arange(1, len(layers) + 1, dtype=np.float64)
    series = []
    for statistic, label, style in LINES:
        measured = [i for i, layer in enumerate(layers) if history.steps.has(layer.name, statistic)]
        if measured:
            values = [history.steps.series(layers[i].name, statistic)[row] for i in measured]
            points = len(layers) <= 40
            series.append(
                Series(label, depth[measured], np.array(values), style=style, points=points)
            )
    if predicted is not None:
        series.append(Series("predicted", depth, np.asarray(predicted), style="guide", dashed=True))
    names = {layer.name: index for index, layer in enumerate(layers)}
    marked = {
        names[name] for finding in history.standing for name in finding.layers if name in names
    }
    return ChartSpec(
        tuple(series),
        title=f"Profile  gradient by depth, step {steps[row]}",
        log=True,
        x_label="layer",
        x_limits=(0.5, len(layers) + 0.5),
        x_ticks=tuple((position, f"{position:.0f}") for position in depth),
        marks=tuple(Mark(float(depth[index]), line=False, style="bad") for index in sorted(marked)),
    )
