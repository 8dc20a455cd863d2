"""From the `[data]` table of a preset to rows that are ready to train on."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from ..errors import DataError
from ..machine.memory import too_large
from ..preset.schema import DataSettings
from ..sets.data_set import DataSet, Task
from ..sets.source import Source, Split
from .dataset import Dataset
from .noise import noisy_labels, noisy_numbers
from .scaling import Scaler, fit_scaler
from .splitting import split_rows

BYTES = 24
"""Memory that a generated number takes at its height: drawn and shuffled in float64, scaled, and cast."""


def load_data(settings: DataSettings, *, base: Path | None = None, seed: int = 0) -> Dataset:
    """Read or generate, split, add target noise, scale, and cast to float32.

    Args:
        settings: the `[data]` table.
        base: the folder that relative paths start at: the preset's, else the current one.
        seed: `random_state` of a generator whose options name none.

    Returns:
        The data set; the same settings and seed always give the same arrays.

    Raises:
        DataError: with one message that says what is wrong, where, and what to do.
    """
    source = _read(settings, base, seed)
    _check_target_scale(settings, source)

    train_rows, validation_rows, test_rows = split_rows(source, settings)
    train = Split(source.x[train_rows], source.y[train_rows])
    validation = source.validation or _rows(source, validation_rows)
    test = _rows(source, test_rows) or source.test

    if settings.target_noise:
        train = Split(train.x, _noisy(source, settings, train.y))
    splits = [split for split in (train, validation, test) if split is not None]
    fit_on = splits if settings.scale_fit == "all" else splits[:1]

    inputs = fit_scaler(
        settings.scale,
        np.concatenate([split.x for split in fit_on]) if len(fit_on) > 1 else train.x,
        one_scale=source.one_scale,
        largest=source.largest,
    )
    targets = None
    if source.task == "regression":
        targets = fit_scaler(settings.target_scale, np.concatenate([split.y for split in fit_on]))
    test_inputs = fit_scaler("none", train.x) if settings.test_scale == "none" else inputs

    task: Task = "binary" if _is_binary(source) else source.task
    dataset = Dataset(
        name=settings.name,
        task=task,
        train=_finish(train, inputs, targets, task),
        validation=_finish(validation, inputs, targets, task) if validation else None,
        test=_finish(test, test_inputs, targets, task) if test else None,
        classes=len(source.class_names),
        class_names=source.class_names,
        scaling=_describe(settings, inputs, targets, fit_on, test is not None),
    )
    _check_classes(dataset)
    return dataset


def _check_room(data_set: DataSet) -> None:
    rows, shape = data_set.row_count(), data_set.shape()
    if rows is None or shape is None:
        return
    inputs, outputs = math.prod(shape[0]), shape[1]
    if reason := too_large(BYTES * (rows * (inputs + 1) + inputs * outputs)):
        raise DataError(
            f"data.options: {rows:,} rows of {inputs:,} numbers {reason}; take fewer "
            f"{data_set.amount}, or smaller rows"
        )


def _read(settings: DataSettings, base: Path | None, seed: int) -> Source:
    data_set = settings.data_set()
    _check_room(data_set)
    if data_set.kind == "file":
        from .files import read_file

        return read_file(settings, base)
    return data_set.read(seed)


def _check_target_scale(settings: DataSettings, source: Source) -> None:
    if source.task != "regression" and settings.target_scale != "none":
        raise DataError(
            f'data.target_scale = "{settings.target_scale}" is for regression; the targets of '
            f'"{settings.name}" are classes: set it to "none"'
        )


def _check_classes(dataset: Dataset) -> None:
    """Refuse training rows that all belong to one class: there is nothing to learn."""
    if dataset.task == "regression":
        return
    found = np.unique(dataset.train.y)
    if len(found) == 1:
        raise DataError(
            f'every one of the {len(dataset.train)} training rows of "{dataset.name}" belongs to '
            f'class "{dataset.class_names[int(found[0])]}"; rows sorted by class need '
            'data.split = "random", otherwise use more rows'
        )


def _rows(source: Source, rows: np.ndarray) -> Split | None:
    return Split(source.x[rows], source.y[rows]) if len(rows) else None


def _noisy(source: Source, settings: DataSettings, y: np.ndarray) -> np.ndarray:
    # A stream of its own: the same seed also draws the random split.
    rng = np.random.default_rng([settings.split_seed, 1])
    if source.task == "regression":
        return noisy_numbers(y, settings.target_noise, rng)
    return noisy_labels(y, settings.target_noise, len(source.class_names), rng)


def _is_binary(source: Source) -> bool:
    return source.task == "classification" and len(source.class_names) == 2


def _finish(split: Split, inputs: Scaler, targets: Scaler | None, task: Task) -> Split:
    if targets is not None:
        y = targets(split.y)
    elif task == "binary":
        y = split.y.astype(np.float32)[:, None]
    else:
        y = split.y.astype(np.int32)
    return Split(np.ascontiguousarray(inputs(split.x)), np.ascontiguousarray(y))


def _describe(
    settings: DataSettings, inputs: Scaler, targets: Scaler | None, fit_on: list[Split], test: bool
) -> str:
    rows = sum(len(split) for split in fit_on)
    which = "training rows" if settings.scale_fit == "train" else "rows, test rows among them"
    if settings.scale_fit == "all" and not test:
        which = "rows, validation rows among them" if len(fit_on) > 1 else "training rows"
    fitted = f", fitted on {rows} {which}"
    text = f"inputs {inputs.about}{fitted if inputs.transformer else ''}"
    if targets is not None and settings.target_scale != "none":
        text += f"; targets {targets.about}{fitted if targets.transformer else ''}"
    if test and settings.test_scale == "none" and settings.scale != "none":
        text += "; test inputs left unscaled"
    return text
