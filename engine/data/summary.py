"""A data set in numbers: for the pre-flight check, the data view and run.json."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..sets.source import Split
from .dataset import Dataset


def summarise(dataset: Dataset) -> dict[str, Any]:
    """Rows, shapes, class balance and value ranges as plain JSON-able data.

    Returns:
        name, task, input_shape, output_units, classes, class_names, scaling, and `splits`: for
        train, validation and test either None or

        - rows: number of rows;
        - inputs, targets: {min, max, mean, std} over all their values (targets None for classes),
          and variance_over_rows of the inputs: the mean over features of their variance over rows;
        - class_counts: {class name: labels}, None for regression.
    """
    splits = {"train": dataset.train, "validation": dataset.validation, "test": dataset.test}
    return {
        "name": dataset.name,
        "task": dataset.task,
        "input_shape": list(dataset.input_shape),
        "output_units": dataset.output_units,
        "classes": dataset.classes,
        "class_names": list(dataset.class_names),
        "scaling": dataset.scaling,
        "splits": {
            name: _summarise_split(dataset, split) if split is not None else None
            for name, split in splits.items()
        },
    }


def _summarise_split(dataset: Dataset, split: Split) -> dict[str, Any]:
    return {
        "rows": len(split),
        "inputs": _moments(split.x)
        | {"variance_over_rows": float(split.x.var(axis=0, dtype=np.float64).mean())},
        "targets": _moments(split.y.astype(np.float64)) if not dataset.classes else None,
        "class_counts": _class_counts(dataset, split) if dataset.classes else None,
    }


def _moments(values: np.ndarray) -> dict[str, float]:
    # numpy sums pairwise, so float32 is precise enough for pictures and spares their float64 copy.
    return {
        "min": float(values.min()),
        "max": float(values.max()),
        "mean": float(values.mean()),
        "std": float(values.std()),
    }


def _class_counts(dataset: Dataset, split: Split) -> dict[str, int]:
    counts = np.bincount(split.y.reshape(-1).astype(np.int64), minlength=dataset.classes)
    return {name: int(count) for name, count in zip(dataset.class_names, counts, strict=True)}
