"""What a user says of a run afterwards: a name, tags, a note. run.json itself never changes."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, TypeAdapter

from ..errors import RunError
from .files import read_as, write_json

NOTES = "notes.json"


@dataclass(frozen=True)
class Notes:
    """The content of notes.json.

    Attributes:
        name: the user's name for the run; "" leaves the one it was started with.
        tags: words to find it by, sorted.
        note: free text.
    """

    name: str = ""
    tags: Annotated[tuple[str, ...], AfterValidator(lambda tags: tuple(sorted({*tags})))] = ()
    note: str = ""


_NOTES = TypeAdapter(Notes)


def read_notes(run: Path) -> tuple[Notes, str]:
    """A run's notes, and what is wrong with the file; no file is no notes."""
    notes, damage = read_as(_NOTES, run / NOTES)
    return notes, "" if damage.endswith(": missing") else damage


def rename(run: Path, name: str) -> None:
    """Give a run a name; "" takes it away."""
    _write(run, replace(_readable(run), name=name.strip()))


def annotate(run: Path, note: str) -> None:
    """Replace a run's note; "" takes it away."""
    _write(run, replace(_readable(run), note=note.strip()))


def tag(run: Path, changes: list[str]) -> tuple[str, ...]:
    """Add and remove tags; gives back those that the run has now.

    Args:
        run: the run directory.
        changes: `+word` or `word` adds one, `-word` removes it.

    Raises:
        RunError: a change is no word, or the file cannot be written.
    """
    notes = _readable(run)
    tags = set(notes.tags)
    for change in changes:
        word = change[1:] if change[:1] in ("+", "-") else change
        if not word or any(c.isspace() or c in ",:" or not c.isprintable() for c in word):
            raise RunError(
                f"{change!r} is no tag: write +word to add and -word to remove one, without "
                "blanks, commas or colons"
            )
        if change.startswith("-"):
            tags.discard(word)
        else:
            tags.add(word)
    _write(run, replace(notes, tags=tuple(sorted(tags))))
    return tuple(sorted(tags))


def _readable(run: Path) -> Notes:
    notes, damage = read_notes(run)
    if damage:
        raise RunError(f"{run.name}: {damage}; move {run / NOTES} away to start its notes anew")
    return notes


def _write(run: Path, notes: Notes) -> None:
    try:
        write_json(run / NOTES, asdict(notes), durable=True)
    except OSError as error:
        raise RunError(f"cannot write {run / NOTES}: {error.strerror}") from error
