"""Runs that other tools recorded: TensorBoard's scalars and Keras' CSVLogger files as run directories.

What was not recorded there is missing here as well: such a run has no preset, and mostly no layers.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np

from ..errors import RunError
from ..runs.files import open_file
from ..runs.ids import shortened
from ..runs.writer import RunWriter
from ..stream.events import (
    LAYER_STATISTICS,
    WEIGHT_STATISTICS,
    Column,
    Epoch,
    Finished,
    LayerInfo,
    Started,
    Steps,
)
from .event_files import LAST_STEP, EventReader
from .selection import EPOCH

Format = Literal["tb", "csvlogger"]

LOSS_TAGS = ("batch_loss", "train/loss", "train_loss", "training/loss", "loss/train", "Loss/train")
"""Tags that are the training loss of each step, where there is no tag `loss`."""


LAST_EPOCH = 10**9
"""Number of the last epoch that is read; what is beyond is damage."""


@dataclass
class Recorded:
    """What was read from other tools' files.

    Attributes:
        series: by name, step to (Unix time, value).
        epochs: by number from 0, the logs of each epoch.
        epoch_steps: by number, the steps taken at its end, where that is known.
        damage: what could not be read.
    """

    series: dict[str, dict[int, tuple[float, float]]] = field(default_factory=dict)
    epochs: dict[int, dict[str, float]] = field(default_factory=dict)
    epoch_steps: dict[int, int] = field(default_factory=dict)
    damage: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Imported:
    """A run that was made from other tools' files.

    Attributes:
        path: its directory.
        series: series it has.
        epochs: epochs it has.
        damage: what could not be read.
    """

    path: Path
    series: int
    epochs: int
    damage: tuple[str, ...]


def import_run(
    source: Path, root: Path, form: Format | None = None, name: str | None = None
) -> Imported:
    """Make a run of TensorBoard event files (a file or a folder) or of a CSVLogger file.

    Args:
        source: what to read.
        root: where runs live.
        form: what it is; told from the path if None.
        name: a name for the run; by default that of the source.

    Raises:
        RunError: there is nothing to import.
    """
    if not source.exists():
        raise RunError(f"{source} does not exist")
    form = form or ("csvlogger" if source.suffix in (".csv", ".tsv", ".log") else "tb")
    recorded = read_tensorboard(source) if form == "tb" else read_csv_logger(source)
    if not recorded.series and not recorded.epochs:
        reason = f" ({'; '.join(recorded.damage[:2])})" if recorded.damage else ""
        raise RunError(f"{source} holds nothing that can be imported{reason}")
    path = _write(recorded, source, root, form, name or source.stem or "imported")
    return Imported(path, len(recorded.series), len(recorded.epochs), tuple(recorded.damage))


def read_tensorboard(source: Path) -> Recorded:
    """Every scalar of the event files at or under a path.

    Keras' callback writes `epoch_loss` into the folders train and validation, and gradlab's export
    `epoch/loss`: both become logs of epochs. Every other tag becomes a series of steps.

    Raises:
        RunError: there is no event file.
    """
    files = sorted(source.rglob("*tfevents*")) if source.is_dir() else [source]
    if not files:
        raise RunError(f"{source} has no TensorBoard event files (names with tfevents)")
    recorded = Recorded()
    placed: dict[int, dict[str, float]] = {}
    several = len({file.parent for file in files}) > 1
    for file in files:
        folder = file.parent.name
        validation = folder in ("validation", "val", "eval", "test")
        prefix = "" if not several or folder == "train" or validation else f"{folder}/"
        reader = EventReader(file)
        for wall, step, tag, value in _scalars(reader):
            if tag.startswith("epoch_") and step <= LAST_EPOCH:
                name = ("val_" if validation else "") + tag.removeprefix("epoch_")
                recorded.epochs.setdefault(step, {})[name] = value
            elif tag.startswith(EPOCH):
                placed.setdefault(step, {})[tag.removeprefix(EPOCH)] = value
            else:
                name = ("val_" if validation else "") + prefix + tag
                recorded.series.setdefault(name, {})[step] = (wall, value)
        if reader.damage:
            recorded.damage.append(reader.damage)
    for number, step in enumerate(sorted(placed)):  # by the last step of the epoch
        recorded.epochs.setdefault(number, {}).update(placed[step])
        recorded.epoch_steps[number] = step + 1
    _name_loss(recorded)
    return recorded


def _scalars(reader: EventReader) -> Iterator[tuple[float, int, str, float]]:
    try:
        yield from reader.scalars()
    except OSError as error:
        reader.damage = f"{reader.path.name}: cannot be read ({error.strerror})"


def _name_loss(recorded: Recorded) -> None:
    found = next((tag for tag in LOSS_TAGS if tag in recorded.series), None)
    if found and "loss" not in recorded.series:
        recorded.series["loss"] = recorded.series.pop(found)


def read_csv_logger(source: Path) -> Recorded:
    """The rows of a CSVLogger file: `epoch,loss,val_loss,...`, whatever the separator.

    Raises:
        RunError: it cannot be read, or has no column `epoch`.
    """
    try:
        with open_file(source) as file:
            text = file.read().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise RunError(f"{source} cannot be read: {shortened(str(error))}") from error
    header = text.partition("\n")[0]
    separator = max(",;\t", key=header.count)
    rows = csv.DictReader(text.replace("\0", "").splitlines(), delimiter=separator)
    try:
        known = "epoch" in (rows.fieldnames or ())
    except csv.Error as error:
        raise RunError(f"{source} is no CSVLogger file: {error}") from error
    if not known:
        raise RunError(f'{source} is no CSVLogger file: its first row has no column "epoch"')
    recorded = Recorded()
    for line, row in enumerate(rows, 2):
        epoch = _number(row.get("epoch"))
        if epoch is None or not 0 <= epoch <= LAST_EPOCH:
            recorded.damage.append(f"{source.name}: line {line} has no epoch and was left out")
            continue
        logs = {
            name: value
            for name, text in row.items()
            if name and name != "epoch" and (value := _number(text)) is not None
        }
        recorded.epochs[int(epoch)] = logs
    for name in ("loss", "learning_rate", "lr"):
        points = {e: (math.nan, logs[name]) for e, logs in recorded.epochs.items() if name in logs}
        if points:
            recorded.series["learning_rate" if name == "lr" else name] = points
    return recorded


def _number(text: Any) -> float | None:
    try:
        return float(text)
    except (TypeError, ValueError):
        return None


def _write(recorded: Recorded, source: Path, root: Path, form: Format, name: str) -> Path:
    steps = sorted({step for points in recorded.series.values() for step in points})
    times = {step: t for points in recorded.series.values() for step, (t, _) in points.items()}
    columns = tuple(Column(*_split(series)) for series in recorded.series)
    layers = _layers(columns)
    per_epoch = _steps_per_epoch(recorded, steps)
    tool = "TensorBoard" if form == "tb" else "CSVLogger"
    writer = RunWriter.create(
        root, None, preset_name=f"imported from {tool}", name=name, imported_from=str(source)
    )
    writer.write(Started(layers, columns, (), per_epoch, len(recorded.epochs)))
    if steps:
        values = np.full((len(steps), len(columns)), np.nan, np.float32)
        rows = {step: row for row, step in enumerate(steps)}
        for index, points in enumerate(recorded.series.values()):
            for step, (_, value) in points.items():
                values[rows[step], index] = value
        stamps = np.array([times[step] for step in steps])
        writer.write(Steps(np.array(steps, np.int64), stamps, values))
    begin = min((t for t in times.values() if math.isfinite(t)), default=0.0)
    for number in sorted(recorded.epochs):
        end = min(recorded.epoch_steps.get(number, (number + 1) * per_epoch), LAST_STEP)
        stamp = times.get(end - 1, math.nan)
        seconds = stamp - begin if math.isfinite(stamp) else 0.0
        writer.write(Epoch(number, end, recorded.epochs[number], seconds))
    taken = steps[-1] + 1 if steps else len(recorded.epochs) * per_epoch
    ended = max((t for t in times.values() if math.isfinite(t)), default=begin) - begin
    writer.write(Finished("finished", taken, len(recorded.epochs), ended))
    return writer.path


def _split(series: str) -> tuple[str, str]:
    layer, _, statistic = series.rpartition("/")
    return layer, statistic


def _layers(columns: tuple[Column, ...]) -> tuple[LayerInfo, ...]:
    """Layers of which gradlab's own statistics were found, in the order in which they appear."""
    measured = {*LAYER_STATISTICS, *WEIGHT_STATISTICS}
    names = dict.fromkeys(c.layer for c in columns if c.layer and c.statistic in measured)
    return tuple(LayerInfo(name, "", i, 0, 0, 0, "", "") for i, name in enumerate(names))


def _steps_per_epoch(recorded: Recorded, steps: list[int]) -> int:
    if recorded.epoch_steps:
        return recorded.epoch_steps[0]
    epochs = len(recorded.epochs)
    return max(round((steps[-1] + 1) / epochs), 1) if steps and epochs else 1
