"""What was set differently: settings, seed, versions and revision, only where runs disagree."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..preset.diff import DESCRIPTION
from ..runs.files import MOST_BYTES, open_file, read_json
from .opened import Opened

ORIGIN = ("preset", "script", "arguments", "git_commit", "host")
"""What every run tells of itself, or does not have."""

CLIPS = ("clipnorm", "global_clipnorm", "clipvalue")


def differences(runs: Sequence[Opened], *, everything: bool = False) -> dict[str, list[Any]]:
    """Each setting in which the runs differ, by dotted key, with every run's value.

    Args:
        runs: the runs.
        everything: keep what is equal as well.

    Returns:
        Values in the order of the runs, None where a run has none. Settings come first, in the
        schema's order, then `preset`, `script`, `arguments`, `git_commit`, `versions.*` and `host`.
        A recorded script tells some of its settings; those that it does not tell may be the same.
    """
    tables = [_facts(run) for run in runs]
    keys = dict.fromkeys(key for table in tables for key in table)
    rows = {key: [table.get(key) for table in tables] for key in keys if not _hollow(key, keys)}
    if everything:
        return rows
    silent = [not run.preset for run in runs]
    if any(silent):  # a script calls its loss by name, where a preset may leave it to its task
        rows["train.loss"] = [
            started.loss or None if (started := run.history.started) else None for run in runs
        ]
    return {key: row for key, row in rows.items() if _differs(key, row, silent)}


def _differs(key: str, row: list[Any], silent: list[bool]) -> bool:
    """Whether a setting differs among the runs that tell it; each run tells where it comes from."""
    if key not in ORIGIN:
        row = [
            v
            for v, says_little in zip(row, silent, strict=True)
            if v is not None or not says_little
        ]
    return any(value != row[0] for value in row[1:])


def script_of(run: Opened) -> str | None:
    """The script that a run was recorded of, as its name and a sum of its text."""
    argv = run.info.get("argv")
    if run.preset or not isinstance(argv, list) or not argv:
        return None
    try:
        with open_file(run.path / "script.py") as file:
            text = file.read(MOST_BYTES)
    except OSError:
        return str(argv[0])
    return f"{argv[0]} {zlib.crc32(text):08x}"


def settings_of(preset: dict[str, Any]) -> dict[str, Any]:
    """Every setting that makes up an experiment, by dotted key; Keras objects and lists stay whole."""
    flat: dict[str, Any] = {}
    for key, value in preset.items():
        if key not in DESCRIPTION:
            flat |= _flat(key, value)
    return flat


def _facts(run: Opened) -> dict[str, Any]:
    versions = run.info.get("versions")
    return {
        **settings_of(run.preset),
        **_compiled(run),
        "preset": run.info.get("preset_name"),
        **_script(run),
        "git_commit": run.info.get("git_commit"),
        **(_flat("versions", versions) if isinstance(versions, dict) else {}),
        "host": run.info.get("host"),
    }


def _script(run: Opened) -> dict[str, Any]:
    script = script_of(run)
    if script is None:
        return {}
    arguments = " ".join(map(str, run.info["argv"][1:]))
    return {"script": script, "arguments": arguments or None}


def _compiled(run: Opened) -> dict[str, Any]:
    """What a recorded model was compiled with, as a preset would call it."""
    if run.preset:
        return {}
    found: dict[str, Any] = {}
    model, _ = read_json(run.path / "model.json")
    compiled = model.get("compile_config")
    optimizer = compiled.get("optimizer") if isinstance(compiled, dict) else None
    config = optimizer.get("config") if isinstance(optimizer, dict) else None
    if isinstance(config, dict):
        known = ("name", "learning_rate", *CLIPS)
        told = {key: config[key] for key in known if config.get(key) is not None}
        found |= {f"optimizer.{key}": _shortest(value) for key, value in told.items()}
    return found


def _shortest(value: Any) -> Any:
    """A number that Keras keeps as float32, as somebody wrote it."""
    return float(str(np.float32(value))) if isinstance(value, float) else value


def _flat(key: str, value: Any) -> dict[str, Any]:
    keras_object = "." in key and isinstance(value, dict) and {"name", "class_name"} & value.keys()
    if not isinstance(value, dict) or not value or keras_object:
        return {key: value}
    flat: dict[str, Any] = {}
    for name, child in value.items():
        flat |= _flat(f"{key}.{name}", child)
    return flat


def _hollow(key: str, keys: dict[str, None]) -> bool:
    """Whether a key stands for a table, absent or empty in one run, that another run fills."""
    return any(other.startswith(f"{key}.") for other in keys)
