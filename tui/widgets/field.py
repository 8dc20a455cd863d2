"""One field of the preset's form: a label, a control, and beside it what is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static, Switch

from ...engine.errors import PresetError
from ...engine.preset.draft import Draft
from .choice import Choice
from .form import LABEL_WIDTH, Field, placeholder, read_value, shown_value

AS_TEXT = "\0text"
"""The option of a choice that opens a line to write arguments in."""


class Toggle(Switch):
    """A switch that says on or off in words."""

    def render(self) -> Content:
        """The state as a mark and a word."""
        return Content("[x] on" if self.value else "[ ] off")

    def get_content_width(self, *_: Any) -> int:
        """As wide as its longest text."""
        return 7


class FieldRow(Vertical):
    """A row of the form.

    Args:
        field: what is edited.
        draft: the document that it is a part of.
    """

    DEFAULT_CSS = """
    FieldRow {
        height: auto;
        & > Horizontal { height: 1; }
        .mark { width: 2; color: $warning; text-style: bold; }
        .label { width: 13; color: $foreground 75%; }
        .error { height: auto; padding: 0 0 0 2; color: $text-error; }
        Choice { width: 1fr; max-width: 34; }
        Input { width: 1fr; max-width: 34; background: $foreground 6%; }
        Input:focus { background: $primary 25%; }
        Toggle { border: none; padding: 0; height: 1; width: 8; background: $foreground 6%; }
        Toggle:focus { background: $primary 40%; border: none; }
        &.-changed .label { color: $warning; text-style: bold; }
        &.-wrong .mark, &.-wrong .label { color: $error; text-style: bold; }
        &:focus-within .label { color: $foreground; text-style: bold; }
    }
    FieldRow:ansi {
        Toggle:focus, Input:focus { text-style: reverse; }
    }
    """

    @dataclass
    class Edited(Message):
        """The user gave a field of a draft another value."""

        draft: Draft
        key: str
        value: Any

    @dataclass
    class Unreadable(Message):
        """The text in a field is not a value; `error` is "" once it is one again."""

        key: str
        error: str

    @dataclass
    class Focused(Message):
        """A field has got the focus."""

        field: Field

    def __init__(self, field: Field, draft: Draft) -> None:
        super().__init__()
        self.field = field
        self.draft = draft
        self._as_text = _needs_text(field, draft)
        self._mark_sign = Static(" ", classes="mark", markup=False)
        self._error: Static | None = None
        self._shown: tuple[bool, list[str]] = (False, [])
        self.control = self._make_control()
        """What the value is edited with."""

    def compose(self) -> ComposeResult:
        """The label, then the control."""
        with Horizontal():
            yield self._mark_sign
            yield Static(self.field.label[:LABEL_WIDTH], classes="label", markup=False)
            yield self.control

    def on_mount(self) -> None:
        """Mark what is changed or wrong."""
        self.sync()

    def _make_control(self) -> Choice | Toggle | Input:
        field, value = self.field, shown_value(self.field, self.draft)
        if field.control == "switch":
            return Toggle(self.draft.value(field.key) is True, animate=False)
        if field.control == "text" or self._as_text:
            hint = placeholder(field, self.draft) if field.control == "text" else "{name = ...}"
            return Input(value, placeholder=hint, compact=True, select_on_focus=False)
        return Choice(_options(field, self.draft), value)

    def take(self, field: Field, draft: Draft) -> bool:
        """Edit another document from now on; returns False if that needs another control."""
        control = self.control
        if field != self.field or self._as_text != _needs_text(field, draft):
            return False
        if isinstance(control, Choice) and control.options != _options(field, draft):
            return False
        self.draft = draft
        if isinstance(control, Input) and not self._as_text:
            control.placeholder = placeholder(field, draft)
        self.sync(anew=True)
        return True

    def sync(self, anew: bool = False) -> None:
        """Show what the document says now.

        Args:
            anew: whether it takes the place of what is being typed, too.
        """
        key = self.field.key
        mistakes = [mistake.text for mistake in self.draft.mistakes_at(key)]
        self._mark(self.draft.changed(key), mistakes)
        control = self.control
        if control.has_focus and not anew:
            return
        if isinstance(control, Toggle):
            control.value = self.draft.value(key) is True
            return
        value = shown_value(self.field, self.draft)
        known = isinstance(control, Input) or value in self.field.choices
        if control.value != value and known:
            control.value = value

    def blame(self, why: str) -> None:
        """Mark the field as what a run failed by, until something is edited."""
        self._mark(self.draft.changed(self.field.key), [why])

    def _mark(self, changed: bool, mistakes: list[str]) -> None:
        if self._shown == (changed, mistakes):
            return
        self._shown = (changed, mistakes)
        self.set_class(changed, "-changed")
        self.set_class(bool(mistakes), "-wrong")
        self._mark_sign.update("!" if mistakes else "*" if changed else " ")
        if self._error is not None:
            self._error.remove()
            self._error = None
        if mistakes:
            self._error = Static(Content("\n".join(mistakes)), classes="error")
            self.mount(self._error)

    @on(Choice.Changed)
    def _chosen(self, message: Choice.Changed) -> None:
        message.stop()
        if message.value == AS_TEXT:
            self.run_worker(self._write_arguments(), exclusive=True)
        elif message.value != shown_value(self.field, self.draft):
            self.post_message(
                self.Edited(self.draft, self.field.key, read_value(self.field, message.value))
            )

    async def _write_arguments(self) -> None:
        """Swap the choice for a line of text that starts from the chosen name."""
        name = shown_value(self.field, self.draft) or "…"
        self._as_text = True
        await self.control.remove()
        self.control = line = Input(f'{{name = "{name}"}}', compact=True, select_on_focus=False)
        await self.query_one(Horizontal).mount(line)
        line.cursor_position = len(line.value) - 1
        line.focus()

    @on(Switch.Changed)
    def _switched(self, message: Switch.Changed) -> None:
        message.stop()
        if message.value != self.draft.value(self.field.key):
            self.post_message(self.Edited(self.draft, self.field.key, message.value))

    @on(Input.Changed)
    def _typed(self, message: Input.Changed) -> None:
        message.stop()
        if message.value == shown_value(self.field, self.draft):
            self.post_message(self.Unreadable(self.field.key, ""))
            return
        try:
            value = read_value(self.field, message.value)
        except PresetError as error:
            self._mark(True, [str(error)])
            self.post_message(self.Unreadable(self.field.key, str(error)))
            return
        if value != self.draft.value(self.field.key) or value is None:
            self.post_message(self.Edited(self.draft, self.field.key, value))

    def on_descendant_focus(self, _event: events.DescendantFocus) -> None:
        """Say which field is being edited, so that its help can be shown."""
        self.post_message(self.Focused(self.field))


def _needs_text(field: Field, draft: Draft) -> bool:
    """Whether a choice has arguments, which only a line of text can hold."""
    return field.free and isinstance(draft.value(field.key), dict)


def _options(field: Field, draft: Draft) -> list[tuple[str, str]]:
    """Label and value of each option of a choice, with the present value whatever it is."""
    value = shown_value(field, draft)
    names = field.choices if value in field.choices else (value, *field.choices)
    options = [(name or "none", name) for name in names]
    return [*options, ("with arguments...", AS_TEXT)] if field.free else options
