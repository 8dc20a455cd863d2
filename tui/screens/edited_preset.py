"""The preset that is edited as a whole: opened, saved, reverted, undone, and kept while in no file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from textual import work
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message

from ...engine.errors import PresetError
from ...engine.preset.draft import Draft
from ...engine.preset.kept import bring_back, forget, keep
from ..terminal.editor import NoEditor, edited
from .ask_name import AskName

EMPTY = '[data]\nname = "digits"\n'
"""What stands here before a preset is opened."""


class EditedPreset(Vertical):
    """Holds one draft, and what can be done to it as a whole; a subclass shows it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "save", "Save", id="preset.save"),
        # Textual's TextArea has f6 and f7 for selecting.
        Binding("f7", "save_as", "Save as", show=False, priority=True, id="preset.save-as"),
        Binding("f9", "edit_text", "$EDITOR", show=False, id="preset.editor"),
        Binding("f6", "revert", "Revert", show=False, priority=True, id="preset.revert"),
        Binding("ctrl+z", "undo", "Undo", show=False, id="preset.undo",
                tooltip="Take the last edit back"),
        Binding("ctrl+y", "redo", "Redo", show=False, id="preset.redo",
                tooltip="Make the edit that was taken back"),
    ]  # fmt: skip

    @dataclass
    class Saved(Message):
        """The document was written to a file."""

        pane: EditedPreset
        path: Path

        @property
        def control(self) -> EditedPreset:
            """The pane, for `on` selectors."""
            return self.pane

    def __init__(
        self,
        reference: str | None = None,
        *,
        name: str | None = None,
        id: str | None = None,  # noqa: A002
        classes: str | None = None,
    ) -> None:
        """Start with a preset, or with the smallest one there is.

        Args:
            reference: a preset's name or path.
            name: the widget's name.
            id: the widget's id.
            classes: CSS classes, separated by blanks.

        Raises:
            PresetError: no such preset.
        """
        super().__init__(name=name, id=id, classes=classes)
        self.draft = Draft.open(reference) if reference else Draft(EMPTY)
        self._brought_back = bring_back(self.draft)

    def reshow(self) -> None:
        """Show the draft anew."""
        raise NotImplementedError

    def mark_saved(self) -> None:
        """Show that the draft is what its file says."""
        raise NotImplementedError

    @property
    def preset_name(self) -> str:
        """What the preset is called."""
        return self.draft.name

    @property
    def path(self) -> Path | None:
        """The file that it came from or was saved to."""
        return self.draft.path

    @property
    def dirty(self) -> bool:
        """Whether there are edits that no file has."""
        return self.draft.dirty

    @property
    def text(self) -> str:
        """The TOML document."""
        return self.draft.text

    @property
    def error(self) -> str:
        """All that is wrong, in lines for people; "" for a valid preset."""
        return "\n".join(filter(None, (self.unread, self.draft.error)))

    @property
    def unread(self) -> str:
        """What stands in fields and is no value, in lines for people."""
        return ""

    def on_mount(self) -> None:
        """Say what has come back."""
        self._tell_kept()

    def on_unmount(self) -> None:
        """Keep what was not saved."""
        try:
            keep(self.draft)
        except PresetError as error:
            self.log(str(error))

    def _tell_kept(self) -> None:
        if self._brought_back:
            self.notify(f"What was edited in {self.draft.name} is back; f6 drops it.", markup=False)

    def open(self, reference: str) -> None:
        """Edit another preset; edits of the present one are kept, and come back with it.

        Args:
            reference: a name or a path; a broken preset opens as text.

        Raises:
            PresetError: no such preset, or unreadable.
        """
        self._take(Draft.open(reference))

    def open_text(self, text: str, *, name: str) -> None:
        """Edit a document that is in no file, such as the preset of a run.

        Args:
            text: the TOML document.
            name: what to call it until it is saved.
        """
        self._take(Draft(text, name=name))

    def _take(self, draft: Draft) -> None:
        self._keep()
        self.draft = draft
        self._brought_back = bring_back(draft)
        self.reshow()
        self._tell_kept()

    def _keep(self) -> None:
        try:
            keep(self.draft)
        except PresetError as error:
            self.notify(str(error), title="Not kept", severity="warning", markup=False)

    def apply(self, changes: Mapping[str, Any]) -> None:
        """Apply dotted edits, by the rules of `--set`: the remedies of a fork.

        Raises:
            PresetError: edits that cannot be made to this preset.
        """
        self.draft.override(changes)
        self.reshow()

    def save(self) -> None:
        """Save to the preset's own file; a bundled one, or one without a file, asks for a name."""
        if self.draft.path is None or self.draft.bundled:
            self.action_save_as()
            return
        self._written(self.draft.save)

    def save_as(self, name: str, *, replace: bool = False) -> None:
        """Save a copy of that name in ./presets and go on with the copy."""
        self._written(lambda: self.draft.save_as(name, replace=replace))

    def _written(self, write: Callable[[], Path]) -> None:
        before = copy(self.draft)
        try:
            if self.unread:
                raise PresetError(f"not saved: {self.unread}")
            path = write()
        except PresetError as error:
            self.notify(str(error), title="Not saved", severity="error", markup=False)
            return
        forget(before)
        self.notify(str(path), title="Saved", markup=False)
        self.mark_saved()
        self.post_message(self.Saved(self, path))

    def revert(self) -> None:
        """Drop all edits and read the file again."""
        try:
            self.draft.revert()
        except PresetError as error:
            self.notify(str(error), title="Not reverted", severity="error", markup=False)
            return
        forget(self.draft)
        self.reshow()

    def edit_text(self) -> None:
        """Edit the document in $VISUAL or $EDITOR, with the screen handed over meanwhile."""
        try:
            text = edited(self.app, self.draft.text, f"{self.draft.name}.toml")
        except NoEditor as error:
            note = f"{error} f8 shows the text here."
            self.notify(note, title="No editor", severity="error", markup=False, timeout=10)
            return
        if text != self.draft.text:
            self.draft.replace(text)
            self.reshow()

    def action_save(self) -> None:
        """Save."""
        self.save()

    @work(exclusive=True, group="save-as")
    async def action_save_as(self) -> None:
        """Ask for a name and save a copy."""
        own = self.draft.path is not None and not self.draft.bundled
        name = self.draft.name if own else f"my-{self.draft.name}"
        chosen = await self.app.push_screen_wait(AskName(name))
        if chosen is not None:
            self.save_as(chosen, replace=True)

    def action_revert(self) -> None:
        """Drop all edits."""
        self.revert()

    def action_undo(self) -> None:
        """Take the last edit back."""
        if self.draft.undo():
            self.reshow()

    def action_redo(self) -> None:
        """Make the edit that was taken back."""
        if self.draft.redo():
            self.reshow()

    def action_edit_text(self) -> None:
        """Open the document in $EDITOR."""
        self.edit_text()
