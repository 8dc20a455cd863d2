"""Charts as plain text, for logs and chat: `gradlab runs show RUN --chart profile`."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ...engine.stream.history import History
    from ..drawing.chart_spec import Glyphs

WIDTH, HEIGHT = 80, 20


class Chart(StrEnum):
    """The charts that can be printed."""

    PROFILE = "profile"
    LOSS = "loss"
    ACCURACY = "accuracy"
    NORMS = "norms"
    DELTAS = "deltas"
    HEATMAP = "heatmap"


STATISTICS = {
    Chart.PROFILE: ("delta_norm", "grad_norm"),
    Chart.LOSS: ("loss",),
    Chart.ACCURACY: (),
    Chart.NORMS: ("grad_norm",),
    Chart.DELTAS: ("delta_norm",),
    Chart.HEATMAP: ("delta_norm",),
}
"""What each chart draws; nothing else need be read of a long run."""


def chart_text(history: History, chart: Chart, width: int, height: int, glyphs: Glyphs) -> str:
    """A chart of a run as lines of text: its title, then `height` rows of at most `width` cells."""
    from dataclasses import replace

    from ..charts.profile import profile_chart
    from ..charts.series import accuracy_chart, layer_chart, layer_heatmap, loss_chart
    from ..drawing.charts import render
    from ..drawing.heatmaps import ASCII_SHADES, SHADES, legend, render_heatmap
    from ..drawing.rows import plain

    if chart is Chart.HEATMAP:
        shades = ASCII_SHADES if glyphs == "ascii" else SHADES
        heatmap = replace(layer_heatmap(history), shades=shades)
        rows = [*render_heatmap(heatmap, width, height), legend(heatmap)]
        title = heatmap.title
    else:
        spec = {
            Chart.PROFILE: lambda: profile_chart(history),
            Chart.LOSS: lambda: loss_chart(history),
            Chart.ACCURACY: lambda: accuracy_chart(history),
            Chart.NORMS: lambda: layer_chart(history, "grad_norm"),
            Chart.DELTAS: lambda: layer_chart(history, "delta_norm"),
        }[chart]()
        rows = render(replace(spec, glyphs=glyphs), width, height)
        title = spec.title
    lines = [title, *plain(rows).split("\n")]
    return "\n".join(line.rstrip() for line in lines)
