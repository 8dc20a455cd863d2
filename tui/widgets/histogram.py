"""Histograms of all layers, one line of bars each."""

from __future__ import annotations

from textual.reactive import reactive

from ..drawing.ridges import RidgeSpec, render_ridges
from ..drawing.rows import Row
from .panel import Panel


class Histogram(Panel):
    """Activations or weights of every layer over one axis, the top layer on top."""

    spec: reactive[RidgeSpec] = reactive(RidgeSpec, repaint=False, init=False)
    """What is shown."""

    def draw(self, width: int, height: int) -> list[Row]:
        """The histograms in rows."""
        return render_ridges(self.spec, width, height)

    def heading(self) -> tuple[str, Row]:
        """The title."""
        return self.spec.title, ()

    def watch_spec(self) -> None:
        """Draw the new data."""
        self.redraw()
