"""What each chart of the lab shows: pure functions from a history to a chart's description."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from ...engine.comparison.smoothing import smoothed, smoothed_norm
from ...engine.stream.buckets import begins, doubled_width
from ...engine.stream.events import WEIGHT_STATISTICS, LayerProbe, Probe
from ...engine.stream.history import History, Table
from ..drawing.chart_spec import COLOURS, ChartSpec, Guide, Mark, Series
from ..drawing.heatmaps import HeatmapSpec
from ..drawing.ridges import Ridge, RidgeSpec
from .layer_names import matches, numbered
from .measured import outline
from .smoothing import SMOOTHINGS, half_life, told

HEATMAP_ROWS = 512
"""Rows handed to a heatmap at most; a cell shows the largest norm of its rows."""

TITLES = {
    "grad_norm": "Gradient norms",
    "recurrent_grad_norm": "Gradient norms of recurrent kernels",
    "bias_grad_norm": "Gradient norms of biases",
    "grad_norm_clipped": "Gradient norms after clipping",
    "delta_norm": "Delta norms",
    "activation_mean": "Activation mean",
    "activation_std": "Activation deviation",
    "zero_share": "Share of zero activations",
    "saturated_share": "Share of saturated activations",
    "weight_norm": "Weight norms",
    "recurrent_weight_norm": "Norms of recurrent kernels",
    "update_ratio": "Update ratio",
    "recurrent_update_ratio": "Update ratio of recurrent kernels",
}
"""Titles of the charts of one statistic of every layer."""

LOGARITHMIC = {
    "grad_norm",
    "recurrent_grad_norm",
    "bias_grad_norm",
    "recurrent_weight_norm",
    "recurrent_update_ratio",
    "grad_norm_clipped",
    "delta_norm",
    "activation_std",
    "weight_norm",
    "update_ratio",
}
"""Statistics that span decades."""


def epoch_series(history: History, key: str) -> tuple[np.ndarray, np.ndarray]:
    """One of the epochs' logs against the step at which its epoch ended: (steps, values)."""
    rows = [(epoch.step, epoch.logs[key]) for epoch in history.epochs if key in epoch.logs]
    steps, values = zip(*rows, strict=True) if rows else ((), ())
    return np.array(steps, np.float64), np.array(values, np.float64)


def finding_marks(history: History) -> tuple[Mark, ...]:
    """The steps at which findings began that have not cleared, each with its problem's name."""
    return tuple(
        Mark(float(finding.first_step), finding.problem.replace("_", " "), style="bad")
        for finding in history.standing
    )


def loss_chart(history: History, smoothing: float = SMOOTHINGS[0]) -> ChartSpec:
    """The loss: each batch dimmed, smoothed over it, and the validation at each epoch's end.

    Args:
        history: the run.
        smoothing: one of SMOOTHINGS.
    """
    series: list[Series] = []
    if history.steps.has("", "loss") and len(history.steps):
        steps, loss = history.steps.steps, history.steps.series("", "loss")
        batches = Series("batch", steps, loss, dim=True, style="dim")
        if smoothing:
            line = smoothed(steps, loss, half_life(steps, smoothing))
            series += [Series("train", *line, style="line-1"), batches]
        else:
            series.append(replace(batches, label="train", dim=False, style="line-1"))
    steps, validation = epoch_series(history, "val_loss")
    if len(steps):
        series.insert(1, Series("val", steps, validation, style="line-2", points=len(steps) <= 20))
    return ChartSpec(
        tuple(series),
        title=f"Loss{told(smoothing)}",
        marks=finding_marks(history),
        empty="The loss appears with the first step.",
    )


def accuracy_chart(history: History) -> ChartSpec:
    """Training and validation accuracy at the end of each epoch."""
    names = (("accuracy", "train", "line-1"), ("val_accuracy", "val", "line-2"))
    series = [
        Series(label, *epoch_series(history, key), style=style, points=len(history.epochs) <= 20)
        for key, label, style in names
        if any(key in epoch.logs for epoch in history.epochs)
    ]
    return ChartSpec(
        tuple(series),
        title="Accuracy",
        whole=(0.0, 1.0),
        empty="The accuracy appears with the first epoch's end.",
    )


def learning_rate_chart(history: History) -> ChartSpec:
    """The learning rate of every step."""
    series = ()
    if history.steps.has("", "learning_rate") and len(history.steps):
        series = (Series("rate", history.steps.steps, history.steps.series("", "learning_rate")),)
    return ChartSpec(
        series,
        title="Learning rate",
        log=True,
        empty="The learning rate appears with the first step.",
    )


def layer_chart(
    history: History, statistic: str, layers: str = "", smoothing: float = SMOOTHINGS[0]
) -> ChartSpec:
    """One statistic of every layer over the steps.

    The first and the last layer are drawn in colour and labelled, those between are smoothed and
    dimmed. Where a filter leaves few enough, all are drawn in colour. What is in colour is smoothed, over
    what was recorded, where more than the usual is asked for.

    Args:
        history: the run.
        statistic: one of LAYER_STATISTICS or WEIGHT_STATISTICS.
        layers: regular expression that a layer's name must match somewhere; "" for all.
        smoothing: one of SMOOTHINGS.
    """
    table = history.weights if statistic in WEIGHT_STATISTICS else history.steps
    steps = table.steps
    chosen = [
        layer
        for layer in history.layers
        if len(steps) and table.has(layer.name, statistic) and matches(layers, layer.name)
    ]
    spare = not (layers and len(chosen) <= COLOURS)
    labels = numbered(history.layers)
    series, behind = [], []
    smooth = smoothed_norm if statistic in LOGARITHMIC else smoothed
    for index, layer in enumerate(chosen):
        values, label = table.series(layer.name, statistic), labels[layer.name]
        recorded = Series(label, steps, values)
        dim = spare and 0 < index < len(chosen) - 1
        style = "dim" if dim else ""
        if smoothing and (dim or smoothing > SMOOTHINGS[0]):
            line = smooth(steps, values, half_life(steps, smoothing))
            series.append(Series(label, *line, dim=dim, style=style))
            if not dim:
                behind.append(replace(recorded, dim=True, style="dim"))
        else:
            series.append(replace(recorded, dim=dim, style=style))
    ratio = statistic.endswith("update_ratio")
    return ChartSpec(
        (*series, *behind),
        title=TITLES[statistic] + told(smoothing),
        log=statistic in LOGARITHMIC,
        y_limits=(0.0, 1.0) if statistic.endswith("_share") else None,
        guides=(Guide(1e-3, "1e-3"),) if ratio else (),
        marks=finding_marks(history),
        empty=_absence(history, table, statistic, layers),
    )


def _absence(history: History, table: Table, statistic: str, layers: str) -> str:
    """Why a statistic of the layers has nothing to show."""
    if not len(table):
        return f"{TITLES[statistic]}: nothing recorded yet."
    if any(table.has(layer.name, statistic) for layer in history.layers) and layers:
        return "No layer matches the filter."
    return f"{TITLES[statistic]}: not recorded of this run."


def layer_heatmap(history: History, statistic: str = "delta_norm", layers: str = "") -> HeatmapSpec:
    """One statistic of every layer over the steps, with the step at which findings began.

    Args:
        history: the run.
        statistic: one of LAYER_STATISTICS or WEIGHT_STATISTICS; a norm.
        layers: regular expression that a layer's name must match somewhere; "" for all.
    """
    table = history.weights if statistic in WEIGHT_STATISTICS else history.steps
    names = [
        layer.name
        for layer in history.layers
        if table.has(layer.name, statistic) and matches(layers, layer.name)
    ]
    title = f"Layer x step  {TITLES[statistic].lower()}"
    if not len(table) or not names:
        return HeatmapSpec(title=title, empty=_absence(history, table, statistic, layers))
    columns = np.stack([table.series(name, statistic) for name in names], axis=1)
    # Buckets are counted from step 0 and a power of two wide: earlier ones never change.
    span = float(table.steps[-1] - table.steps[0]) + 1
    bucket = doubled_width(span, HEATMAP_ROWS)
    starts = begins(table.steps // bucket)
    marks = tuple(
        (names.index(layer), float(finding.first_step), finding.problem)
        for finding in history.standing
        for layer in finding.layers
        if layer in names
    )
    labels = numbered(history.layers)
    return HeatmapSpec(
        tuple(labels[name] for name in names),
        table.steps[starts],
        np.maximum.reduceat(columns, starts, axis=0),
        title=title,
        marks=marks,
    )


def unit_chart(history: History) -> ChartSpec:
    """Dead and saturated units of every layer on the probe batch, against depth, before and now."""
    if not history.probes:
        return ChartSpec(
            title="Dead and saturated units", empty="Units are counted before the first step."
        )
    now = history.probes[-1].layers
    depth = np.arange(1, len(now) + 1)
    return ChartSpec(
        (
            Series("dead", depth, np.array([layer.dead_units for layer in now]), points=True),
            Series(
                "saturated", depth, np.array([layer.saturated_units for layer in now]), points=True
            ),
        ),
        title=f"Dead and saturated units, step {history.probes[-1].step}",
        x_label="layer",
        x_limits=(0.5, len(now) + 0.5),
        x_ticks=tuple((float(i), str(i)) for i in depth),
        y_limits=(0.0, 1.0),
    )


def histogram_chart(probes: Iterable[Probe], layer: str, kind: str = "weight") -> ChartSpec:
    """One layer's weights or activations at the first probe (dashed) and at the newest.

    Args:
        probes: measurements in order.
        layer: the layer's name.
        kind: weight or activation.
    """
    measured = [(p.step, found) for p in probes if (found := _layer(p, layer)) is not None]
    title = f"{layer}  {kind}s"
    if not measured:
        return ChartSpec(
            title=title, x_label="value", empty="Histograms appear with the first measurement."
        )
    (first_step, before), (last_step, now) = measured[0], measured[-1]
    series = [Series(f"step {last_step}", *_outline(now, kind), style="line-1")]
    if last_step != first_step:
        series.append(
            Series(f"step {first_step}", *_outline(before, kind), style="line-2", dashed=True)
        )
    return ChartSpec(tuple(series), title=title, x_label="value", y_label="share", x_whole=False)


def ridges(probe: Probe | None, kind: str = "activation") -> RidgeSpec:
    """The histograms of all layers at one measurement.

    Args:
        probe: the measurement; None while there is none.
        kind: weight, recurrent (recurrent kernels, where there are any) or activation.
    """
    if probe is None:
        return RidgeSpec(
            title=f"{kind.capitalize()}s", empty="Histograms appear with the first measurement."
        )
    rows = tuple(
        Ridge(
            f"{place} {layer.name}", *_histogram(layer, kind), _unit_note(layer), _troubled(layer)
        )
        for place, layer in enumerate(probe.layers, 1)
        if _histogram(layer, kind)[0]
    )
    return RidgeSpec(rows, title=f"{kind.capitalize()}s by layer, step {probe.step}", x_label=kind)


def _layer(probe: Probe, name: str) -> LayerProbe | None:
    return next((layer for layer in probe.layers if layer.name == name), None)


def _histogram(layer: LayerProbe, kind: str) -> tuple[tuple[int, ...], tuple[float, ...]]:
    if kind == "recurrent":
        return layer.recurrent_counts, layer.recurrent_edges
    if kind == "weight":
        return layer.weight_counts, layer.weight_edges
    return layer.activation_counts, layer.activation_edges


def _outline(layer: LayerProbe, kind: str) -> tuple[np.ndarray, np.ndarray]:
    counts, edges = (np.asarray(values, np.float64) for values in _histogram(layer, kind))
    return outline(counts / max(counts.sum(), 1.0), edges)


def _unit_note(layer: LayerProbe) -> str:
    notes = [f"dead {layer.dead_units:.0%}"] if layer.dead_units else []
    notes += [f"sat {layer.saturated_units:.0%}"] if layer.saturated_units else []
    notes += [f"{layer.non_finite} not finite"] if layer.non_finite else []
    return " ".join(notes)


def _troubled(layer: LayerProbe) -> bool:
    return layer.non_finite > 0 or max(layer.dead_units, layer.saturated_units) > 0.5
