"""The cured preset as a file: the user's own text with the cure in it, comments and order kept."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import PresetError
from ..preset.edit import edit, save
from ..preset.load import load_text
from ..preset.overrides import Override, changes

if TYPE_CHECKING:  # so that mistakes are told before TensorFlow is loaded
    from .fix import Cure


def cured_path(source: Path) -> Path:
    """Where the cure of a preset goes unless the user says otherwise: ./presets/NAME-fixed.toml."""
    return Path("presets") / f"{source.stem}-fixed.toml"


def refuse_overwriting(target: Path) -> None:
    """Stop before the work begins if its result would have no place.

    Raises:
        PresetError: the file exists, or is not called .toml, as presets are.
    """
    if target.suffix != ".toml":
        raise PresetError(f"--to {target}: a preset's file must end in .toml")
    if target.exists():
        raise PresetError(
            f"{target} exists and is not overwritten; remove it, or name another file with --to"
        )


def cured_text(
    text: str, overrides: Sequence[Override], cure: Cure, *, source: Path, target: Path
) -> str:
    """The preset's text with the user's overrides and the cure set.

    What it was expected to show, its lab sheet and its place among the experiments no longer hold, and
    go. Paths of the user's files are told from the new place.

    Args:
        text: the preset as it was read.
        overrides: those that the user gave.
        cure: what helped.
        source: the file that the text was read from.
        target: the file that it will be written to.
    """
    document = tomllib.loads(text)
    made = changes(document, [*overrides, *cure.changes.items()])
    preset = cure.after.preset
    remedies = ", ".join(attempt.remedy.name for attempt in cure.attempts if attempt.kept)
    sentence = cure.verdict.sentence if cure.verdict else ""
    made |= {
        "title": f"{preset.title or source.stem}, {cure.status}",
        "about": f"{remedies}: {sentence}.",
        "tags": [*preset.tags, "fixed"],
    }
    made |= dict.fromkeys(("guide", "expect", "experiments", "groups"))
    made |= _moved_paths(cure, source.parent, target.parent)
    return edit(text, made)


def write_cured(text: str, target: Path) -> None:
    """Write the cured preset, after a last look at whether it is one.

    Raises:
        PresetError: it exists by now, or cannot be written.
    """
    refuse_overwriting(target)
    load_text(text, where=str(target))
    save(target, text)


def _moved_paths(cure: Cure, old: Path, new: Path) -> dict[str, Any]:
    """Relative paths in the preset as they read from another folder."""
    data = cure.after.preset.data
    paths: dict[str, Any] = {"data.path": data.path}
    paths |= {"data.validation": data.validation, "data.test": data.test}
    factory = getattr(cure.after.preset.model, "factory", "")
    file, colon, function = factory.rpartition(":")
    if colon and file.endswith(".py"):
        paths["model.factory"] = file
    moved = {
        key: os.path.relpath(old / path, new)
        for key, path in paths.items()
        if isinstance(path, str) and not Path(path).is_absolute()
    }
    if "model.factory" in moved:
        moved["model.factory"] += f":{function}"
    return moved
