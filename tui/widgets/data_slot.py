"""Panel 6: what the net is trained on, and for points in a plane what it makes of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
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
    from ...engine.preset.schema import DataSettings
    from ..charts.beginning import Beginning
    from ..followed.shown_run import ShownRun

NO_PRESET = "The run has no preset that tells its data."
"""What stands here instead of data."""


FETCHED = "Fetched from the network when the preset is trained for the first time."
"""What stands here of data that are not on this machine."""


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

        run: ShownRun | None
        dataset: Dataset | None
        why_not: str = ""

    def __init__(self) -> None:
        super().__init__(id="slot-6")
        self._run: ShownRun | None = None
        self._asked = False
        self._taught: tuple[DataSettings, Path | None] | None = None

    def compose(self) -> ComposeResult:
        """The data view."""
        yield DataView()

    @property
    def panel(self) -> DataView:
        """The widget on display."""
        return self.query_one(DataView)

    def show_taught(self, taught: Beginning) -> None:
        """Show the data of a preset that has not been trained, unless they would have to be fetched."""
        data = taught.preset.data if taught.preset else None
        if data is None or not self.display or self._taught == (data, taught.base):
            return
        self._run, self._taught = None, (data, taught.base)
        self.panel.show_dataset(None)
        if not data.data_set().at_hand():
            self.panel.say(FETCHED)
        else:
            self._load(None, data, taught.base, taught.preset.seed if taught.preset else 0)

    def show_run(self, run: ShownRun) -> None:
        """Show the data of a run that has begun, and its newest boundary."""
        if run is not self._run:
            self._run, self._asked, self._taught = run, False, None
            self.panel.show_dataset(None)
        if run.history.started and self.display and not self._asked:
            self._asked = True
            if run.preset is None:
                self.panel.say(NO_PRESET)
            else:
                self._load(run, run.preset.data, run.base, run.preset.seed)
        if self.panel.boundary is not run.history.boundary:
            self.panel.show_boundary(run.history.boundary)

    @work(thread=True, group="data")
    def _load(self, run: ShownRun | None, data: DataSettings, base: Path | None, seed: int) -> None:
        try:
            dataset = load_shared(data, base=base, seed=seed)
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
            if message.run is not None:
                self.panel.show_boundary(message.run.history.boundary)
