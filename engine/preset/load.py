"""Presets, found by name or path, read, overridden and validated; mistakes become one message."""

from __future__ import annotations

import re
import stat
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, Literal

import platformdirs
from pydantic import ValidationError

from ..errors import PresetError
from . import rules
from .document import LARGEST_BYTES, parse
from .mistakes import Mistake, explain, report
from .objects import nearest
from .overrides import Override, apply
from .schema import Preset

SECOND_NAMES = {
    "circles-deep-tanh": "circles-tanh-5",
    "circles-deep-relu": "circles-relu-5",
    "exploding-regression": "regression-nan",
}
"""Bundled presets that go by two names: by what the net is, and by what happens to it."""

Origin = Literal["bundled", "project", "user"]


@dataclass(frozen=True)
class PresetEntry:
    """A preset that can be named.

    Attributes:
        name: what to call it by; the file's name without `.toml`.
        path: the file.
        origin: bundled with gradlab, in ./presets, or in the user's own folder.
        title: its title.
        about: what it shows.
        tags: words to find it by.
        groups: named comparisons that it belongs to.
        experiments: rows of the experiment list that it covers.
        error: why it cannot be used; None for a valid preset.
    """

    name: str
    path: Path
    origin: Origin
    title: str = ""
    about: str = ""
    tags: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    experiments: tuple[str, ...] = ()
    error: str | None = None


def folders() -> dict[Origin, Path]:
    """Where presets are looked for by name, first place first."""
    with as_file(files("gradlab.presets")) as bundled:
        return {
            "project": Path("presets"),
            "user": platformdirs.user_config_path("gradlab") / "presets",
            "bundled": bundled,
        }


def _named() -> dict[str, tuple[Path, Origin]]:
    """The file of each name; the first place that has a name wins."""
    places = folders()
    found: dict[str, tuple[Path, Origin]] = {}
    for origin, folder in places.items():
        if origin == "project" and folder.resolve() == places["bundled"].resolve():
            continue
        for path in sorted(folder.glob("*.toml")):
            found.setdefault(path.stem, (path, origin))
    return found


def names() -> list[str]:
    """Every name that `resolve` knows, sorted; reads no preset."""
    return sorted(_named())


def resolve(reference: str | Path) -> Path:
    """The file of a preset.

    Args:
        reference: a path (anything with a separator or ending in `.toml`), or a name: looked for in
            ./presets, the user's own folder and the bundled presets, in this order.

    Raises:
        PresetError: no such file, or no preset of that name; with the nearest one.
    """
    text = str(reference)
    if isinstance(reference, Path) or "/" in text or "\\" in text or text.endswith(".toml"):
        path = Path(text).expanduser()
        if path.is_file():
            return path
        what = "is a folder, not a preset file" if path.is_dir() else "no such file"
        raise PresetError(f"{text}: {what}{nearest(path.stem, names()).rstrip('.')}")
    found = _named()
    for name in (text, SECOND_NAMES.get(text)):
        if name in found:
            return found[name][0]
    places = folders()
    raise PresetError(
        f'no preset is called "{text}"{nearest(text, found)} Looked in ./presets, '
        f"{places['user']} and the bundled presets; `gradlab presets list` shows them all"
    )


def base_folder(path: Path) -> Path:
    """Where relative paths in a preset start: at its own folder, or at the current one if it is bundled."""
    folder = path.parent.resolve()
    return Path.cwd() if folder == folders()["bundled"].resolve() else folder


def load(reference: str | Path, overrides: Sequence[Override] = ()) -> Preset:
    """Read, override and validate a preset.

    Args:
        reference: a name or a path, as for `resolve`.
        overrides: `KEY=VALUE` strings, or pairs of a dotted key and a value.

    Raises:
        PresetError: it cannot be found, read or used; one line for each thing that is wrong.
    """
    path = resolve(reference)
    return load_text(read(path), where=str(path), overrides=overrides)


def read(path: Path) -> str:
    """The text of a preset file.

    Raises:
        PresetError: unreadable, not UTF-8, or far larger than a preset is.
    """
    try:
        # Opening a pipe would wait for somebody to write to it.
        if not stat.S_ISREG(path.stat().st_mode):
            raise PresetError(f"{path}: is no regular file, which a preset must be")
        with path.open("rb") as file:
            content = file.read(LARGEST_BYTES + 1)
        if len(content) > LARGEST_BYTES:
            size = max(path.stat().st_size, len(content))
            raise PresetError(
                f"{path}: is {size:,} bytes, and a preset at most {LARGEST_BYTES:,}; "
                'to train on a data file, write a preset with [data] name = "csv", path = "FILE"'
            )
        # Editors on Windows begin a file with a byte order mark, and end lines their own way.
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except OSError as error:
        raise PresetError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise PresetError(f"{path}: is not UTF-8 text, which TOML must be") from error


def load_text(text: str, *, where: str = "<text>", overrides: Sequence[Override] = ()) -> Preset:
    """Validate a preset from its text.

    Args:
        text: the TOML document.
        where: what to call it in messages; a file's path, if it is one.
        overrides: as for `load`.

    Raises:
        PresetError: wrong syntax, unknown keys, wrong types, values out of range, names that Keras
            does not know, parts that do not fit together; one line for each.
    """
    try:
        document = parse(text)
    except tomllib.TOMLDecodeError as error:
        raise PresetError(_syntax(str(error), text, where)) from error
    document, places = apply(document, overrides)
    preset, mistakes = validate(document)
    if preset is None:
        raise PresetError(report(mistakes, where, text, places))
    return preset


def validate(document: dict[str, Any]) -> tuple[Preset | None, list[Mistake]]:
    """The preset that a parsed document describes, or None and all that is wrong with it."""
    model = document.get("model")
    if isinstance(model, dict):
        document = document | {"model": {"family": "mlp"} | model}
    try:
        preset = Preset.model_validate(document)
        mistakes = rules.check(preset)
    except ValidationError as error:
        return None, explain(error, document)
    return (None if mistakes else preset), mistakes


def recorded(document: Any) -> Preset | None:
    """The preset that a run was trained with; None if it is damaged, or another gradlab's or tool's.

    Args:
        document: `preset` in run.json, which anybody may have written.
    """
    return validate(document)[0] if isinstance(document, dict) else None


def _syntax(message: str, text: str, where: str) -> str:
    position = re.search(r" \(at line (\d+), column (\d+)\)", message)
    if position is None:
        message = message.removesuffix(" (at end of document)")
        return f"{where}:{max(len(text.splitlines()), 1)}: not valid TOML: {message}"
    line, column = position.groups()
    return f"{where}:{line}: column {column}: not valid TOML: {message[: position.start()]}"


def available() -> list[PresetEntry]:
    """Every preset that can be named, sorted by name; a broken one carries its error."""
    return [_entry(name, path, origin) for name, (path, origin) in sorted(_named().items())]


def _entry(name: str, path: Path, origin: Origin) -> PresetEntry:
    try:
        preset = load_text(read(path), where=str(path))
    except PresetError as error:
        return PresetEntry(name, path, origin, error=str(error))
    return PresetEntry(
        name,
        path,
        origin,
        title=preset.title,
        about=preset.about,
        tags=tuple(preset.tags),
        groups=tuple(preset.groups),
        experiments=tuple(preset.experiments),
    )
