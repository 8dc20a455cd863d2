"""What the targets of a user's file mean, and their labels as class numbers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..errors import DataError
from ..preset.objects import listing, nearest
from ..sets.data_set import Task
from .table import Table

MOST_CLASSES = 100
"""Whole numbers, or texts, with more different values than this are not taken for classes."""


def encode(tables: Sequence[Table], wanted: str) -> tuple[Task, tuple[str, ...], list[np.ndarray]]:
    """Decide on the task by the first table, and encode the targets of all by it.

    Args:
        tables: the training rows first, then any validation and test rows.
        wanted: `data.task`: auto, classification or regression.

    Returns:
        The task, the class names (none for regression), and each table's targets: labels int64
        [rows], or numbers float64 [rows, targets].

    Raises:
        DataError: naming the file and the row whose target does not fit.
    """
    train = tables[0]
    if train.y.dtype.kind == "U":
        names = _text_names(train, wanted)
        return "classification", names, [_text_labels(table, names) for table in tables]
    if wanted == "regression" or (wanted == "auto" and not _looks_like_classes(train.y)):
        return "regression", (), [_numbers(table, train) for table in tables]
    labels = [_whole_labels(table, wanted) for table in tables]
    classes = len(np.unique(labels[0]))
    _check_number_of_classes(train, classes)
    for table, rows in zip(tables, labels, strict=True):
        _check_range(table, rows, classes, wanted)
    return "classification", tuple(str(label) for label in range(classes)), labels


def _is_one_hot(y: np.ndarray) -> bool:
    return (
        y.ndim == 2 and y.shape[1] > 1 and bool(np.isin(y, (0, 1)).all() and (y.sum(1) == 1).all())
    )


def _looks_like_classes(y: np.ndarray) -> bool:
    if y.ndim == 2 and y.shape[1] > 1:
        return _is_one_hot(y)
    return bool((y == np.round(y)).all()) and len(np.unique(y)) <= MOST_CLASSES


def _numbers(table: Table, train: Table) -> np.ndarray:
    if table.y.dtype.kind == "U":
        raise DataError(
            f'{table.place} holds the text "{table.y[0]}"; the training targets are numbers'
        )
    y = table.y.reshape(len(table), -1)
    targets = train.y.reshape(len(train), -1).shape[1]
    if y.shape[1] != targets:
        raise DataError(
            f"{table.place} has {y.shape[1]} targets a row, the training rows have {targets}"
        )
    return y


def _whole_labels(table: Table, wanted: str) -> np.ndarray:
    y = table.y
    if y.dtype.kind == "U":
        raise DataError(f'{table.place} holds the text "{y[0]}"; the training labels are numbers')
    if _is_one_hot(y):
        return y.argmax(axis=1)
    if y.ndim == 2 and y.shape[1] > 1:
        raise DataError(
            f"{table.place} is {y.shape}; class labels are whole numbers [rows] or one-hot rows"
        )
    y = y.reshape(-1)
    broken = np.flatnonzero(y != np.round(y))
    if len(broken):
        raise DataError(
            f"{table.place}, {table.row(int(broken[0]))}: {y[broken[0]]:g} is not a whole number, as a "
            f"class label must be{_or_regression(wanted)}"
        )
    return y.astype(np.int64)


def _check_number_of_classes(train: Table, classes: int) -> None:
    if classes < 2:
        raise DataError(
            f"{train.place}: all {len(train)} rows belong to one class; at least two are needed. "
            'Numbers to be predicted as such need data.task = "regression"'
        )


def _check_range(table: Table, labels: np.ndarray, classes: int, wanted: str) -> None:
    outside = np.flatnonzero((labels < 0) | (labels >= classes))
    if len(outside):
        index = int(outside[0])
        sign = "negative" if labels[index] < 0 else "out of range"
        raise DataError(
            f"{table.place}, {table.row(index)}: label {labels[index]} is {sign}; the training rows "
            f"have {classes} different labels, which must be 0 to {classes - 1}: renumber them, or "
            f"write them as texts in a CSV{_or_regression(wanted)}"
        )


def _or_regression(wanted: str) -> str:
    return (
        '; if it is a number to predict, set data.task = "regression"' if wanted == "auto" else ""
    )


def _text_names(train: Table, wanted: str) -> tuple[str, ...]:
    names = tuple(str(name) for name in np.unique(train.y))
    _check_number_of_classes(train, len(names))
    if wanted == "auto" and len(names) > MOST_CLASSES:
        raise DataError(
            f"{train.place} holds {len(names)} different texts (such as {names[0]!r}), more than the "
            f"{MOST_CLASSES} taken for classes; choose another data.target, or set "
            'data.task = "classification"'
        )
    return names


def _text_labels(table: Table, names: tuple[str, ...]) -> np.ndarray:
    number = {name: index for index, name in enumerate(names)}
    for index, text in enumerate(table.y):
        if text not in number:
            raise DataError(
                f'{table.place}, {table.row(index)}: label "{text}" does not occur in the training '
                f"rows{nearest(text, names)} They have: {listing(names)}"
            )
    return np.array([number[text] for text in table.y], dtype=np.int64)
