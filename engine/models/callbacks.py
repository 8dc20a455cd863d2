"""The Keras callbacks that a preset asks for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras

from ..errors import PresetError
from ..preset.schema import Preset
from .objects import lookup, make


def make_callbacks(preset: Preset, checkpoint_dir: Path | None) -> list[keras.callbacks.Callback]:
    """New callbacks: early stopping, best model, plateau, then the preset's list, in that order.

    Args:
        preset: the experiment.
        checkpoint_dir: where `best.keras` goes; None: the run is not recorded and no model is kept.

    Raises:
        PresetError: no such callback, arguments that it refuses, or ReduceLROnPlateau together with a
            schedule, which sets the rate at every step anew.
    """
    train = preset.train
    made: list[keras.callbacks.Callback] = []
    if train.early_stopping:
        made.append(keras.callbacks.EarlyStopping(**train.early_stopping.model_dump()))
    if train.model_checkpoint and checkpoint_dir:
        best = checkpoint_dir / "best.keras"
        settings = train.model_checkpoint.model_dump()
        made.append(keras.callbacks.ModelCheckpoint(str(best), save_best_only=True, **settings))
    if train.reduce_lr_on_plateau:
        settings = train.reduce_lr_on_plateau.model_dump()
        made.append(keras.callbacks.ReduceLROnPlateau(**settings))
    for index, value in enumerate(train.callbacks):
        made.append(_further(value, f"train.callbacks[{index}]"))
    plateau = any(isinstance(callback, keras.callbacks.ReduceLROnPlateau) for callback in made)
    if plateau and isinstance(preset.optimizer.learning_rate, dict):
        raise PresetError(
            "train.reduce_lr_on_plateau cannot lower a rate that optimizer.learning_rate sets by a "
            "schedule; keep one of the two."
        )
    return made


def _further(value: dict[str, Any], key: str) -> keras.callbacks.Callback:
    entry, _ = lookup("callback", value, key)
    if entry.name == "backup_and_restore":
        raise PresetError(
            f"{key}: BackupAndRestore is for fit; gradlab run --resume continues a run."
        )
    return make("callback", value, key)
