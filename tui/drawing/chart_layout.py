"""Where the parts of a line chart lie in the cells: scales, axes, margins."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .axes import Axis, counting, decades, linear
from .chart_spec import ChartSpec
from .rows import fit


@dataclass(frozen=True, eq=False)
class Lines:
    """The lines of a chart on its y scale, and what had to be left out."""

    values: tuple[np.ndarray, ...]
    not_finite: int
    not_positive: int
    low: float
    high: float


@dataclass(frozen=True)
class Layout:
    """Where the plot lies in the cells: `left` columns before it, `margin` columns behind it."""

    x: Axis
    y: Axis
    left: int
    columns: int
    height: int
    margin: int
    framed: bool

    def column(self, x: float) -> int:
        """Column of a position, counted from the plot's left edge."""
        return int(0.5 + (self.columns - 1) * (x - self.x.low) / (self.x.high - self.x.low))

    def row(self, y: float, dots: int = 1) -> int:
        """Row of a value on the y scale, from the top; `dots` is the marker's height in dots."""
        fraction = (y - self.y.low) / (self.y.high - self.y.low)
        return self.height - 1 - int(0.5 + (self.height * dots - 1) * fraction) // dots

    def position(self, column: int) -> float:
        """Position under a column of the whole chart."""
        fraction = (column - self.left) / max(self.columns - 1, 1)
        return self.x.low + min(max(fraction, 0.0), 1.0) * (self.x.high - self.x.low)


def scaled(spec: ChartSpec) -> Lines:
    """The series on the y scale: log10 if asked for, NaN for all that cannot be drawn."""
    values: list[np.ndarray] = []
    not_finite = not_positive = 0
    low, high = np.inf, -np.inf
    for series in spec.series:
        y = np.asarray(series.y, np.float64)
        bad = ~np.isfinite(y)
        not_finite += int(bad.sum())
        if spec.log:
            flat = ~bad & (y <= 0)
            not_positive += int(flat.sum())
            bad |= flat
            y = np.log10(np.where(bad, 1.0, y))
        # Beyond 1e300 plotext's own arithmetic would overflow.
        y = np.where(bad, np.nan, np.clip(y, -1e300, 1e300))
        values.append(y)
        if not bad.all():
            low, high = min(low, float(np.nanmin(y))), max(high, float(np.nanmax(y)))
    return Lines(tuple(values), not_finite, not_positive, low, high)


def layout(spec: ChartSpec, width: int, height: int) -> Layout | None:
    """Where things lie at a size; None if there is nothing to draw."""
    return arranged(spec, scaled(spec), width, height) if width > 0 and height > 0 else None


def arranged(spec: ChartSpec, lines: Lines, width: int, height: int) -> Layout | None:
    """Where things lie, for lines that have been scaled; None if there is nothing to draw."""
    if lines.low > lines.high:
        return None
    framed = width >= 24 and height >= 5
    labels = [len(fit(s.label, width)) + 2 * s.points for s in spec.series if not s.dim]
    labels += [len(g.label) for g in spec.guides]
    margin = min(max(labels, default=0), width // 4, 16) + 1 if framed and width >= 30 else 0
    rows = height - 2 if framed else height
    low, high = lines.low, lines.high
    if spec.y_limits:
        low, high = (
            (float(np.log10(max(v, 1e-45))) for v in spec.y_limits) if spec.log else spec.y_limits
        )
    for guide in spec.guides:
        if not spec.log or guide.y > 0:
            value = float(np.log10(guide.y)) if spec.log else guide.y
            low, high = min(low, value), max(high, value)
    y = (decades if spec.log else linear)(low, high, max(2, min(rows // 3, 6)))
    left = max(6, *(len(label) + 1 for label in y.labels)) if framed else 0
    columns = max(width - left - margin, 1)
    return Layout(_x_axis(spec, columns), y, left, columns, rows, margin, framed)


def _x_axis(spec: ChartSpec, columns: int) -> Axis:
    filled = [s.x for s in spec.series if len(s.x)]
    low, high = spec.x_limits or (min(x[0] for x in filled), max(x[-1] for x in filled))
    count = max(2, columns // 9)
    if spec.x_whole and not spec.x_ticks:
        axis = counting(float(low), float(high), count)
        return Axis(axis.low, spec.x_limits[1], axis.ticks, axis.labels) if spec.x_limits else axis
    axis = linear(float(low), float(high), count)
    if spec.x_limits or spec.x_ticks:
        margin = 0.0 if high > low else 1.0
        axis = Axis(float(low) - margin, float(high) + margin, axis.ticks, axis.labels)
    if spec.x_ticks:
        widest = max(len(label) for _, label in spec.x_ticks) + 1
        stride = -(-len(spec.x_ticks) * widest // columns)
        kept = spec.x_ticks[:: max(stride, 1)]
        axis = Axis(
            axis.low, axis.high, tuple(p for p, _ in kept), tuple(label for _, label in kept)
        )
    return axis
