"""What a sweep is going to train, frozen before the first trial: sweep.json in a directory of its own."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
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
from .search import Search, suggestions

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
        search: how further points are chosen; None where all are there from the beginning.
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
    search: Search | None = None

    @property
    def size(self) -> int:
        """How many trials there are going to be."""
        return max(len(self.points), self.search.count if self.search else 0) * self.repeats

    @cached_property
    def trials(self) -> tuple[Trial, ...]:
        """Every trial, its preset validated.

        Raises:
            PresetError: a point that cannot be; the message names it.
        """
        trials: list[Trial] = []
        for index, settings in enumerate(self.points):
            for preset in self.presets(settings):
                trials.append(Trial(len(trials), index, settings, preset))
        return tuple(trials)

    def trial(self, number: int) -> Trial:
        """One trial, without validating the others."""
        point, repeat = divmod(number, self.repeats)
        settings = self.points[point]
        return Trial(number, point, settings, self.presets(settings)[repeat])

    def presets(self, settings: Mapping[str, Any]) -> list[Preset]:
        """What is trained at a point.

        Raises:
            PresetError: it cannot be; the message names the point.
        """
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


def make_search(name: str, text: str, search: Search, **others: Any) -> Plan:
    """A plan whose first point is suggested, and each further one when those before it have ended.

    Args:
        name: the preset's name.
        text: its text.
        search: how points are chosen.
        **others: as `Plan` has them.

    Raises:
        PresetError: a value or an end of a range that cannot be; or Optuna is not installed.
    """
    axes = search.axes
    plan = make_plan(name, text, axes, (), search=search, **others)
    first = {axis.key: axis.corners[0] for axis in axes}
    for axis in axes:
        for value in axis.corners:
            plan.presets(first | {axis.key: value})
    return with_point(plan, suggestions(search, (), plan.presets(first)[0].seed))


def with_point(plan: Plan, suggested: Iterator[dict[str, Any]]) -> Plan:
    """The plan with the first suggested point that can be trained; the plan at its end if none can.

    Raises:
        PresetError: no suggestion is valid; the message names the last.
    """
    refused = None
    for settings in suggested:
        try:
            plan.presets(settings)
        except PresetError as error:
            refused = error
            continue
        return replace(plan, points=(*plan.points, settings))
    if refused is not None:
        raise refused
    assert plan.search is not None
    return replace(plan, search=replace(plan.search, count=len(plan.points)))


def rewrite(sweep: Path, plan: Plan) -> None:
    """Keep what has come to a plan since it was begun: its points.

    Raises:
        RunError: it cannot be written.
    """
    document, _ = read_json(sweep / PLAN)
    document |= {"points": list(plan.points), "search": _search(plan)}
    try:
        write_json(sweep / PLAN, document, durable=True)
    except OSError as error:
        raise RunError(f"cannot write {sweep / PLAN}: {error.strerror}") from error


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
            "search": _search(plan),
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
            search=_read_search(document.get("search")),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise RunError(f"{path / PLAN}: cannot be read: {error}") from error


def _search(plan: Plan) -> dict[str, Any] | None:
    return asdict(plan.search) if plan.search else None


def _read_search(document: Any) -> Search | None:
    if document is None:
        return None
    axes = [Axis(**{**axis, "values": tuple(axis["values"])}) for axis in document["axes"]]
    return Search(tuple(axes), int(document["count"]), document["direction"])
