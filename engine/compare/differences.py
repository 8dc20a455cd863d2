"""What was set differently: settings, seed, versions and revision, only where runs disagree."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .opened import Opened

DESCRIPTION = ("title", "about", "source", "tags", "experiments", "groups", "guide", "expect")
"""Keys of a preset that describe an experiment and do not change it."""


def differences(runs: Sequence[Opened], *, everything: bool = False) -> dict[str, list[Any]]:
    """Each setting in which the runs differ, by dotted key, with every run's value.

    Args:
        runs: the runs.
        everything: keep what is equal as well.

    Returns:
        Values in the order of the runs, None where a run has none. Settings come first, in the
        schema's order, then `preset`, `git_commit`, `versions.*` and `host`.
    """
    tables = [_facts(run) for run in runs]
    keys = dict.fromkeys(key for table in tables for key in table)
    rows = {key: [table.get(key) for table in tables] for key in keys if not _hollow(key, keys)}
    if everything:
        return rows
    return {key: row for key, row in rows.items() if any(value != row[0] for value in row[1:])}


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
        "preset": run.info.get("preset_name"),
        "git_commit": run.info.get("git_commit"),
        **(_flat("versions", versions) if isinstance(versions, dict) else {}),
        "host": run.info.get("host"),
    }


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
