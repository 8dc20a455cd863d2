"""Which presets can be trained by one and the same compiled training."""

from __future__ import annotations

import json

from .diff import DESCRIPTION
from .schema import Preset


def shape(preset: Preset) -> str:
    """What trainings must share to share a compilation: all but the seed and a constant learning rate."""
    document = preset.model_dump(mode="json", exclude=set(DESCRIPTION))
    if getattr(preset.data.data_set(), "random_state", 0) is not None:
        del document["seed"]
    if not isinstance(preset.optimizer.learning_rate, dict):
        document["optimizer"]["learning_rate"] = 0.0
    return json.dumps(document, sort_keys=True, default=str)
