"""The preset as a form: groups of fields, the rare ones under "more"."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, Static

from ...engine.preset.draft import Draft
from .field import FieldRow
from .form import form

FILES = ("data.path", "data.validation", "data.test")
"""Fields that name a file of the user's."""


class Fold(Static, can_focus=True):
    """Opens and closes fields of a group.

    Args:
        key: what it opens: `more GROUP`, or `group GROUP` for all of them.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space", "toggle", "Open or close", show=False, id="form.fold"),
    ]

    DEFAULT_CSS = """
    Fold {
        height: 1;
        color: $foreground;
        text-style: bold;
        &.-more { padding: 0 0 0 2; color: $foreground 75%; text-style: none; }
        &:hover { color: $foreground; }
        &:focus { color: $foreground; background: $primary 40%; text-style: bold; }
    }
    """

    @dataclass
    class Toggled(Message):
        """Fields of a group are to be shown, or hidden again."""

        key: str

    def __init__(self, key: str) -> None:
        super().__init__(classes="-more" if key.startswith("more ") else "")
        self.key = key

    def action_toggle(self) -> None:
        """Open what is closed, close what is open."""
        self.post_message(self.Toggled(self.key))

    def on_click(self) -> None:
        """The same by mouse."""
        self.action_toggle()


class PresetForm(VerticalScroll, can_focus=False):
    """A form made from the schema, over a draft that it never changes itself.

    Its rows post `FieldRow.Edited`; whoever owns the draft changes it and calls `sync`.

    Args:
        draft: the document.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", "Previous field", show=False, id="form.up"),
        Binding("down", "move(1)", "Next field", show=False, id="form.down"),
    ]

    DEFAULT_CSS = """
    PresetForm {
        height: 1fr;
        scrollbar-size-vertical: 1;
    }
    """

    def __init__(self, draft: Draft) -> None:
        super().__init__()
        self.draft = draft
        self._toggled: set[str] = set()
        """Keys of folds that are not as at first: groups that are closed, rare fields that are open."""
        self._fields = form(draft)

    def compose(self) -> ComposeResult:
        """A heading and the fields of each group."""
        yield from self._rows({})

    def _rows(self, there: dict[str, Widget]) -> Iterator[Widget]:
        """The rows that the document has now, from the top; those that are there serve again."""
        for group, fields in self._fields.items():
            closed, opened = f"group {group}" in self._toggled, f"more {group}" in self._toggled
            yield self._fold(there, f"group {group}", f"{'▸' if closed else '▾'} {group}")
            if closed:
                continue
            for field in fields:
                if field.first or opened:
                    row = there.get(field.key)
                    fits = isinstance(row, FieldRow) and row.take(field, self.draft)
                    yield row if row and fits else FieldRow(field, self.draft)
            if rare := sum(not field.first for field in fields):
                yield self._fold(there, f"more {group}", "- less" if opened else f"+ {rare} more")

    @staticmethod
    def _fold(there: dict[str, Widget], key: str, words: str) -> Fold:
        fold = there.get(key)
        fold = fold if isinstance(fold, Fold) else Fold(key)
        fold.update(Content(words))
        return fold

    async def show(self, draft: Draft) -> None:
        """Show a document anew, with the fields that its data set, family and optimizer have.

        Mounting a row costs ten times what changing one does, so only rows that no present one can
        stand for are made.
        """
        self.draft = draft
        self._fields = form(draft)
        focused = self.screen.focused
        key = self._key(focused) if focused and self in focused.ancestors else None
        rows = list(self._rows({self._key(child): child for child in self.children}))
        # The hidden document scrolls on its own when its focused row goes.
        with self.app.batch_update():
            y = self.scroll_y
            await self.remove_children([child for child in self.children if child not in rows])
            await self.mount_all([row for row in rows if row.parent is None])
            self.sort_children(key=rows.index)
            self.scroll_to(y=y, animate=False, force=True)
            if key is not None and self.screen.focused is not focused:
                self._focus(key)

    def blame(self, reason: str) -> None:
        """Mark the fields whose key, or whose file, the reason of a failure names."""
        for row in self.query(FieldRow):
            key = row.field.key
            file = self.draft.value(key) if key in FILES else None
            if key in reason or (isinstance(file, str) and Path(file).name in reason):
                row.blame("the run failed by this")

    def sync(self) -> None:
        """Bring the rows up to the document, whose fields are the same as before."""
        for row in self.query(FieldRow):
            row.sync()

    def fits(self) -> bool:
        """Whether the form has the fields that the document has now."""
        wanted, there = (
            {field.key for rows in fields.values() for field in rows}
            for fields in (form(self.draft), self._fields)
        )
        return wanted == there

    def on_fold_toggled(self, message: Fold.Toggled) -> None:
        """Open or close fields of a group."""
        message.stop()
        self._toggled ^= {message.key}
        self.run_worker(self.show(self.draft), exclusive=True, group="fold")

    def shows(self, key: str) -> bool:
        """Whether a row on the form tells what is wrong at a dotted key."""
        return any(
            key == row.field.key or key.startswith(f"{row.field.key}.")
            for row in self.query(FieldRow)
        )

    def action_move(self, by: int) -> None:
        """Move the focus to the field above or below."""
        stops = [node for node in self.query("*") if node.focusable and node.display]
        if self.screen.focused in stops:
            index = stops.index(self.screen.focused) + by
            # Of several keys in one packet each starts where the one before it led to.
            self.screen.set_focus(stops[min(max(index, 0), len(stops) - 1)])

    def on_input_submitted(self, message: Input.Submitted) -> None:
        """Go on to the next field."""
        message.stop()
        self.action_move(1)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Keep the focused row in sight, its error with it."""
        self.scroll_to_widget(self._row(event.widget), animate=False)

    def _row(self, widget: Widget) -> Widget:
        return next((n for n in widget.ancestors_with_self if isinstance(n, FieldRow)), widget)  # type: ignore[return-value]

    def _key(self, widget: Widget) -> str:
        row = self._row(widget)
        if isinstance(row, FieldRow):
            return row.field.key
        return row.key if isinstance(row, Fold) else ""

    def _focus(self, key: str) -> None:
        for row in self.query(FieldRow):
            if row.field.key == key:
                row.control.focus()
                return
        for fold in self.query(Fold):
            if key == fold.key:
                fold.focus()
