"""A map of log2 ratios between two runs, with the cursor of a heatmap."""

from __future__ import annotations

from ..drawing.ratio_map import RatioSpec, ratio_legend, ratio_spans, render_ratio
from ..drawing.rows import Row
from .heatmap import Heatmap


class RatioMap(Heatmap):
    """Whose norms are larger, in which layer, at which step."""

    def draw(self, width: int, height: int) -> list[Row]:
        """The map in rows."""
        spec = self.shown
        if not isinstance(spec, RatioSpec):
            return super().draw(width, height)
        return render_ratio(spec, width, height)

    def heading(self) -> tuple[str, Row]:
        """The title, and the value under the cursor or the scale."""
        spec = self.spec
        if not isinstance(spec, RatioSpec) or not len(spec.x):
            return spec.title, ()
        if self.cursor is not None and self.cursor[0] < len(spec.layers):
            return spec.title, ratio_spans(spec, *self.cursor)
        return spec.title, ratio_legend(spec)
