"""A small question: the name of a preset's copy."""

from __future__ import annotations

from ...engine.errors import PresetError
from ...engine.preset.draft import copy_path
from .ask_text import AskText


class AskName(AskText):
    """Asks for the name of a preset; dismisses with it, or with None.

    Args:
        suggestion: what stands in the field at first.
    """

    def __init__(self, suggestion: str = "") -> None:
        super().__init__("Save as", suggestion)
        self._replaces = ""

    def typed(self, text: str) -> None:
        """Say where the file will be."""
        self._replaces = ""
        self._check(text)

    def answer(self, text: str) -> None:
        """Take a name that can be used, and one that is in use the second time."""
        if not self._check(text):
            return
        name = text.strip().removesuffix(".toml")
        if copy_path(name).exists() and self._replaces != name:
            self._replaces = name
            self.say(f"{copy_path(name)} exists. Enter again replaces it.", wrong=True)
            return
        self.dismiss(name)

    def _check(self, name: str) -> bool:
        try:
            path = copy_path(name)
        except PresetError as error:
            mistake = str(error) if name else "A name; enter saves, esc goes back."
            self.say(mistake, wrong=bool(name))
            return False
        note = " exists already; enter twice replaces it" if path.exists() else ""
        self.say(f"{path}{note}")
        return True
