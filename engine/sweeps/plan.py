"""What a sweep is going to train, frozen before the first trial: sweep.json in a directory of its own."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from ..errors import PresetError, RunError
from ..preset.load import load_text
from ..preset.mistakes import shown
from ..preset.schema import Preset
from ..runs.files import read_json, write_json
from ..runs.ids import file_safe
from ..trials.repeats import seeded
from .directories import PLAN
from .grid import Axis

SCHEMA_VERSION = 1


@dataclass(frozen=True)
class Trial:
    """One training of a sweep.

    Attributes:
        number: its place, from 0 on.
        point: its point's place among the points.
        settings: what its point changes.
        preset: what is trained.
    """

    number: int
    point: int
    settings: dict[str, Any]
    preset: Preset


@dataclass(frozen=True)
class Plan:
    """Everything that decides the trials of a sweep.

    Attributes:
        preset_name: the name that the preset was found by.
        text: the preset's text, as it was when the sweep was begun.
        overrides: what is changed at every point.
        keys: the settings that differ between points.
        points: their values.
        repeats: seeds of each point.
        base: folder that the preset's own files are relative to.
        trust: whether the preset may run code of its own.
        metric: the result that the picture shows; "" for the first that there is.
        title: one line about the sweep.
    """

    preset_name: str
    text: str
    overrides: tuple[str, ...]
    keys: tuple[str, ...]
    points: tuple[dict[str, Any], ...]
    repeats: int = 1
    base: Path = Path()
    trust: bool = False
    metric: str = ""
    title: str = ""

    @cached_property
    def trials(self) -> tuple[Trial, ...]:
        """Every trial, its preset validated.

        Raises:
            PresetError: a point that cannot be; the message names it.
        """
        trials: list[Trial] = []
        for index, settings in enumerate(self.points):
            for preset in self._presets(settings):
                trials.append(Trial(len(trials), index, settings, preset))
        return tuple(trials)

    def trial(self, number: int) -> Trial:
        """One trial, without validating the others."""
        point, repeat = divmod(number, self.repeats)
        settings = self.points[point]
        return Trial(number, point, settings, self._presets(settings)[repeat])

    def _presets(self, settings: Mapping[str, Any]) -> list[Preset]:
        overrides = [*self.overrides, *settings.items()]
        where = self.preset_name
        try:
            preset = load_text(self.text, where=where, overrides=overrides)
            return seeded(preset, self.repeats) if self.repeats > 1 else [preset]
        except PresetError as error:
            raise PresetError(f"point {named(settings)}: {error}") from error


def named(settings: Mapping[str, Any]) -> str:
    """A point in one line: model.depth=3 model.activation="tanh"."""
    return " ".join(f"{key}={_short(value)}" for key, value in settings.items())


def _short(value: Any) -> str:
    return value if isinstance(value, str) else shown(value)


def make_plan(
    name: str,
    text: str,
    axes: Sequence[Axis],
    points: Sequence[dict[str, Any]],
    **others: Any,
) -> Plan:
    """A plan whose every point is valid.

    Args:
        name: the preset's name.
        text: its text.
        axes: the settings that differ.
        points: their values.
        **others: as `Plan` has them.

    Raises:
        PresetError: a point that cannot be; the message names it.
    """
    plan = Plan(name, text, keys=tuple(a.key for a in axes), points=tuple(points), **others)
    _ = plan.trials
    return plan


def begin(root: Path, plan: Plan, argv: Sequence[str]) -> Path:
    """Make a sweep's directory, in which its runs are going to lie, and write its plan.

    Raises:
        RunError: it cannot be made.
    """
    now = datetime.now(UTC)
    stem = f"{now.astimezone():%Y%m%dT%H%M}-sweep-{file_safe(plan.preset_name)}"
    try:
        root.mkdir(parents=True, exist_ok=True)
        while True:
            path = root / f"{stem}-{secrets.token_hex(2)}"
            try:
                path.mkdir()
                break
            except FileExistsError:
                continue
        document = {
            "schema_version": SCHEMA_VERSION,
            "id": path.name,
            "created": now.isoformat(timespec="microseconds"),
            "argv": list(argv),
            "preset_name": plan.preset_name,
            "text": plan.text,
            "overrides": list(plan.overrides),
            "keys": list(plan.keys),
            "points": list(plan.points),
            "repeats": plan.repeats,
            "base": str(plan.base.resolve()),
            "trust": plan.trust,
            "metric": plan.metric,
            "title": plan.title,
        }
        write_json(path / PLAN, document, durable=True)
    except OSError as error:
        raise RunError(
            f"cannot make a sweep in {root}: {error.strerror}; choose another place with --runs-dir"
        ) from error
    return path


def read_plan(path: Path) -> Plan:
    """The plan of a sweep.

    Raises:
        RunError: sweep.json is damaged, or another gradlab's.
    """
    document, damage = read_json(path / PLAN)
    if not damage and document.get("schema_version") != SCHEMA_VERSION:
        damage = f"written by another gradlab (schema version {document.get('schema_version')})"
    try:
        if damage:
            raise ValueError(damage)
        return Plan(
            preset_name=str(document["preset_name"]),
            text=str(document["text"]),
            overrides=tuple(map(str, document["overrides"])),
            keys=tuple(map(str, document["keys"])),
            points=tuple(dict(point) for point in document["points"]),
            repeats=int(document["repeats"]),
            base=Path(str(document["base"])),
            trust=bool(document["trust"]),
            metric=str(document["metric"]),
            title=str(document["title"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise RunError(f"{path / PLAN}: cannot be read: {error}") from error
