"""Which presets can be trained by one and the same compiled training."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from .diff import DESCRIPTION
from .schema import Preset, PythonSettings


def shape(preset: Preset) -> str:
    """What trainings must share to share a compilation: all but the seed and a constant learning rate."""
    document = preset.model_dump(mode="json", exclude=set(DESCRIPTION))
    if getattr(preset.data.data_set(), "random_state", 0) is not None:
        del document["seed"]
    if not isinstance(preset.optimizer.learning_rate, dict):
        document["optimizer"]["learning_rate"] = 0.0
    return json.dumps(document, sort_keys=True, default=str)


def own_code(preset: Preset, base: Path | None) -> str:
    """SHA-256 of the Python file that makes the preset's model, which is read for each training; "" without
    one.

    Args:
        preset: the experiment.
        base: folder that the preset's own files are relative to.
    """
    if not isinstance(preset.model, PythonSettings):
        return ""
    file = (base or Path.cwd()) / preset.model.factory.rpartition(":")[0]
    return hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else ""
