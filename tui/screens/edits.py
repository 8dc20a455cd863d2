"""What was edited in a preset since it was opened or saved, to be looked at before it is trained."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from textual.binding import Binding, BindingType

from ..words.text import setting
from .page import PageScreen


class EditsScreen(PageScreen):
    """Lists edits; gives back whether the preset shall be trained as it stands.

    Args:
        name: what the preset is called.
        edits: the old and the new value by dotted key.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,f2", "dismiss(False)", "Back", id="edits.back"),
        Binding("r", "dismiss(True)", "Run", id="edits.run"),
    ]

    def __init__(self, name: str, edits: Mapping[str, tuple[Any, Any]]) -> None:
        width = max((len(key) for key in edits), default=0)
        lines = (
            f"{key:<{width}}  {setting(old)} → {setting(new)}" for key, (old, new) in edits.items()
        )
        nothing = "Nothing that matters to a training differs from the file."
        super().__init__(
            f"Edits of {name}", "r trains it like this, esc closes", "\n".join(lines) or nothing
        )
