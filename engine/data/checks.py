"""Checks of what a user wrote under `[data]`, and of the rows that came of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from ..errors import DataError
from ..preset.objects import listing, nearest
from ..preset.schema import DataSettings
from .dataset import Dataset

FILES = ("csv", "npz")
"""Data sets that read the user's own file."""


def check_settings(settings: DataSettings) -> None:
    """Refuse keys that have no meaning for this data set.

    Raises:
        DataError: if a file's key is set for a data set that reads no file, or its path is missing.
    """
    if settings.name in FILES:
        if settings.path is None:
            raise DataError(f'data.path is missing: data.name = "{settings.name}" reads that file')
        if settings.target is not None and settings.name == "npz":
            raise DataError("data.target names a column of a csv; an npz keeps its targets in y")
        return
    for key in ("path", "target"):
        if getattr(settings, key) is not None:
            raise DataError(
                f'data.{key} is for data.name = "csv" or "npz"; "{settings.name}" reads no file: '
                "remove the key or change data.name"
            )
    for key in ("validation", "test"):
        value = getattr(settings, key)
        if isinstance(value, str):
            raise DataError(
                f'data.{key} = "{value}" names a file, which only data.name = "csv" or "npz" can '
                f'read; for "{settings.name}" give a share below 1 or a number of rows'
            )


def check_options(name: str, options: dict[str, Any], allowed: Iterable[str]) -> None:
    """Refuse options that the data set does not have.

    Raises:
        DataError: naming the option, the allowed ones and the nearest.
    """
    allowed = list(allowed)
    for option in options:
        if option not in allowed:
            raise DataError(
                f'data.options.{option} is unknown for "{name}"{nearest(option, allowed)} '
                f"It has: {listing(allowed)}"
            )


def whole_option(name: str, options: dict[str, Any], option: str, lowest: int, default: int) -> int:
    """An option that must be a whole number.

    Raises:
        DataError: if it is not, or is below `lowest`.
    """
    value = options.get(option, default)
    if isinstance(value, bool) or not isinstance(value, int) or value < lowest:
        raise DataError(
            f'data.options.{option} = {value!r} of "{name}" must be a whole number of at least '
            f"{lowest}"
        )
    return value


def rows_option(name: str, options: dict[str, Any]) -> int | None:
    """The option `rows`: use only the first so many rows; None for all of them."""
    return whole_option(name, options, "rows", 1, 1) if "rows" in options else None


def check_classes(dataset: Dataset) -> None:
    """Refuse training rows that all belong to one class: there is nothing to learn.

    Raises:
        DataError: naming the class.
    """
    if dataset.task == "regression":
        return
    found = np.unique(dataset.train.y)
    if len(found) == 1:
        raise DataError(
            f'every one of the {len(dataset.train)} training rows of "{dataset.name}" belongs to '
            f'class "{dataset.class_names[int(found[0])]}"; rows sorted by class need '
            'data.split = "random", otherwise use more rows'
        )
