"""What can be done to saved runs: stop, tag, note, name, delete, copy, open their presets."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ...engine.errors import GradlabError
from ...engine.escaping.plain_text import printable
from ...engine.runs.control import request_stop
from ...engine.runs.listing import RunRow
from ...engine.runs.notes import annotate, rename, tag
from ...engine.runs.trash import TRASH, delete, restore, trashed
from ..messages import OpenPresetOf, ResumeRun
from ..tables.run_columns import run_name
from .ask_text import AskText
from .confirm import ConfirmScreen
from .exporting import Exporting
from .trash import TrashScreen


class RunActions(Exporting):
    """A screen with a table of runs, of which one is under the cursor and some may be marked.

    Args:
        runs_dir: where runs live.
    """

    def __init__(self, runs_dir: Path) -> None:
        super().__init__()
        self.runs_dir = runs_dir

    @property
    def row(self) -> RunRow | None:
        """The run under the cursor."""
        raise NotImplementedError

    def chosen(self) -> list[RunRow]:
        """The marked runs, else the one under the cursor."""
        raise NotImplementedError

    def relist(self) -> None:
        """Read the runs again."""
        raise NotImplementedError

    def action_edit(self) -> None:
        """Open the preset in the lab."""
        if self.row:
            self.post_message(OpenPresetOf(self.row.path))

    def action_resume(self) -> None:
        """Train the run to its end in the lab."""
        row = self.row
        if row is None:
            return
        if row.live or row.status in ("finished", "diverged"):
            why = (
                "is being trained" if row.live else f"has {row.status}: there is nothing to resume"
            )
            self.notify(f"{printable(run_name(row))} {why}.", markup=False)
            return
        self.post_message(ResumeRun(row.path))

    def action_copy(self) -> None:
        """Copy the id, by OSC 52, which works over SSH."""
        if self.row:
            self.app.copy_to_clipboard(self.row.id)
            self.notify(f"Copied: {printable(self.row.id)}", markup=False)

    def action_stop(self) -> None:
        """Ask the training to stop, whichever process it is in."""
        row = self.row
        if row is None:
            return
        if not row.live:
            self.notify(f"It is not being trained ({row.status}).", markup=False)
            return
        self._ask(f"Ask {printable(row.id)} to stop? It keeps everything.", "Stop it", "Go on",
                  lambda: self._do(lambda: request_stop(row.path), "Asked to stop."))  # fmt: skip

    def action_tag(self) -> None:
        """Add and remove tags."""
        rows = self.chosen()
        if not rows:
            return

        def tag_them(words: str | None) -> None:
            if words and words.split():
                self._do(lambda: [tag(row.path, words.split()) for row in rows])

        tags = " ".join(rows[0].tags) if len(rows) == 1 else ""
        title = f"Tags of {_what(rows)}" + (f": {printable(tags)}" if tags else "")
        self.app.push_screen(AskText(title, "", "+word or word adds, -word removes"), tag_them)

    def action_note(self) -> None:
        """Replace the note."""
        row = self.row
        if row is None:
            return

        self._ask_line(
            AskText(f"Note on {printable(run_name(row))}", row.note, "empty takes it away"),
            lambda text: annotate(row.path, text),
        )

    def action_rename(self) -> None:
        """Give the run a name."""
        row = self.row
        if row is None:
            return

        self._ask_line(
            AskText(f"Name of {printable(row.id)}", row.name, "empty takes it away; the id stays"),
            lambda name: rename(row.path, name),
        )

    def action_delete(self) -> None:
        """Move runs to the trash, after asking."""
        rows = self.chosen()
        live = [row for row in rows if row.live]
        if live:
            self.notify(f"{printable(run_name(live[0]))} is being trained: s stops it first.",
                        severity="warning", markup=False)  # fmt: skip
            return
        if not rows:
            return
        trash = self.runs_dir / TRASH
        self._ask(f"Move {_what(rows)} to the trash, {trash}?", "Move", "Keep",
                  lambda: self._do(lambda: [delete(row.path) for row in rows]))  # fmt: skip

    def action_restore(self) -> None:
        """Take the run that was deleted last out of the trash; again, the one before it."""
        there = trashed(self.runs_dir)
        if not there:
            self.notify(f"The trash is empty: {self.runs_dir / TRASH}", markup=False)
            return
        left = f"; {len(there) - 1} more in the trash" if len(there) > 1 else ""
        self._do(lambda: restore(there[0]), f"{printable(there[0].name)} is back{left}.")

    def action_trash(self) -> None:
        """Look into the trash."""
        self.app.push_screen(TrashScreen(self.runs_dir), lambda _: self.relist())

    def exported(self) -> dict[str, Path]:
        """The marked runs, or the one under the cursor."""
        return {run_name(row): row.path for row in self.chosen()}

    def _ask_line(self, question: AskText, write: Callable[[str], object]) -> None:
        def write_if(answer: str | None) -> None:
            if answer is not None:
                self._do(lambda: write(answer))

        self.app.push_screen(question, write_if)

    def _ask(self, question: str, yes: str, no: str, act: Callable[[], None]) -> None:
        def act_if(wanted: bool | None) -> None:
            if wanted:
                act()

        self.app.push_screen(ConfirmScreen(question, yes, no), act_if)

    def _do(self, act: Callable[[], object], said: str = "") -> None:
        """Change runs on disk, and look at them again."""
        try:
            act()
        except GradlabError as error:
            self.notify(str(error), severity="error", markup=False, timeout=10)
        else:
            if said:
                self.notify(said, markup=False)
        self.call_later(self.relist)


def _what(rows: list[RunRow]) -> str:
    """The runs by name: marked ones may be hidden by the filter."""
    return ", ".join(printable(run_name(row)) for row in rows)
