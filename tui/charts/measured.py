"""Charts of the probe batch's measurements: gradients by time step, all weights, units by depth."""

from __future__ import annotations

import numpy as np

from ...engine.comparison.probed import pooled_weights, time_norms, weight_range
from ...engine.stream.events import LayerInfo, Probe
from ...engine.stream.history import History
from ..drawing.chart_spec import COLOURS, ChartSpec, Series
from .layer_names import matches


def time_chart(history: History, ratio: float | None = None, pattern: str = "") -> ChartSpec:
    """The gradient at each time step of recurrent layers, before training (dashed) and now.

    Args:
        history: the run.
        ratio: what theory says is left of the gradient one time step earlier, before training; drawn
            as a slope that starts at the last time step.
        pattern: regular expression that a layer's name must match somewhere; "" for all.
    """
    title = "Gradient by time step"
    measured = [(p.step, time_norms(p)) for p in history.probes]
    measured = [(step, norms) for step, norms in measured if norms]
    if not measured:
        waiting = "Gradients by time step appear with the first measurement."
        none = "Only recurrent layers have time steps."
        return ChartSpec(title=title, empty=none if history.probes else waiting)
    (first_step, before), (last_step, now) = measured[0], measured[-1]
    chosen = [name for name in now if matches(pattern, name)]
    series: list[Series] = []
    for index, name in enumerate(chosen):
        style = f"line-{index % COLOURS + 1}"
        x = np.arange(1, len(now[name]) + 1, dtype=np.float64)
        several = f"{name} " if len(chosen) > 1 else ""
        series.append(Series(f"{several}step {last_step}", x, now[name], style=style))
        if last_step != first_step and name in before:
            label = f"{several}step {first_step}"
            series.append(Series(label, x, before[name], style=style, dashed=True))
    if ratio is not None and len(chosen) == 1 and chosen[0] in before:
        norms = before[chosen[0]]
        slope = norms[-1] * ratio ** np.arange(len(norms) - 1, -1, -1.0)
        x = np.arange(1, len(norms) + 1, dtype=np.float64)
        series.append(Series("predicted", x, slope, style="guide", dashed=True))
    longest = max((len(now[name]) for name in chosen), default=2)
    return ChartSpec(
        tuple(series),
        title=f"{title}, steps {first_step} and {last_step}",
        log=True,
        x_label="time step",
        x_limits=(1.0, float(max(longest, 2))),
        empty="No recurrent layer matches the filter.",
    )


def pooled_chart(history: History, pattern: str = "") -> ChartSpec:
    """The weights of all layers in one histogram, before training (dashed) and now."""
    title = "Weights of all layers"
    layers = [layer for layer in history.layers if matches(pattern, layer.name)]
    probes = [p for p in history.probes if pooled_weights(p, layers) is not None]
    if not probes:
        return ChartSpec(
            title=title, x_label="value", empty="Histograms appear with the first measurement."
        )
    first, last = probes[0], probes[-1]
    ends = [weight_range(probe, layers) for probe in (first, last)]
    limits = min(low for low, _ in ends), max(high for _, high in ends)
    series = [_outline(last, layers, limits, "line-1")]
    if first is not last:
        series.append(_outline(first, layers, limits, "line-2", dashed=True))
    return ChartSpec(tuple(series), title=title, x_label="value", y_label="share", x_whole=False)


def _outline(
    probe: Probe,
    layers: list[LayerInfo],
    limits: tuple[float, float],
    style: str,
    *,
    dashed: bool = False,
) -> Series:
    found = pooled_weights(probe, layers, limits)
    assert found is not None
    return Series(f"step {probe.step}", *outline(*found), style=style, dashed=dashed)


def outline(shares: np.ndarray, edges: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A histogram as a line of steps: every edge twice, the shares between them."""
    return np.repeat(edges, 2), np.concatenate([[0.0], np.repeat(shares, 2), [0.0]])
