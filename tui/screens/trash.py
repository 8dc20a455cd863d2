"""What lies in the trash: deleted runs, to be brought back one by one, or to be gone for good."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from ...engine.errors import GradlabError
from ...engine.escaping.plain_text import printable
from ...engine.runs.listing import read_row
from ...engine.runs.state import Watch
from ...engine.runs.trash import TRASH, empty, restore, trashed
from .confirm import ConfirmScreen


class TrashScreen(ModalScreen[None]):
    """The runs in the trash, the one deleted last first.

    Args:
        runs_dir: where runs live.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,T", "dismiss", "Close", id="trash.close"),
        Binding("u,enter", "restore", "Bring back", priority=True, id="trash.restore"),
        Binding("X", "empty", "Empty it", id="trash.empty", tooltip="Delete them all for good"),
    ]

    DEFAULT_CSS = """
    TrashScreen {
        align: center middle;
        Vertical {
            width: 90; max-width: 100%; height: 80%; padding: 0 1;
            border: round $primary; background: $surface;
        }
        OptionList { height: 1fr; border: none; padding: 0; background: transparent; }
    }
    """

    def __init__(self, runs_dir: Path) -> None:
        super().__init__()
        self._runs_dir = runs_dir

    def compose(self) -> ComposeResult:
        """The list, and what can be done under it."""
        with Vertical() as frame:
            frame.border_subtitle = "enter or u brings back  X empties the trash  esc closes"
            yield OptionList(compact=True)

    def on_mount(self) -> None:
        """Look into the trash."""
        self._show()

    def _show(self) -> None:
        watch, there = Watch(), trashed(self._runs_dir)
        listing = self.query_one(OptionList)
        at = listing.highlighted or 0
        listing.clear_options()
        rows = [read_row(path, watch) for path in there if path.is_dir()]
        listing.add_options(
            Option(
                Content(printable(f"{row.id}  {row.status}, {row.steps} steps  {row.note}")), row.id
            )
            for row in rows
        )
        if rows:
            listing.highlighted = min(at, len(rows) - 1)
        count = f"{len(rows)} runs" if len(rows) != 1 else "1 run"
        title = f"Trash  {count if rows else 'nothing'} in {self._runs_dir / TRASH}"
        self.query_one(Vertical).border_title = printable(title)
        listing.focus()

    @on(OptionList.OptionSelected)
    def _selected(self) -> None:
        self.action_restore()

    def action_restore(self) -> None:
        """Bring back the run under the cursor."""
        option = self.query_one(OptionList).highlighted_option
        if option is None or option.id is None:
            return
        try:
            place = restore(self._runs_dir / TRASH / option.id)
        except GradlabError as error:
            self.notify(str(error), severity="error", markup=False, timeout=10)
        else:
            self.notify(f"{printable(place.name)} is back.", markup=False)
        self._show()

    def action_empty(self) -> None:
        """Delete everything here for good, after asking."""
        count = self.query_one(OptionList).option_count

        def empty_if(wanted: bool | None) -> None:
            if not wanted:
                return
            try:
                empty(self._runs_dir)
            except GradlabError as error:
                self.notify(str(error), severity="error", markup=False, timeout=10)
            self._show()

        if count:
            question = f"Delete {count} {'run' if count == 1 else 'runs'} for good?"
            self.app.push_screen(ConfirmScreen(question, "Delete", "Keep"), empty_if)
