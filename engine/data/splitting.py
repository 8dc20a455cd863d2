"""Which rows train, which validate, which test."""

from __future__ import annotations

import math

import numpy as np

from ..errors import DataError
from ..preset.schema import DataSettings
from ..sets.source import Source


def split_rows(source: Source, settings: DataSettings) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Divide the rows of a source.

    `tail` takes training, validation, test rows in this order from the front; `head` takes
    validation, test, training rows; `random` shuffles by `split_seed` and goes on like `tail`.
    Shares are of all rows and are rounded up. Rows that the source itself sets apart for validation
    are used instead of a share; its own test rows only if `test` is 0.

    Returns:
        Indices of the training, validation and test rows, int64 each.

    Raises:
        DataError: if no training row is left.
    """
    rows = len(source)
    # A name is that of a second file, whose rows the source already has.
    own_validation = source.validation is not None or isinstance(settings.validation, str)
    validation = 0 if own_validation else _count(settings.validation, rows)
    test = 0 if isinstance(settings.test, str) else _count(settings.test, rows)
    train = rows - validation - test
    if train < 1:
        raise DataError(
            f"data.validation = {settings.validation} ({validation} rows) and data.test = "
            f'{settings.test} ({test} rows) leave no training rows: "{settings.name}" has {rows} in '
            "all; take fewer"
        )
    order = np.arange(rows)
    if settings.split == "head":
        order = np.roll(order, -(validation + test))
        return order[:train], order[train : train + validation], order[train + validation :]
    if settings.split == "random":
        order = np.random.default_rng(settings.split_seed).permutation(rows)
    return order[:train], order[train : train + validation], order[train + validation :]


def _count(value: float | str, rows: int) -> int:
    value = float(value)
    # 0.07 * 100 is 7.000000000000001 in floating point, and seven rows are meant.
    return math.ceil(value * rows - 1e-9) if value < 1 else int(value)
