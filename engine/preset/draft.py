"""A preset being edited: its text, what is wrong with it, what was changed, and where it is saved."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from ..errors import PresetError
from . import fields
from .diff import diff
from .document import parse
from .edit import edit, save
from .load import folders, load_text, read, resolve, validate
from .mistakes import Mistake
from .overrides import changes as edits_of
from .switching import DECIDES, foreign

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


class Draft:
    """A preset's document while somebody works on it. The text is the only truth.

    Args:
        text: the TOML document.
        name: what to call the preset.
        path: the file that it came from; None for a preset that is in no file yet.

    Attributes:
        text: the document as it stands.
        saved: the document as it was opened or last saved; changes are told against it.
        preset: the valid preset, or None.
        mistakes: what is wrong with it, key by key; empty for wrong syntax.
        error: all that is wrong, in lines for people; "" for a valid preset.
    """

    def __init__(self, text: str, *, name: str = "untitled", path: Path | None = None) -> None:
        self.name = name
        self.path = path
        self.saved = text
        self._dropped: dict[tuple[str, str], dict[str, Any]] = {}
        self._past: list[str] = []
        self._future: list[str] = []
        self._edited = ""
        self._read(text)
        self._before = self._document

    @classmethod
    def open(cls, reference: str) -> Draft:
        """The draft of a preset given by name or path; a broken one can be opened and repaired.

        Raises:
            PresetError: no such preset, or one that cannot be read.
        """
        path = resolve(reference)
        return cls(read(path), name=path.stem, path=path)

    @property
    def dirty(self) -> bool:
        """Whether there is something to save."""
        return self.text != self.saved

    @property
    def bundled(self) -> bool:
        """Whether the file is one of those that come with gradlab, which are never written to."""
        return self.path is not None and _inside(self.path, folders()["bundled"])

    @property
    def document(self) -> dict[str, Any]:
        """The parsed text; as long as its syntax is wrong, the last one that could be parsed."""
        return self._document

    def replace(self, text: str, *, of: str = "") -> None:
        """Take another text, valid or not.

        Args:
            text: the TOML document.
            of: what was edited; edits of one thing in a row are undone together.
        """
        if text != self.text:
            if not of or of != self._edited or not self._past:
                self._past.append(self.text)
            self._edited = of
            self._future.clear()
        self._read(text)

    def undo(self) -> bool:
        """Go back to the text before the last edit; returns whether there was one."""
        return self._step(self._past, self._future)

    def redo(self) -> bool:
        """Take back the last undo; returns whether there was one."""
        return self._step(self._future, self._past)

    def _step(self, there: list[str], here: list[str]) -> bool:
        if not there:
            return False
        here.append(self.text)
        self._edited = ""
        self._read(there.pop())
        return True

    def _read(self, text: str) -> None:
        self.text = text
        self.preset, self.mistakes, self.error = None, [], ""
        try:
            self._document: dict[str, Any] = parse(text)
        except tomllib.TOMLDecodeError:
            self._document = getattr(self, "_document", {})
        else:
            self.preset, self.mistakes = validate(self._document)
        if self.preset is None:
            self.error = self._explained()

    def _explained(self) -> str:
        try:
            load_text(self.text, where=self.name)
        except PresetError as error:
            return str(error)
        return ""

    def change(self, changes: Mapping[str, Any]) -> None:
        """Set dotted keys, None to remove one, with all else in the text left as it is.

        Another data set, family or optimizer takes the settings along that only the old one had; they
        come back with it.

        Raises:
            PresetError: the text is not TOML at the moment, or a key leads through a value.
        """
        made: dict[str, Any] = {}
        for key, value in changes.items():
            if key in DECIDES and value != (old := self.value(key)):
                gone = foreign(self._document, key, value)
                self._dropped[key, str(old)] = gone
                made |= dict.fromkeys(gone)
                made |= self._dropped.pop((key, str(value)), {})
            made[key] = value
        self.replace(edit(self.text, made), of=" ".join(changes))

    def override(self, changes: Mapping[str, Any]) -> None:
        """Apply overrides, with the rules of `--set`: for forks with a remedy.

        Raises:
            PresetError: as `overrides.apply` and `edit` do.
        """
        self.replace(edit(self.text, edits_of(self._document, list(changes.items()))))

    def value(self, key: str) -> Any:
        """What a dotted key stands at: in the document, else by default; None for neither."""
        return _value(self._document, key)

    def stated(self, key: str) -> bool:
        """Whether the document itself says something at a dotted key."""
        return _stated(self._document, key)[0]

    def changed(self, key: str) -> bool:
        """Whether a dotted key stands at something else than in the saved text."""
        return self.value(key) != _value(self._before, key)

    def revert(self) -> None:
        """Read the file again, or go back to the text that the draft began with.

        Raises:
            PresetError: the file cannot be read any more.
        """
        self.saved = self.saved if self.path is None else read(self.path)
        self._dropped.clear()
        self.replace(self.saved)
        self._before = self._document

    def save(self) -> Path:
        """Write the text to its file.

        Raises:
            PresetError: invalid, bundled, without a file, or changed on disk by somebody else.
        """
        if self.path is None or self.bundled:
            raise PresetError(f"{self.name} needs a name of your own; save it as a copy")
        if self.path.exists() and read(self.path) != self.saved:
            raise PresetError(
                f"{self.path} was changed on disk meanwhile; save under another name, or revert"
            )
        return self._write(self.path, self.text)

    def save_as(self, name: str, *, replace: bool = False) -> Path:
        """Write a copy into ./presets (or the user's own folder), and go on working on that.

        A copy drops what is only true of the original: the experiments and groups it belongs to, and,
        if settings differ, what to expect of it and where its figures come from.

        Raises:
            PresetError: no name for a preset, one that is taken, or an invalid preset.
        """
        path = copy_path(name)
        if path.exists() and not replace:
            raise PresetError(f"{path} exists; take another name")
        text = self.text
        if self.path is not None and self.preset is not None:
            original, _ = validate(self._before)
            stale = ["experiments", "groups"]
            if original is None or diff(original, self.preset):
                stale += ["expect", "source"]
            text = edit(text, dict.fromkeys(stale))
        self._write(path, text)
        self.path, self.name = path, path.stem
        return path

    def _write(self, path: Path, text: str) -> Path:
        if self.preset is None:
            raise PresetError(f"not saved, because it cannot be run:\n{self.error}")
        save(path, text)
        self.replace(text)
        self.saved, self._before = text, self._document
        return path

    def mistakes_at(self, key: str) -> list[Mistake]:
        """What is wrong at a dotted key or inside its value."""
        parts = tuple(key.split("."))
        return [m for m in self.mistakes if tuple(map(str, m.path[: len(parts)])) == parts]


def copy_path(name: str) -> Path:
    """Where a preset of the user's own goes.

    Raises:
        PresetError: a name that is none.
    """
    name = name.strip().removesuffix(".toml")
    if not NAME.fullmatch(name):
        raise PresetError(f'"{name}" is no name: letters, digits, dots, dashes and underscores')
    places = folders()
    # Inside gradlab's own checkout ./presets are the bundled ones.
    ours = _inside(places["project"], places["bundled"])
    return (places["user"] if ours else places["project"]) / f"{name}.toml"


def _inside(path: Path, folder: Path) -> bool:
    return path.resolve().is_relative_to(folder.resolve())


def _stated(document: dict[str, Any], key: str) -> tuple[bool, Any]:
    current: Any = document
    for part in key.split("."):
        if not isinstance(current, dict) or part not in current:
            return False, None
        current = current[part]
    return True, current


def _value(document: dict[str, Any], key: str) -> Any:
    found, value = _stated(document, key)
    if found:
        return value
    path = tuple(key.split("."))
    info = fields.field(path, document)
    if info is None or info.is_required():
        return None
    default = info.get_default(call_default_factory=True)
    return default.model_dump() if isinstance(default, BaseModel) else default
