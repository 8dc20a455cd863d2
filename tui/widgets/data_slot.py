"""Panel 6: what the net is trained on, and for points in a plane what it makes of them."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual import work
from textual.app import ComposeResult
from textual.containers import Container
from textual.message import Message

from .data_view import DataView

if TYPE_CHECKING:
    from ...engine.measuring.boundary import Boundary, BoundaryProbe
    from ..followed.live import LiveRun

SECONDS = 1.0
"""Shortest time between two measurements of the decision boundary."""


class DataSlot(Container):
    """The data of a run, once they are loaded, with the decision boundary of the newest step."""

    number = 6

    DEFAULT_CSS = """
    DataSlot { height: 1fr; width: 1fr; }
    DataSlot > DataView { height: 1fr; width: 1fr; }
    """

    @dataclass
    class Measured(Message):
        """The net has been asked for its answers all over the plane."""

        run: LiveRun
        boundary: Boundary

    def __init__(self) -> None:
        """Make the place.

        Args:
        """
        super().__init__(id="slot-6")
        self._run: LiveRun | None = None
        self._probe: BoundaryProbe | None = None
        self._next_measure = 0.0
        self._measured_step = -1

    def compose(self) -> ComposeResult:
        """The data view."""
        yield DataView()

    @property
    def panel(self) -> DataView:
        """The widget on display."""
        return self.query_one(DataView)

    def show_run(self, run: LiveRun | None) -> None:
        """Show the data set of a run, and ask its net anew when that is due."""
        dataset = run.session.dataset if run else None
        if run is not self._run:
            self._run, self._probe, self._measured_step = run, None, -1
        if dataset is not self.panel.dataset:
            self.panel.show_dataset(dataset)
        if self.display and run is not None and self._due(run):
            self._measured_step = run.history.step
            self._next_measure = float("inf")
            self._measure(run)

    def _due(self, run: LiveRun) -> bool:
        new = run.history.step > max(self._measured_step, 0)
        return new and self.panel.is_plane() and time.monotonic() >= self._next_measure

    @work(thread=True, exclusive=True, group="boundary")
    def _measure(self, run: LiveRun) -> None:
        """Ask the net; in a thread of its own, as TensorFlow may take a while to trace."""
        from ...engine.measuring.boundary import BoundaryProbe

        trainer, dataset = run.session.trainer, run.session.dataset
        if trainer is None or dataset is None:
            return
        if self._probe is None:
            self._probe = BoundaryProbe(trainer.model, dataset)
        self.post_message(self.Measured(run, self._probe.measure(run.history.step)))

    def on_data_slot_measured(self, message: Measured) -> None:
        """Draw the boundary, if it is of the run that is shown."""
        message.stop()
        self._next_measure = time.monotonic() + SECONDS
        if message.run is self._run:
            self.panel.show_boundary(message.boundary)
