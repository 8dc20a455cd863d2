"""One copy of each data set in a process, for its training, its forks and the screens that show it."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from weakref import WeakValueDictionary

from ..preset.schema import DataSettings
from .dataset import Dataset
from .load import load_data

_LOADED: WeakValueDictionary[tuple[object, ...], Dataset] = WeakValueDictionary()
_LOADING = threading.Lock()


def load_shared(settings: DataSettings, *, base: Path | None = None, seed: int = 0) -> Dataset:
    """What `load_data` gives, the same object for as long as somebody holds it and its files are the same.

    Raises:
        DataError: as `load_data` does.
    """
    with _LOADING:
        key = (settings.model_dump_json(), seed, base, *_versions(settings, base))
        dataset = _LOADED.get(key)
        if dataset is None:
            dataset = _LOADED[key] = load_data(settings, base=base, seed=seed)
        return dataset


def _versions(settings: DataSettings, base: Path | None) -> list[tuple[int, int, int] | None]:
    """Which files the settings name now."""
    named = (settings.path, settings.validation, settings.test)
    files = [(base or Path()) / name for name in named if isinstance(name, str)]
    return [_version(file) for file in files]


def _version(file: Path) -> tuple[int, int, int] | None:
    try:
        status = os.stat(file)
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns
