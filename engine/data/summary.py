"""A data set in numbers: for the pre-flight check, the data view and the record of a run."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..sets.source import Split
from ..stream.data_facts import DataFacts, LargestColumn, Moments, SplitFacts
from .dataset import Dataset

KNN_ROWS = 1000
"""Training rows that the attainable error is estimated on."""

KNN_LEAST = 100
"""Fewer rows than this say nothing about the attainable error."""

NEIGHBOURS = (1, 5, 15)
"""Neighbours that vote; the best of them counts."""


def summarise(dataset: Dataset) -> DataFacts:
    """Rows, shapes, class balance, value ranges, and how far the data can be learned.

    The attainable error is the leave-one-out error of the nearest neighbours; one neighbour errs at
    most twice as often as the best possible rule (Cover and Hart 1967, Nearest neighbor pattern
    classification).
    """
    splits = {"train": dataset.train, "validation": dataset.validation, "test": dataset.test}
    return DataFacts(
        name=dataset.name,
        task=dataset.task,
        input_shape=tuple(dataset.input_shape),
        output_units=dataset.output_units,
        classes=dataset.classes,
        class_names=tuple(dataset.class_names),
        scaling=dataset.scaling,
        splits={
            name: _summarise_split(dataset, split) if split is not None else None
            for name, split in splits.items()
        },
        attainable_error=_attainable_error(dataset),
        shift={
            name: _shift(dataset.train.x, split.x)
            for name, split in splits.items()
            if split is not None and name != "train"
        },
        largest_column=_largest_column(dataset.train.x),
    )


def _summarise_split(dataset: Dataset, split: Split) -> SplitFacts:
    return SplitFacts(
        rows=len(split),
        inputs=replace(
            _moments(split.x),
            variance_over_rows=float(split.x.var(axis=0, dtype=np.float64).mean()),
        ),
        targets=_moments(split.y.astype(np.float64)) if not dataset.classes else None,
        class_counts=_class_counts(dataset, split) if dataset.classes else None,
    )


def _moments(values: np.ndarray) -> Moments:
    # numpy sums pairwise, so float32 is precise enough for pictures and spares their float64 copy.
    return Moments(
        min=float(values.min()),
        max=float(values.max()),
        mean=float(values.mean()),
        std=float(values.std()),
    )


def _class_counts(dataset: Dataset, split: Split) -> dict[str, int]:
    counts = np.bincount(split.y.reshape(-1).astype(np.int64), minlength=dataset.classes)
    return {name: int(count) for name, count in zip(dataset.class_names, counts, strict=True)}


def _largest_column(x: np.ndarray) -> LargestColumn | None:
    """None without columns."""
    if x.ndim != 2 or x.shape[1] < 2:
        return None
    squares = np.square(x.astype(np.float64)).mean(axis=0)
    index = int(np.argmax(squares))
    others = float(np.sqrt(np.delete(squares, index).mean()))
    return LargestColumn(index, float(np.sqrt(squares[index])), others)


def _shift(train: np.ndarray, other: np.ndarray) -> float:
    first = train[:10_000].reshape(min(len(train), 10_000), -1)
    second = other[:10_000].reshape(min(len(other), 10_000), -1)
    deviation = first.std(axis=0)
    varied = deviation > 0
    if not varied.any():
        return 0.0
    moved = (second.mean(axis=0) - first.mean(axis=0))[varied] / deviation[varied]
    return float(np.sqrt(np.mean(np.minimum(moved**2, 1e6))))


def _attainable_error(dataset: Dataset) -> float | None:
    if dataset.task not in ("binary", "classification") or len(dataset.train) < KNN_LEAST:
        return None
    chosen = np.random.default_rng(0).permutation(len(dataset.train))[:KNN_ROWS]
    x = dataset.train.x[chosen].reshape(len(chosen), -1).astype(np.float64)
    y = dataset.train.y[chosen].reshape(-1).astype(np.int64)
    squares = (x**2).sum(axis=1)
    distance = squares[:, None] + squares - 2 * x @ x.T
    np.fill_diagonal(distance, np.inf)
    near = y[np.argsort(distance, axis=1)[:, : max(NEIGHBOURS)]]
    votes = np.eye(dataset.classes)[near]
    errors = [(votes[:, :k].sum(axis=1).argmax(axis=1) != y).mean() for k in NEIGHBOURS]
    return float(min(errors))
