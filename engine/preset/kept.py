"""Edits that are in no preset's file yet, kept until they are saved or dropped."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import platformdirs

from ..errors import PresetError
from .draft import Draft


def keep(draft: Draft) -> None:
    """Write what is edited aside, or forget what was kept where nothing is edited any more.

    Raises:
        PresetError: it cannot be written.
    """
    if not draft.dirty:
        forget(draft)
        return
    place = _place(draft)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        written = place.with_suffix(f".{os.getpid()}")
        written.write_text(draft.text, encoding="utf-8")
        written.replace(place)
    except OSError as error:
        raise PresetError(
            f"the edits of {draft.name} cannot be kept in {place.parent}: {error.strerror}"
        ) from error


def forget(draft: Draft) -> None:
    """Keep no edits of a draft any longer."""
    _place(draft).unlink(missing_ok=True)


def bring_back(draft: Draft) -> bool:
    """Give a draft the edits that were kept of it; returns whether there were any."""
    try:
        text = _place(draft).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return False
    draft.replace(text)
    return draft.dirty


def _place(draft: Draft) -> Path:
    """The file of a draft: of its preset's path, or of the name of one that has none."""
    whose = str(draft.path.resolve()) if draft.path else f"untitled {draft.name}"
    digest = hashlib.sha256(whose.encode()).hexdigest()[:16]
    return platformdirs.user_state_path("gradlab") / "drafts" / f"{digest}.toml"
