"""sweep.toml: a preset, its settings' values and how to run them, in one file.

preset = "circles-tanh-5"
title = "Accuracy against depth"
repeats = 5
metric = "val_accuracy"
set = ["train.epochs=100"]

[settings]
"model.depth" = "1..10"
"model.activation" = ["tanh", "relu"]
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from importlib.resources import as_file, files
from pathlib import Path
from typing import Annotated, Any

import platformdirs
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ..errors import PresetError
from ..preset.document import parse
from ..preset.load import read


class SweepFile(BaseModel):
    """The content of a sweep file."""

    model_config = ConfigDict(extra="forbid", strict=True)

    preset: str
    """The preset, by name or by a path that starts at the file's folder."""
    title: str = ""
    """One line about the sweep."""
    about: str = ""
    """What it is going to show."""
    experiments: list[str] = []
    """Rows of the experiment list that it covers."""
    repeats: Annotated[int, Field(ge=1, le=1000)] = 1
    """Seeds of each point."""
    jobs: Annotated[int, Field(ge=1, le=256)] = 1
    """Trainings at a time."""
    random: Annotated[int | None, Field(ge=1)] = None
    """Points to draw at random instead of taking all of the grid."""
    optuna: Annotated[int | None, Field(ge=1)] = None
    """Points to choose one after the other by what those before came to."""
    maximize: str = ""
    """The result that such points are to raise ..."""
    minimize: str = ""
    """... or to lower."""
    metric: str = ""
    """The result that the picture shows."""
    set: list[str] = []
    """Overrides of every point, `KEY=VALUE`."""
    settings: dict[str, Any]
    """The values of each setting, as on the command line or as a list."""


@dataclass(frozen=True)
class SweepEntry:
    """A sweep file that can be named.

    Attributes:
        name: what to call it by.
        path: the file.
        content: what it says; None if it cannot be read.
        error: why.
    """

    name: str
    path: Path
    content: SweepFile | None = field(repr=False)
    error: str = ""


def find_sweep_file(reference: str) -> Path | None:
    """The sweep file that a name or a path means; None if it means none.

    Args:
        reference: a path of a TOML file that names a preset, or a name: looked for in ./presets/sweeps,
            the user's own folder and the bundled sweeps.
    """
    if reference.endswith(".toml"):
        path = Path(reference).expanduser()
        if not path.is_file():
            return None
        try:
            return path if "preset" in parse(read(path)) else None
        except tomllib.TOMLDecodeError:
            return None
    for folder in _folders():
        path = folder / f"{reference}.toml"
        if "/" not in reference and path.is_file():
            return path
    return None


def read_sweep_file(path: Path) -> SweepFile:
    """A sweep file's content.

    Raises:
        PresetError: it cannot be read, or says what a sweep file cannot say.
    """
    try:
        return SweepFile.model_validate(parse(read(path)))
    except tomllib.TOMLDecodeError as error:
        raise PresetError(f"{path}: {error}") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        known = ", ".join(SweepFile.model_fields)
        raise PresetError(
            f"{path}: {place}: {first['msg']}; a sweep file has the keys {known}"
        ) from error


def available() -> list[SweepEntry]:
    """Every sweep file that can be named."""
    found: dict[str, SweepEntry] = {}
    for folder in _folders():
        for path in sorted(folder.glob("*.toml")):
            if path.stem in found:
                continue
            try:
                found[path.stem] = SweepEntry(path.stem, path, read_sweep_file(path))
            except PresetError as error:
                found[path.stem] = SweepEntry(path.stem, path, None, str(error))
    return sorted(found.values(), key=lambda entry: entry.name)


def _folders() -> list[Path]:
    with as_file(files("gradlab.presets")) as bundled:
        own = platformdirs.user_config_path("gradlab") / "presets" / "sweeps"
        return [Path("presets") / "sweeps", own, bundled / "sweeps"]
