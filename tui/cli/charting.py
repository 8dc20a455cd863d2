"""Charts as plain text, for logs and chat: `gradlab runs show RUN --chart profile`."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ...engine.preset.schema import Preset
    from ...engine.runs.followed import RecordedRun
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
    TIME = "time"
    WEIGHTS = "weights"
    UNITS = "units"
    CLIPPED = "clipped"
    ANGLE = "angle"
    MEAN = "mean"
    SPREAD = "spread"
    SATURATION = "saturation"


STATISTICS = {
    Chart.PROFILE: ("delta_norm", "grad_norm"),
    Chart.LOSS: ("loss",),
    Chart.ACCURACY: (),
    Chart.NORMS: ("grad_norm",),
    Chart.DELTAS: ("delta_norm",),
    Chart.HEATMAP: ("delta_norm",),
    Chart.TIME: (),
    Chart.WEIGHTS: (),
    Chart.UNITS: (),
    Chart.CLIPPED: ("grad_norm", "grad_norm_clipped"),
    Chart.ANGLE: ("clip_angle",),
    Chart.MEAN: ("activation_mean",),
    Chart.SPREAD: ("activation_std",),
    Chart.SATURATION: ("saturated_share",),
}
"""What each chart draws; nothing else need be read of a long run."""


def chart_text(run: RecordedRun, chart: Chart, width: int, height: int, glyphs: Glyphs) -> str:
    """A chart of a run as lines of text: its title, then `height` rows of at most `width` cells."""
    from dataclasses import replace

    from ..charts.clipped import angle_chart, clipped_chart
    from ..charts.measured import pooled_chart, time_chart
    from ..charts.profile import profile_chart, signal_chart
    from ..charts.series import accuracy_chart, layer_chart, layer_heatmap, loss_chart, unit_chart
    from ..drawing.charts import render
    from ..drawing.heatmaps import ASCII_SHADES, SHADES, legend, render_heatmap
    from ..drawing.rows import plain

    history = run.history
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
            Chart.TIME: lambda: time_chart(history, _time_ratio(run)),
            Chart.WEIGHTS: lambda: pooled_chart(history),
            Chart.UNITS: lambda: unit_chart(history),
            Chart.CLIPPED: lambda: clipped_chart(history),
            Chart.ANGLE: lambda: angle_chart(history),
            Chart.MEAN: lambda: signal_chart(history, "activation_mean"),
            Chart.SPREAD: lambda: signal_chart(history, "activation_std"),
            Chart.SATURATION: lambda: signal_chart(history, "saturated_share"),
        }[chart]()
        rows = render(replace(spec, glyphs=glyphs), width, height)
        title = spec.title
    lines = [title, *plain(rows).split("\n")]
    return "\n".join(line.rstrip() for line in lines)


def _time_ratio(run: RecordedRun) -> float | None:
    """What theory says is left of the gradient one time step earlier."""
    from ...engine.preset.load import recorded
    from ..followed.predicted import predict_run

    preset, started = recorded(run.preset), run.history.started
    return predict_run(preset, started).time_ratio if preset and started else None


def activation_text(preset: Preset, width: int, height: int, glyphs: Glyphs) -> str:
    """Curve and slope of each activation of a preset's hidden layers; "" where none has a formula."""
    from dataclasses import replace

    from ..charts.beginning import activations_of, curve, curve_chart
    from ..drawing.charts import render
    from ..drawing.rows import plain

    curves = [found for name in activations_of(preset) if (found := curve(name)) is not None]
    specs = [replace(curve_chart(found), glyphs=glyphs) for found in curves]
    texts = [f"{spec.title}\n{plain(render(spec, width, height))}" for spec in specs]
    return "\n\n".join("\n".join(line.rstrip() for line in t.split("\n")) for t in texts)
