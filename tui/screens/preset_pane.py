"""The preset being edited: a form and the TOML document behind it, saved, reverted, forked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widgets import Button, ContentSwitcher, Static, TextArea

from ...engine.errors import PresetError
from ...engine.models.description import describe_preset
from ...engine.preset.schema import Preset
from ..widgets.field import FieldRow
from ..widgets.preset_form import PresetForm
from ..widgets.preset_text import PresetText
from .edited_preset import EditedPreset


class PresetPane(EditedPreset):
    """Edits one preset. The TOML text is the only truth; form and text are two views of it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f8", "toggle_text", "Form or TOML", show=False, id="preset.text"),
    ]

    DEFAULT_CSS = """
    PresetPane {
        border-top: solid $foreground 30%;
        border-title-color: $foreground;
        border-title-style: bold;
        padding: 0 1 0 0;
        &:focus-within { border-top: double $primary; border-title-color: $primary; }
        .summary { height: 1; color: $foreground 75%; }
        .summary.-wrong { color: $text-error; }
        ContentSwitcher { height: 1fr; }
        .help { height: auto; max-height: 3; color: $foreground 75%; }
        .help.-wrong { color: $text-error; }
        .buttons { height: 1; }
        .buttons Button { min-width: 4; margin: 0; height: 1; }
    }
    """

    preset: reactive[Preset | None] = reactive(None, init=False, layout=False, repaint=False)
    """The valid edited preset; None while there is something wrong."""

    class Wanted(Message):
        """The preset shall be trained as it stands."""

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
        super().__init__(reference, name=name, id=id, classes=classes)
        self._unreadable: dict[str, str] = {}
        self._text_is_old = True
        self._form_is_old = False
        self.set_reactive(PresetPane.preset, self.draft.preset)

    @property
    def unread(self) -> str:
        """What stands in fields and is no value, in lines for people."""
        return "\n".join(f"{key}: {error}" for key, error in self._unreadable.items())

    def reshow(self) -> None:
        """Show the draft anew in both views."""
        self._unreadable.clear()
        self._text_is_old = self._form_is_old = True
        self._refresh_view()
        self._tell()

    def mark_saved(self) -> None:
        """Show that the draft is what its file says."""
        self._text_is_old = True
        self._refresh_view()
        self._tell()

    def compose(self) -> ComposeResult:
        """The summary, the form or the text, the help of the focused field, the buttons."""
        yield Static(classes="summary", markup=False)
        with ContentSwitcher(initial="form"):
            with Vertical(id="form"):
                yield PresetForm(self.draft)
            yield PresetText(id="toml")
        yield Static(classes="help", markup=False)
        with Horizontal(classes="buttons"):
            yield Button("Run", id="run", compact=True, tooltip="Train it as it stands (r)")
            yield Button("Save", id="save", compact=True, tooltip="Save (ctrl+s)")
            yield Button("Revert", id="revert", compact=True, tooltip="Drop all edits (f6)")
            yield Button("TOML", id="switch", compact=True, tooltip="Form or text (f8)")
            yield Button("Edit", id="editor", compact=True, tooltip="Open in $EDITOR (f9)")

    def on_mount(self) -> None:
        """Say what is shown."""
        self._tell()

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

    def blame(self, reason: str) -> None:
        """Mark in the form what a run failed by."""
        self.query_one(PresetForm).blame(reason)

    def take_keys(self) -> None:
        """Give the keys to the text, or to the first field of the form."""
        views = ("#toml",) if self.showing_text else ("FieldRow *", "Fold")
        nodes = (node for view in views for node in self.query(view) if node.focusable)
        if (first := next(nodes, None)) is not None:
            first.focus()

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
            self.query_one(PresetText).show_text(self.draft.text)
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

    def on_descendant_blur(self) -> None:
        """Forget the field that had the keys, if none has got them."""
        self.call_later(self._forget_field)

    def _forget_field(self) -> None:
        focused = self.screen.focused
        in_field = focused and any(isinstance(n, FieldRow) for n in focused.ancestors)
        if not in_field and not self.query_one(".help").has_class("-wrong"):
            self._help("")

    @on(TextArea.Changed)
    def _text_changed(self, message: TextArea.Changed) -> None:
        message.stop()
        text = message.text_area.text
        if self.showing_text and text != self.draft.text:
            self.draft.replace(text, of="text")
            self._unreadable.clear()
            self._form_is_old = True
            self._tell()

    @on(Button.Pressed)
    def _pressed(self, message: Button.Pressed) -> None:
        message.stop()
        actions = {
            "run": lambda: self.post_message(self.Wanted()),
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
