"""What a preset from a stranger must not do: write outside its run, connect, profile, run code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any

from ..errors import PresetError
from .objects import resolve
from .schema import LayersSettings, Preset

WRITTEN = {"csv_logger": "filename", "model_checkpoint": "filepath", "tensor_board": "log_dir"}
"""Callbacks that write files, and the argument that says where."""

DEFAULT_PLACES = {"tensor_board": "logs"}
"""Where they write if nothing is said: Keras' own default."""

_OWN_NAMES = ("cancel", "checkpoint", "lock")
_OWN_SUFFIXES = (".json", ".jsonl", ".npz", ".parquet", ".rec", ".tmp")
_FIELD = re.compile(r"\{[A-Za-z_]\w*(:0?\d{0,3}(\.\d{1,2})?[defg]?)?\}")
"""What Keras fills into a path, such as {epoch:02d}; other formats could spell a way out."""


def misplaced(place: Any) -> str:
    """Why a callback must not write to a path, or "".

    Args:
        place: the path as the preset has it.
    """
    if not isinstance(place, str) or not place.strip() or not place.isprintable():
        return "must be a path inside the run's directory, such as logs/epochs.csv"
    bare = _FIELD.sub("x", place)
    path = PurePosixPath(bare)
    if "{" in bare or "}" in bare:
        return "may have fields such as {epoch:02d} or {val_loss:.3f}, and no other braces"
    leaves = path.is_absolute() or PureWindowsPath(bare).drive or bare[:1] in ("~", "\\")
    if leaves or "://" in bare or ".." in bare.replace("\\", "/").split("/"):
        return "must be a relative path: callbacks write inside the run's directory only"
    first = path.parts[0].lower() if path.parts else ""
    owned = len(path.parts) == 1 and PurePosixPath(first).suffix in _OWN_SUFFIXES
    if not first or owned or first in _OWN_NAMES:
        return "is a file of the run itself; take another name, such as logs/epochs.csv"
    return ""


def refuse_untrusted(preset: Preset) -> None:
    """Stop at what connects, profiles, or reads files other than the data.

    Raises:
        PresetError: naming the setting; `--trust` allows it.
    """
    for key, what in _untrusted(preset):
        raise PresetError(
            f"{key} {what}, which a preset may not do by itself; remove it, or read the preset and "
            "pass --trust"
        )


def _untrusted(preset: Preset) -> Iterator[tuple[str, str]]:
    for index, callback in enumerate(preset.train.callbacks):
        entry, arguments = resolve("callback", callback)
        key = f"train.callbacks.{index}"
        if entry.name == "remote_monitor":
            yield key, "(RemoteMonitor) connects to an address"
        if entry.name == "tensor_board" and arguments.get("profile_batch"):
            yield f"{key}.profile_batch", "profiles the process"
    if isinstance(preset.model, LayersSettings):
        for index, layer in enumerate(preset.model.layers):
            if _reads_vocabulary(layer):
                yield f"model.layers.{index}", "reads its vocabulary from a file or an address"


def _reads_vocabulary(value: Any) -> bool:
    """Whether a vocabulary anywhere inside a layer is a path."""
    if isinstance(value, list):
        return any(map(_reads_vocabulary, value))
    if not isinstance(value, dict):
        return False
    return isinstance(value.get("vocabulary"), str) or any(map(_reads_vocabulary, value.values()))
