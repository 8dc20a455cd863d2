"""Panel 6: what the net is trained on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual.app import ComposeResult
from textual.containers import Container
from textual.widgets import Static

if TYPE_CHECKING:
    from ..live import LiveRun


class DataSlot(Container):
    """The data of a run, once they are loaded."""

    number = 6

    DEFAULT_CSS = "DataSlot { height: 1fr; width: 1fr; }"

    def __init__(self, *, ascii_only: bool = False) -> None:
        """Make the place.

        Args:
            ascii_only: Whether to draw with ASCII characters.
        """
        super().__init__(id="slot-6")
        self._shown: Any = None

    def compose(self) -> ComposeResult:
        """The data view."""
        yield Static("The data appear when the run has loaded them.", markup=False)

    @property
    def panel(self) -> Static:
        """The widget on display."""
        return self.query_one(Static)

    def show_run(self, run: LiveRun | None) -> None:
        """Show the data set of a run."""
        dataset = run.session.dataset if run else None
        if dataset is not None and dataset is not self._shown:
            self._shown = dataset
            self.panel.update(f"{dataset.name}: {len(dataset.train)} rows, {dataset.scaling}")
