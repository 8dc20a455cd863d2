"""Charts of several runs on the same axes: pure functions from opened runs to a chart's description.

A run keeps its letter and its colour in every picture; the letter is written on its lines.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...engine.comparison.curves import XAxis, positions
from ...engine.comparison.depth import log_ratio, profile
from ...engine.comparison.document import position
from ...engine.comparison.findings import markers
from ...engine.comparison.opened import Opened
from ...engine.comparison.probed import last_time_norms, pooled_together
from ...engine.comparison.smoothing import smoothed, smoothed_norm
from ...engine.errors import RunError
from ..drawing.chart_spec import ChartSpec, Mark, Series
from ..drawing.ratio_map import RatioSpec
from .measured import outline
from .smoothing import SMOOTHINGS, half_life, told

GHOSTS = 2
"""Runs up to which what was recorded is drawn behind its smoothed line."""

AXIS_NAMES: dict[XAxis, str] = {
    "step": "step",
    "epoch": "epoch",
    "examples": "example",
    "time": "second",
}
"""What one unit of an axis is called."""


@dataclass(frozen=True)
class CurveView:
    """One picture of the panel of curves.

    Attributes:
        name: its title.
        statistic: a series of the whole model, or one of the epochs' logs.
        log: logarithmic y axis.
        first_layer: the series is the first layer's.
    """

    name: str
    statistic: str
    log: bool = False
    first_layer: bool = False


CURVES = (
    CurveView("Loss", "loss"),
    CurveView("Validation loss", "val_loss"),
    CurveView("Validation accuracy", "val_accuracy"),
    CurveView("Accuracy", "accuracy"),
    CurveView("Gradient norm of the whole model", "grad_norm", log=True),
    CurveView("Delta norm of the first layer", "delta_norm", log=True, first_layer=True),
)
"""Pictures of the panel of curves, in the order in which a key goes through them."""


def style_of(index: int) -> str:
    """Component name of a run's colour, by its place."""
    return f"line-{index + 1}"


def available_axes(runs: Sequence[Opened]) -> tuple[XAxis, ...]:
    """The axes that every run can be placed on."""
    found: list[XAxis] = []
    for axis in AXIS_NAMES:
        try:
            for run in runs:
                positions(run, np.zeros(1), np.zeros(1), axis)
        except RunError:
            continue
        found.append(axis)
    return tuple(found)


def available_curves(runs: Sequence[Opened]) -> tuple[CurveView, ...]:
    """The pictures that at least one run has something to show in."""
    return tuple(view for view in CURVES if any(_recorded(run, view) for run in runs))


def curve_overlay(
    runs: Sequence[Opened],
    view: CurveView,
    axis: XAxis = "step",
    smoothing: float = SMOOTHINGS[0],
) -> ChartSpec:
    """A series of every run, smoothed, with the steps at which findings began.

    Args:
        runs: the runs; each must be placeable on the axis.
        view: what to show.
        axis: what to draw it against.
        smoothing: one of SMOOTHINGS.
    """
    lines: list[Series] = []
    ghosts: list[Series] = []
    for index, run in enumerate(runs):
        found = _series(run, view, axis, smoothing)
        if found is None:
            continue
        x, y, raw = found
        style = style_of(index)
        points = raw is None and len(x) <= 20
        lines.append(Series(run.letter, x, y, style=style, points=points, letter=run.letter))
        if raw is not None and smoothing and len(runs) <= GHOSTS:
            ghosts.append(Series("", *raw, style="dim", dim=True))
    return ChartSpec(
        (*lines, *ghosts),
        title=view.name + told(smoothing),
        log=view.log,
        x_label=AXIS_NAMES[axis],
        x_whole=axis in ("step", "examples"),
        whole=(0.0, 1.0) if view.statistic.endswith("accuracy") else None,
        marks=finding_marks(runs, axis),
        empty=f"{view.name}: no run has recorded it.",
    )


def profile_overlay(
    runs: Sequence[Opened], statistic: str, steps: Sequence[int | None]
) -> ChartSpec:
    """A norm by depth of every run, each at a step of its own, on a log scale.

    Nets of as many layers are drawn by layer, others by relative depth: 0 at the first measured layer
    and 1 at the last.

    Args:
        runs: the runs.
        statistic: delta_norm or grad_norm.
        steps: step of each run, or the record nearest to it; the newest if None.
    """
    found = [profile(run.history, statistic, step) for run, step in zip(runs, steps, strict=True)]
    depths = {len(one.layers) for one in found if one}
    by_layer = len(depths) == 1
    count = max(depths, default=0)
    lines = tuple(
        Series(
            runs[index].letter,
            np.arange(1, count + 1, dtype=np.float64) if by_layer else one.depth,
            one.values,
            style=style_of(index),
            points=len(one.layers) <= 40,
            letter=runs[index].letter,
        )
        for index, one in enumerate(found)
        if one
    )
    at = sorted({one.step for one in found if one})
    where = f"step {at[0]}" if len(at) == 1 else f"steps {', '.join(map(str, at))}"
    name = "delta" if statistic == "delta_norm" else "weight gradient"
    return ChartSpec(
        lines,
        title=f"Profile  {name} by {'depth' if by_layer else 'relative depth'}, {where}",
        log=True,
        x_label="layer" if by_layer else "depth",
        x_whole=by_layer,
        x_limits=(0.5, count + 0.5) if by_layer else (0.0, 1.0),
        x_ticks=tuple((float(i), str(i)) for i in range(1, count + 1)) if by_layer else (),
        empty="The profile appears with the first step.",
    )


def time_overlay(runs: Sequence[Opened]) -> ChartSpec:
    """The gradient at each time step of every run's last recurrent layer, at its newest measurement."""
    lines = [
        Series(
            run.letter, np.arange(1, len(norms) + 1, dtype=np.float64), norms,
            style=style_of(index), letter=run.letter,
        )
        for index, run in enumerate(runs)
        if (norms := last_time_norms(run.history)) is not None
    ]  # fmt: skip
    return ChartSpec(
        tuple(lines),
        title="Gradient by time step, newest measurement",
        log=True,
        x_label="time step",
        empty="No run has measured a recurrent layer.",
    )


def weight_overlay(runs: Sequence[Opened]) -> ChartSpec:
    """The weights of all layers of every run, at its newest measurement, between the same ends."""
    found, edges = pooled_together([run.history for run in runs])
    return ChartSpec(
        tuple(
            Series(run.letter, *outline(shares, edges), style=style_of(i), letter=run.letter)
            for i, (run, shares) in enumerate(zip(runs, found, strict=True))
            if shares is not None
        ),
        title="Weights of all layers, newest measurement",
        x_label="value",
        y_label="share",
        x_whole=False,
        empty="No run has measured its weights.",
    )


def ratio_map(a: Opened, b: Opened, places: tuple[int, int], statistic: str) -> RatioSpec:
    """log2(A/B) of a norm, layer by step, over the steps that both have taken.

    Args:
        a: the run above the line.
        b: the run below it.
        places: their places among the runs, for their colours.
        statistic: delta_norm or grad_norm.
    """
    name = "delta" if statistic == "delta_norm" else "gradient"
    title = f"log2 of {name} norm, {a.letter} over {b.letter}"
    letters, styles = (a.letter, b.letter), (style_of(places[0]), style_of(places[1]))
    found = log_ratio(a.history, b.history, statistic)
    if found is None or not len(found.x):
        return RatioSpec(
            title=title, letters=letters, styles=styles,
            empty="There is no step yet that both runs have taken.",
        )  # fmt: skip
    return RatioSpec(
        found.layers, found.x, found.values, title=title, letters=letters, styles=styles
    )


def finding_marks(runs: Sequence[Opened], axis: XAxis) -> tuple[Mark, ...]:
    """Where each finding of each run began, with the run's letter."""
    marks = []
    for marker in markers(runs):
        run = runs[marker.run]
        name = f"{run.letter} {marker.problem.replace('_', ' ')}"
        marks.append(Mark(position(run, marker.first_step, axis), name, line=False, style="bad"))
    return tuple(marks)


def step_at(run: Opened, x: float | None, axis: XAxis) -> int | None:
    """The recorded step of a run that is nearest to a position; None for the newest, or without one."""
    table = run.history.steps
    if x is None or not len(table):
        return None
    places = positions(run, table.steps, table.times, axis)
    return int(table.steps[int(np.abs(places - x).argmin())])


def _layer(run: Opened, view: CurveView) -> str:
    layers = run.history.layers
    return layers[0].name if view.first_layer and layers else ""


def _recorded(run: Opened, view: CurveView) -> bool:
    history = run.history
    in_steps = history.steps.has(_layer(run, view), view.statistic) and len(history.steps)
    return bool(in_steps) or any(view.statistic in epoch.logs for epoch in history.epochs)


def _series(
    run: Opened, view: CurveView, axis: XAxis, smoothing: float
) -> tuple[np.ndarray, np.ndarray, tuple[np.ndarray, np.ndarray] | None] | None:
    """Positions and smoothed values, with what was recorded if that is more than the epochs' logs."""
    table, layer = run.history.steps, _layer(run, view)
    if table.has(layer, view.statistic) and len(table):
        values = table.series(layer, view.statistic)
        x = positions(run, table.steps, table.times, axis)
        if not smoothing:
            return x, values, (x, values)
        smooth = smoothed_norm if view.log else smoothed
        steps, line = smooth(table.steps, values, half_life(table.steps, smoothing))
        return np.interp(steps, table.steps, x), line, (x, values)
    logged = [epoch for epoch in run.history.epochs if view.statistic in epoch.logs]
    if not logged:
        return None
    values = np.array([epoch.logs[view.statistic] for epoch in logged])
    if axis == "time":
        return np.array([epoch.seconds for epoch in logged]), values, None
    steps = np.array([epoch.step for epoch in logged], np.float64)
    return positions(run, steps, steps, axis), values, None
