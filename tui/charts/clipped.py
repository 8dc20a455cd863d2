"""Charts of what clipping did to the gradient."""

from __future__ import annotations

from ...engine.stream.clipping import clipped_by_epoch
from ...engine.stream.history import History
from ..drawing.chart_spec import ChartSpec, Series

NO_CLIP = "No clip is set."


def clipped_chart(history: History) -> ChartSpec:
    """Share of each epoch's steps whose gradient was clipped."""
    steps, shares = clipped_by_epoch(history)
    series = (Series("clipped", steps, shares, points=len(steps) <= 20),) if len(steps) else ()
    return ChartSpec(
        series,
        title="Share of clipped steps, by epoch",
        y_limits=(0.0, 1.0),
        empty=NO_CLIP if len(history.steps) else "The share appears with the first step.",
    )


def angle_chart(history: History) -> ChartSpec:
    """The angle between the whole gradient before and after clipping, in degrees, at every step.

    Clipping by one norm keeps the direction; clipping each element, or each variable by its own norm,
    turns it.
    """
    table = history.steps
    series = ()
    if len(table) and table.has("", "clip_angle"):
        series = (Series("angle", table.steps, table.series("", "clip_angle")),)
    return ChartSpec(
        series,
        title="Degrees by which clipping turns the gradient",
        y_limits=(0.0, 90.0),
        empty=NO_CLIP if len(table) else "The angle appears with the first step.",
    )
