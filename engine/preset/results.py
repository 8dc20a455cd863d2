"""What a training is going to log, told before there is one."""

from __future__ import annotations

from typing import Any

from .objects import resolve
from .schema import Preset


def result_names(preset: Preset) -> list[str]:
    """Losses and metrics that a run of the preset may end with.

    Of data whose targets or splits only reading tells, what they may give.
    """
    data = preset.data.data_set()
    wanted = preset.train.metrics
    if wanted == "auto":
        wanted = [] if data.task == "regression" else ["accuracy"]
    names = ["loss"]
    for value in wanted:
        given: dict[str, Any] = value if isinstance(value, dict) else {"name": value}
        config = given.get("config", {})
        names.append(config.get("name") or given.get("name") or resolve("metric", value)[0].name)
    validated = preset.data.validation != 0 or data.kind == "file"
    splits = ["", "val_", "test_"] if validated else ["", "test_"]
    return [split + name for split in splits for name in names]
