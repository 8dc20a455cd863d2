"""The preset being edited: a form and the TOML document behind it, saved, reverted, forked."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from textual import on, work
from textual.app import ComposeResult, SuspendNotSupported
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widgets import Button, ContentSwitcher, Static, TextArea

from ...engine.errors import PresetError
from ...engine.models.description import describe_preset
from ...engine.preset.draft import Draft
from ...engine.preset.schema import Preset
from ..widgets.field import FieldRow
from ..widgets.preset_form import PresetForm
from .ask_name import AskName

EMPTY = '[data]\nname = "digits"\n'
"""What the pane holds before a preset is opened."""


class PresetPane(Vertical):
    """Edits one preset. The TOML text is the only truth; form and text are two views of it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "save", "Save", id="preset.save"),
        # Textual's TextArea has f6 and f7 for selecting.
        Binding("f7", "save_as", "Save as", show=False, priority=True, id="preset.save-as"),
        Binding("f8", "toggle_text", "Form or TOML", show=False, id="preset.text"),
        Binding("f9", "edit_text", "$EDITOR", show=False, id="preset.editor"),
        Binding("f6", "revert", "Revert", show=False, priority=True, id="preset.revert"),
    ]

    DEFAULT_CSS = """
    PresetPane {
        border-top: solid $foreground 30%;
        border-title-color: $foreground;
        border-title-style: bold;
        padding: 0 1 0 0;
        &:focus-within { border-top: double $primary; border-title-color: $primary; }
        .summary { height: 1; color: $foreground 65%; }
        .summary.-wrong { color: $text-error; }
        ContentSwitcher { height: 1fr; }
        TextArea {
            height: 1fr; border: none; padding: 0; scrollbar-size-vertical: 1;
            scrollbar-size-horizontal: 1; background: $foreground 4%;
        }
        .help { height: auto; max-height: 3; color: $foreground 65%; }
        .help.-wrong { color: $text-error; }
        .buttons { height: 1; }
        .buttons Button { min-width: 4; margin: 0 1 0 0; height: 1; }
    }
    """

    preset: reactive[Preset | None] = reactive(None, init=False, layout=False, repaint=False)
    """The valid edited preset; None while there is something wrong."""

    @dataclass
    class Changed(Message):
        """The document changed, by an edit, by opening another one, or by reverting it."""

        pane: PresetPane
        preset: Preset | None
        error: str

        @property
        def control(self) -> PresetPane:
            """The pane, for `on` selectors."""
            return self.pane

    @dataclass
    class Saved(Message):
        """The document was written to a file."""

        pane: PresetPane
        path: Path

        @property
        def control(self) -> PresetPane:
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
        self.set_reactive(PresetPane.preset, self.draft.preset)
        self._unreadable: dict[str, str] = {}
        self._text_is_old = True
        self._form_is_old = False

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
        unread = [f"{key}: {error}" for key, error in self._unreadable.items()]
        return "\n".join([*unread, *([self.draft.error] if self.draft.error else [])])

    def compose(self) -> ComposeResult:
        """The summary, the form or the text, the help of the focused field, the buttons."""
        yield Static(classes="summary", markup=False)
        with ContentSwitcher(initial="form"):
            with Vertical(id="form"):
                yield PresetForm(self.draft)
            yield TextArea(id="toml", show_line_numbers=True, compact=True, tab_behavior="focus")
        yield Static(classes="help", markup=False)
        with Horizontal(classes="buttons"):
            yield Button("Save", id="save", compact=True, tooltip="Save (ctrl+s)")
            yield Button("Revert", id="revert", compact=True, tooltip="Drop all edits (f6)")
            yield Button("TOML", id="switch", compact=True, tooltip="Form or text (f8)")
            yield Button("Edit", id="editor", compact=True, tooltip="Open in $EDITOR (f9)")

    def on_mount(self) -> None:
        """Say what is shown."""
        self._tell()

    def open(self, reference: str) -> None:
        """Edit another preset; edits of the present one are dropped.

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
        self.draft = draft
        self._reshow()

    def _reshow(self) -> None:
        """Show the draft anew in both views."""
        self._unreadable.clear()
        self._text_is_old = self._form_is_old = True
        self._refresh_view()
        self._tell()

    def apply(self, changes: Mapping[str, Any]) -> None:
        """Apply dotted edits, by the rules of `--set`: the remedies of a fork.

        Raises:
            PresetError: edits that cannot be made to this preset.
        """
        self.draft.override(changes)
        self._reshow()

    def save(self) -> None:
        """Save to the preset's own file; a bundled one, or one without a file, asks for a name."""
        if self.draft.path is None or self.draft.bundled:
            self.action_save_as()
            return
        self._written(self.draft.save)

    def save_as(self, name: str, *, replace: bool = False) -> None:
        """Save a copy of that name in ./presets and go on with the copy."""
        self._written(lambda: self.draft.save_as(name, replace=replace))

    def _written(self, write) -> None:
        try:
            if self._unreadable:
                raise PresetError(f"not saved: {self.error}")
            path = write()
        except PresetError as error:
            self.notify(str(error), title="Not saved", severity="error", markup=False)
            return
        self.notify(str(path), title="Saved", markup=False)
        self._text_is_old = True
        self._refresh_view()
        self._tell()
        self.post_message(self.Saved(self, path))

    def revert(self) -> None:
        """Drop all edits and read the file again."""
        try:
            self.draft.revert()
        except PresetError as error:
            self.notify(str(error), title="Not reverted", severity="error", markup=False)
            return
        self._reshow()

    def edit_text(self) -> None:
        """Edit the document in $VISUAL or $EDITOR, with the screen handed over meanwhile."""
        command = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
        with tempfile.TemporaryDirectory(prefix="gradlab-") as folder:
            path = Path(folder) / f"{self.draft.name}.toml"
            path.write_text(self.draft.text, encoding="utf-8")
            try:
                with self.app.suspend():
                    ended = subprocess.run([*shlex.split(command), str(path)], check=False)
            except SuspendNotSupported:
                self._refuse("This terminal cannot be handed over to an editor; use the TOML tab.")
                return
            except OSError as error:
                self._refuse(f"{command}: {error.strerror}. Set EDITOR to your editor's command.")
                return
            if ended.returncode:
                self._refuse(f"{command} ended with {ended.returncode}; the text is as it was.")
                return
            text = path.read_text(encoding="utf-8")
        if text != self.draft.text:
            self.draft.replace(text)
            self._reshow()

    def _refuse(self, reason: str) -> None:
        self.notify(reason, title="No editor", severity="error", markup=False)

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

    def action_edit_text(self) -> None:
        """Open the document in $EDITOR."""
        self.edit_text()

    def action_toggle_text(self) -> None:
        """Change between the form and the text."""
        switcher = self.query_one(ContentSwitcher)
        showing_text = switcher.current == "toml"
        switcher.current = "form" if showing_text else "toml"
        self.query_one("#switch", Button).label = "TOML" if showing_text else "Form"
        self._refresh_view()
        self._tell()
        self._help("")
        self.take_keys()

    def take_keys(self) -> None:
        """Give the keys to the text, or to the first field of the form."""
        view = "#toml" if self.showing_text else "#form *"
        for node in self.query(view):
            if node.focusable:
                node.focus()
                break

    @property
    def showing_text(self) -> bool:
        """Whether the TOML document is shown, not the form."""
        return self.query_one(ContentSwitcher).current == "toml"

    def _refresh_view(self) -> None:
        """Bring the view that is shown up to the draft; the other one waits until it is shown."""
        if not self.is_mounted:
            return
        if self.showing_text and self._text_is_old:
            self._text_is_old = False
            area = self.query_one(TextArea)
            if area.text != self.draft.text:
                area.load_text(self.draft.text)
        elif not self.showing_text and self._form_is_old:
            self._form_is_old = False
            self.run_worker(self._show_form(), exclusive=True, group="form")

    async def _show_form(self) -> None:
        await self.query_one(PresetForm).show(self.draft)
        self._tell_error()

    @on(FieldRow.Edited)
    def _edited(self, message: FieldRow.Edited) -> None:
        message.stop()
        if message.draft is not self.draft:  # from a row of a preset that was open before
            return
        try:
            self.draft.change({message.key: message.value})
        except PresetError as error:
            self.notify(str(error), title="Not changed", severity="error", markup=False)
            return
        self._unreadable.pop(message.key, None)
        self._text_is_old = True
        form = self.query_one(PresetForm)
        if form.fits():
            form.sync()
        else:
            self._form_is_old = True
            self._refresh_view()
        self._tell()

    @on(FieldRow.Unreadable)
    def _unread(self, message: FieldRow.Unreadable) -> None:
        message.stop()
        before = self._unreadable.get(message.key, "")
        if message.error:
            self._unreadable[message.key] = message.error
        else:
            self._unreadable.pop(message.key, None)
        if message.error != before:
            self.query_one(PresetForm).sync() if not message.error else None
            self._tell()

    @on(FieldRow.Focused)
    def _focused(self, message: FieldRow.Focused) -> None:
        message.stop()
        field = message.field
        self._help(f"{field.key}: {field.help}")

    @on(TextArea.Changed)
    def _text_changed(self, message: TextArea.Changed) -> None:
        message.stop()
        text = message.text_area.text
        if self.showing_text and text != self.draft.text:
            self.draft.replace(text)
            self._unreadable.clear()
            self._form_is_old = True
            self._tell()

    @on(Button.Pressed)
    def _pressed(self, message: Button.Pressed) -> None:
        message.stop()
        actions = {
            "save": self.action_save,
            "revert": self.action_revert,
            "switch": self.action_toggle_text,
            "editor": self.action_edit_text,
        }
        actions[str(message.button.id)]()

    def _tell(self) -> None:
        """Show and tell what the document is now."""
        preset = None if self._unreadable else self.draft.preset
        self.border_title = f"{self.draft.name}{' *' if self.draft.dirty else ''}"
        summary = self.query_one(".summary", Static)
        lines = self.error.count("\n") + 1
        wrong = "1 thing is wrong" if lines == 1 else f"{lines} things are wrong"
        summary.update(Content(describe_preset(preset) if preset else f"! {wrong}"))
        summary.set_class(preset is None, "-wrong")
        self._tell_error()
        self.preset = preset
        self.post_message(self.Changed(self, preset, self.error))

    def _tell_error(self) -> None:
        """Errors that no row shows go into the bottom line."""
        form = self.query_one(PresetForm)
        keys = [".".join(map(str, mistake.path)) for mistake in self.draft.mistakes]
        elsewhere = [
            line
            for line, key in zip(self.draft.error.splitlines(), keys or [""], strict=False)
            if self.showing_text or not form.shows(key)
        ]
        # The name of the file is known; the line and the key are what is needed.
        name = f"{self.draft.name}:"
        lines = [line.removeprefix(name) for line in elsewhere]
        if lines or self.query_one(".help").has_class("-wrong"):
            self._help("\n".join(f"line {line}" for line in lines), wrong=bool(lines))

    def _help(self, text: str, wrong: bool = False) -> None:
        line = self.query_one(".help", Static)
        line.update(Content(text))
        line.set_class(wrong, "-wrong")
