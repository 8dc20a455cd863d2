"""The Keras callbacks that a preset asks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import keras

from ..errors import PresetError
from ..preset.foreign import DEFAULT_PLACES, WRITTEN
from ..preset.objects import listing, nearest
from ..preset.schema import KerasObject, Preset
from .objects import instantiate, lookup
from .stopping import StopWhen

MONITORS = (
    keras.callbacks.EarlyStopping,
    keras.callbacks.ModelCheckpoint,
    keras.callbacks.ReduceLROnPlateau,
)
"""Callbacks that watch a value of the logs."""

WRITERS = (
    keras.callbacks.CSVLogger,
    keras.callbacks.ModelCheckpoint,
    keras.callbacks.TensorBoard,
)
"""Callbacks that write files."""

Directions = Mapping[str, str | None]
"""The values that an epoch logs, and whether better is `min` or `max`; None: nobody can tell."""


def directions(metrics: Sequence[keras.metrics.Metric], *, validated: bool) -> Directions:
    """What an epoch logs.

    Args:
        metrics: those of the training.
        validated: whether there are validation rows, and so `val_` values.
    """
    words = {"up": "max", "down": "min"}
    logged: dict[str, str | None] = {"loss": "min"}
    logged |= {metric.name: words.get(getattr(metric, "_direction", "")) for metric in metrics}
    held_out = {f"val_{name}": better for name, better in logged.items()} if validated else {}
    return logged | held_out | {"learning_rate": None}


def make_callbacks(
    preset: Preset, checkpoint_dir: Path | None, logged: Directions
) -> list[keras.callbacks.Callback]:
    """New callbacks: stopping, early stopping, best model, plateau, then the preset's list, in that order.

    Args:
        preset: the experiment.
        checkpoint_dir: where `best.keras` goes, in the run's directory, which the paths of callbacks
            are relative to; None: the run is not recorded, and callbacks that write are left out.
        logged: what an epoch logs. Keras looks up `mode = "auto"` in a model's compiled metrics,
            and gradlab's metrics are not the model's.

    Raises:
        PresetError: no such callback, arguments that it refuses, a path that leads out of the run's
            directory, a monitor that nothing logs, or ReduceLROnPlateau together with a schedule,
            which sets the rate at every step anew.
    """
    train = preset.train
    wanted: list[tuple[KerasObject, str]] = []
    if train.early_stopping:
        settings = train.early_stopping.model_dump()
        wanted.append(({"name": "early_stopping", **settings}, "train.early_stopping"))
    if train.model_checkpoint:
        settings = train.model_checkpoint.model_dump()
        settings |= {"filepath": "checkpoint/best.keras", "save_best_only": True}
        wanted.append(({"name": "model_checkpoint", **settings}, "train.model_checkpoint"))
    if train.reduce_lr_on_plateau:
        settings = train.reduce_lr_on_plateau.model_dump()
        wanted.append(({"name": "reduce_lr_on_plateau", **settings}, "train.reduce_lr_on_plateau"))
    wanted += [(value, f"train.callbacks.{index}") for index, value in enumerate(train.callbacks)]

    run = checkpoint_dir.parent if checkpoint_dir else None
    stop: list[keras.callbacks.Callback] = []
    if train.stop_when:
        watched: dict[str, Any] = train.stop_when.model_dump()
        watched["mode"] = _mode(watched, "train.stop_when", logged)
        stop.append(StopWhen(**watched))
    made = stop + [_make(value, key, logged, run) for value, key in wanted]
    plateau = any(isinstance(callback, keras.callbacks.ReduceLROnPlateau) for callback in made)
    if plateau and isinstance(preset.optimizer.learning_rate, dict):
        raise PresetError(
            "train.reduce_lr_on_plateau cannot lower a rate that optimizer.learning_rate sets by a "
            "schedule; keep one of the two."
        )
    return made if run else [callback for callback in made if not isinstance(callback, WRITERS)]


def _make(
    value: KerasObject, key: str, logged: Directions, run: Path | None
) -> keras.callbacks.Callback:
    entry, arguments = lookup("callback", value, key)
    if entry.name == "backup_and_restore":
        raise PresetError(
            f"{key}: BackupAndRestore is for fit; gradlab run --resume continues a run."
        )
    cls = getattr(keras.callbacks, entry.class_name)
    if run and entry.name in WRITTEN:
        argument = WRITTEN[entry.name]
        place = arguments.get(argument, DEFAULT_PLACES.get(entry.name, ""))
        arguments = arguments | {argument: str(_inside(run, place, f"{key}.{argument}"))}
    keeps_all = cls is keras.callbacks.ModelCheckpoint and not arguments.get("save_best_only")
    if issubclass(cls, MONITORS) and not keeps_all:
        arguments = arguments | {"mode": _mode(arguments, key, logged)}
    return instantiate(cls, arguments, key)


def _inside(run: Path, place: str, key: str) -> Path:
    """A path of a callback's in the run's directory, links followed."""
    path = run / place
    if not path.resolve().is_relative_to(run.resolve()):
        raise PresetError(f"{key}: {path} is a link that leads out of the run's directory.")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise PresetError(f"{key}: {path.parent} cannot be made: {error.strerror}.") from error
    return path


def _mode(arguments: Mapping[str, Any], key: str, logged: Directions) -> str:
    """Whether the monitored value is better when it is small or large."""
    monitor = arguments.get("monitor", "val_loss")
    if monitor not in logged:
        without = "" if "val_loss" in logged else "; for val_ values set data.validation"
        raise PresetError(
            f'{key}.monitor: the training logs no "{monitor}"{nearest(str(monitor), logged)} '
            f"It logs: {listing(logged)}{without}."
        )
    mode = arguments.get("mode", "auto")
    if mode != "auto":
        return mode
    better = logged[monitor]
    if better is None:
        raise PresetError(
            f'{key}.mode: Keras does not know which way {monitor} improves; say "min" or "max".'
        )
    return better
