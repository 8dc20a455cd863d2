"""Panel 6: what the net is trained on, and for points in a plane what it makes of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual import work
from textual.app import ComposeResult
from textual.containers import Container
from textual.message import Message

from ...engine.data.shared import load_shared
from ...engine.errors import DataError
from .data_view import DataView

if TYPE_CHECKING:
    from ...engine.data.dataset import Dataset
    from ...engine.preset.schema import Preset
    from ..followed.shown_run import ShownRun

NO_PRESET = "The run has no preset that tells its data."
"""What stands here instead of data."""


class DataSlot(Container):
    """The data of a run, with the decision boundary that it has told last."""

    number = 6

    DEFAULT_CSS = """
    DataSlot { height: 1fr; width: 1fr; }
    DataSlot > DataView { height: 1fr; width: 1fr; }
    """

    @dataclass
    class Loaded(Message):
        """The data of a run have been loaded, or cannot be."""

        run: ShownRun
        dataset: Dataset | None
        why_not: str = ""

    def __init__(self) -> None:
        super().__init__(id="slot-6")
        self._run: ShownRun | None = None
        self._asked = False

    def compose(self) -> ComposeResult:
        """The data view."""
        yield DataView()

    @property
    def panel(self) -> DataView:
        """The widget on display."""
        return self.query_one(DataView)

    def show_run(self, run: ShownRun | None) -> None:
        """Show the data of a run that has begun, and its newest boundary."""
        if run is not self._run:
            self._run, self._asked = run, False
            self.panel.show_dataset(None)
        if run is None:
            return
        if run.history.started and self.display and not self._asked:
            self._asked = True
            if run.preset is None:
                self.panel.say(NO_PRESET)
            else:
                self._load(run, run.preset)
        if self.panel.boundary is not run.history.boundary:
            self.panel.show_boundary(run.history.boundary)

    @work(thread=True, group="data")
    def _load(self, run: ShownRun, preset: Preset) -> None:
        try:
            dataset = load_shared(preset.data, base=run.base, seed=preset.seed)
        except DataError as error:
            self.post_message(self.Loaded(run, None, f"The data cannot be loaded: {error}"))
        else:
            self.post_message(self.Loaded(run, dataset))

    def on_data_slot_loaded(self, message: Loaded) -> None:
        """Show the data, if they are of the run that is shown."""
        message.stop()
        if message.run is not self._run:
            return
        if message.dataset is None:
            self.panel.say(message.why_not)
        else:
            self.panel.show_dataset(message.dataset)
            self.panel.show_boundary(message.run.history.boundary)
