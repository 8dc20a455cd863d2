"""One run's pictures, in a grid."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Container, Vertical

from ...engine.stream.history import History
from ..charts.beginning import Beginning
from ..charts.views import Shot
from ..drawing.rows import Span, fit
from ..followed.shown_run import ShownRun
from ..words.run_names import changes_in_words
from .arrangement import Arrangement
from .data_slot import DataSlot
from .header import progress
from .lines import Lines
from .slot import Slot


class RunView(Vertical):
    """Six places for pictures of one run, of which some are in sight, under a caption."""

    DEFAULT_CSS = """
    RunView { width: 1fr; height: 1fr; }
    RunView > Lines { display: none; padding: 0 1; }
    RunView.-side > Lines { display: block; }
    RunView > Container { layout: grid; grid-size: 2; height: 1fr; }
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        """Start without a run.

        Args:
            id: The ID of the widget in the DOM.
        """
        super().__init__(id=id)
        self.run: ShownRun | None = None
        self.ready = False
        """Whether it has its places and can be drawn in."""

    def on_mount(self) -> None:
        """Its children are mounted before it is."""
        self.ready = True

    def compose(self) -> ComposeResult:
        """The caption over the places."""
        yield Lines()
        with Container():
            for number in range(1, 6):
                yield Slot(number)
            yield DataSlot()

    def slot(self, number: int) -> Slot:
        """The place of a number from 1 to 5."""
        return self.query_one(f"#slot-{number}", Slot)

    @property
    def data(self) -> DataSlot:
        """The place of number 6."""
        return self.query_one(DataSlot)

    def lay_out(self, arrangement: Arrangement) -> None:
        """Put the panels of an arrangement in sight, in its order."""
        grid = self.query_one(Container)
        for place in (*self.query(Slot), self.data):
            place.display = place.number in arrangement.panels
        panels = arrangement.panels
        grid.sort_children(
            key=lambda place: panels.index(place.number) if place.number in panels else 9  # type: ignore[attr-defined]
        )
        grid.styles.grid_size_columns = arrangement.columns

    def shot(
        self, layers: str, step: int | None, beginning: Beginning | None, smoothing: float
    ) -> Shot:
        """What pictures of this run are made from; without a run, they say what will be there."""
        if self.run is None:
            return Shot(History(), beginning=beginning)
        run = self.run
        return Shot(
            run.history, layers, step, run.predicted, run.reading, beginning, smoothing, run.loads
        )

    def show_caption(self) -> None:
        """Name the run, what differs, and how far it is."""
        if self.run is None or not self.has_class("-side"):
            return
        lines = self.query_one(Lines)
        name, state = caption(self.run), list(progress(self.run, wide=False))
        # What differs is worth more than how far it is.
        while len(state) > 2 and self._room(state) < len(name):
            state.pop()
        lines.show((Span(fit(name, max(self._room(state), 10)), "strong"), Span("  "), *state))

    def _room(self, state: list[Span]) -> int:
        """Columns that a caption leaves for the run's name."""
        return self.size.width - sum(len(span.text) for span in state) - 4


def caption(run: ShownRun) -> str:
    """`vanishing-sigmoid`, or for a fork `+ relu, he_normal (same seed, same batches)`."""
    if run.parent is None:
        return run.name
    changes = changes_in_words(run.changes)
    same = "same seed" if run.seed == run.parent.seed else f"seed {run.seed}"
    return f"+ {changes or 'no change'} ({same})"
