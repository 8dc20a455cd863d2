"""The parts of a report that are pictures: curves, profiles, heatmaps, each with its caption."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..comparison.curves import XAxis, curve
from ..comparison.depth import common_step, log_ratio, profile
from ..comparison.document import position
from ..comparison.findings import markers
from ..comparison.opened import Opened
from ..comparison.probed import last_time_norms, pooled_together
from ..comparison.seeds import band, groups
from ..findings.order import rises
from .figures import Line, Mark, heat_figure, line_figure

POINTS = 400
HEAT_BUCKETS = 240
AXES = {"step": "step", "epoch": "epoch", "examples": "examples seen", "time": "seconds"}

Section = tuple[str, str]
"""A caption and an `<svg>` element."""


def curve_sections(runs: Sequence[Opened], axis: XAxis, by_seed: bool) -> list[Section]:
    """Loss, validation loss and every other log that a run has, one figure each."""
    logs = dict.fromkeys(
        name for run in runs for epoch in run.history.epochs for name in epoch.logs
    )
    names = dict.fromkeys(["loss", "val_loss", *logs])
    names.pop("learning_rate", None)
    found = []
    for name in names:
        lines = _group_lines(runs, name, axis) if by_seed else _lines(runs, name, axis)
        log = not rises(name) and _spans_decades(lines)
        picture = line_figure(
            lines,
            x_label=AXES[axis],
            y_label=name,
            description=f"{name} of {', '.join(line.label for line in lines)}",
            log=log,
            marks=_marks(runs, axis) if not by_seed else (),
        )
        if not picture:
            continue
        caption = name
        if by_seed:
            caption += ": mean and one standard deviation of the runs that differ in seed only"
        elif name == "loss":
            caption += " of the batches: mean, smallest and largest under each point"
        if not by_seed and markers(runs):
            caption += "; vertical: where a finding began"
        found.append((caption + ("; log scale" if log else ""), picture))
    return found


def profile_sections(runs: Sequence[Opened]) -> list[Section]:
    """Delta and gradient norm by depth at the last step that all runs have taken."""
    step, found = common_step(list(runs)), []
    for statistic, title in (("delta_norm", "Delta norm"), ("grad_norm", "Gradient norm")):
        lines, names = [], set()
        for number, run in enumerate(runs):
            one = profile(run.history, statistic, step)
            if one is not None:
                names.add(len(one.layers))
                lines.append(Line(_label(run), one.depth, one.values, number=number, points=True))
        if len(names) == 1:  # the same number of layers: count them
            layers = names.pop()
            x = np.arange(1, layers + 1, dtype=np.float64)
            lines = [Line(v.label, x, v.y, number=v.number, points=True) for v in lines]
            x_label = "layer, from the input"
        else:
            x_label = "relative depth, 0 the first layer and 1 the last"
        picture = line_figure(
            lines, x_label=x_label, y_label=title.lower(), log=True,
            description=f"{title} by depth at step {step}",
        )  # fmt: skip
        if picture:
            found.append((f"{title} by depth at step {step}; log scale", picture))
    return found


def measured_sections(runs: Sequence[Opened]) -> list[Section]:
    """The newest measurements of the probe batch: gradients by time step, the weights of all layers."""
    found = []
    lines = [
        Line(_label(run), np.arange(1, len(norms) + 1, dtype=np.float64), norms, number=number)
        for number, run in enumerate(runs)
        if (norms := last_time_norms(run.history)) is not None
    ]
    caption = "Gradient by time step of the last recurrent layer, newest measurement"
    picture = line_figure(
        lines, x_label="time step", y_label="norm of dL/dh", log=True, description=caption
    )
    if picture:
        found.append((f"{caption}; log scale", picture))
    shares, edges = pooled_together([run.history for run in runs])
    lines = [
        Line(
            _label(run),
            np.repeat(edges, 2),
            np.concatenate([[0], np.repeat(part, 2), [0]]),
            number=number,
        )
        for number, (run, part) in enumerate(zip(runs, shares, strict=True))
        if part is not None
    ]
    caption = "Weights of all layers, newest measurement"
    picture = line_figure(lines, x_label="weight", y_label="share", description=caption)
    return [*found, (caption, picture)] if picture else found


def heat_sections(runs: Sequence[Opened], baseline: int) -> list[Section]:
    """log10 of delta, layer by step, of every run on one scale; and log2 of each over the baseline."""
    pictures = [(run, _heat(run)) for run in runs]
    ends = [
        (float(finite.min()), float(finite.max()))
        for _, heat in pictures
        if heat and len(finite := heat[0][np.isfinite(heat[0])])
    ]
    if not ends:
        return []
    limits = (min(low for low, _ in ends), max(high for _, high in ends))
    found = []
    for run, heat in pictures:
        if heat is not None:
            values, x, layers = heat
            caption = f"{_label(run)}: delta norm, layer by step"
            figure = heat_figure(
                values, x, layers, limits=limits, scale="log10", description=caption
            )
            found.append((caption, figure))
    reference = runs[baseline]
    for index, run in enumerate(runs):
        ratio = log_ratio(run.history, reference.history, buckets=HEAT_BUCKETS)
        if index == baseline or ratio is None or not np.isfinite(ratio.values).any():
            continue
        largest = float(np.nanmax(np.abs(ratio.values[np.isfinite(ratio.values)]))) or 1.0
        caption = (
            f"log2({run.letter}/{reference.letter}): how many times the delta norm of {run.letter} "
            f"doubles that of {reference.letter}, layer by step"
        )
        figure = heat_figure(
            ratio.values, ratio.x, ratio.layers, limits=(-largest, largest), scale="log2",
            description=caption, diverging=True,
        )  # fmt: skip
        found.append((caption, figure))
    return found


def _label(run: Opened) -> str:
    return f"{run.letter} {run.name}"


def _lines(runs: Sequence[Opened], name: str, axis: XAxis) -> list[Line]:
    lines = []
    for number, run in enumerate(runs):
        found = curve(run, name, axis=axis, points=POINTS)
        if found is not None:
            few = len(found.x) <= 20
            lines.append(Line(_label(run), found.x, found.mean, found.low, found.high, number, few))
    return lines


def _group_lines(runs: Sequence[Opened], name: str, axis: XAxis) -> list[Line]:
    lines = []
    for number, group in enumerate(groups(runs)):
        curves = [curve(runs[i], name, axis=axis, points=POINTS) for i in group.members]
        found = band([c for c in curves if c is not None], POINTS)
        if found is not None:
            label = f"{group.label} {group.name}, {len(group.members)} runs"
            lines.append(Line(label, found.x, found.mean, found.low, found.high, number))
    return lines


def _marks(runs: Sequence[Opened], axis: XAxis) -> list[Mark]:
    return [
        Mark(position(runs[m.run], m.first_step, axis), m.problem, m.run) for m in markers(runs)
    ]


def _spans_decades(lines: Sequence[Line]) -> bool:
    values = [line.y[np.isfinite(line.y)] for line in lines]
    joined = np.concatenate(values) if values else np.empty(0)
    return bool(len(joined)) and joined.min() > 0 and joined.max() / joined.min() > 50


def _heat(run: Opened) -> tuple[np.ndarray, np.ndarray, list[str]] | None:
    """log10 of the largest delta norm in each bucket of steps [buckets, layers]; NaN where empty."""
    history = run.history
    layers = [v.name for v in history.layers if history.steps.has(v.name, "delta_norm")]
    if not layers or not len(history.steps):
        return None
    steps = history.steps.steps
    width = max(-(-int(steps[-1] + 1 - steps[0]) // HEAT_BUCKETS), 1)
    edges = np.arange(int(steps[0]), int(steps[-1]) + 1, width)
    bounds = np.searchsorted(steps, edges)
    filled = np.flatnonzero(np.diff(bounds, append=len(steps)) > 0)
    values = np.full((len(edges), len(layers)), np.nan)
    for index, layer in enumerate(layers):
        largest = np.maximum.reduceat(history.steps.series(layer, "delta_norm"), bounds[filled])
        with np.errstate(divide="ignore", invalid="ignore"):
            values[filled, index] = np.log10(largest.astype(np.float64))
    return values, edges, layers
