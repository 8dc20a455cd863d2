"""What every reader of data hands over, before rows are split, scaled and cast."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .data_set import Task


@dataclass(frozen=True)
class Split:
    """Rows that belong together.

    Attributes:
        x: inputs, float32 [rows, *input_shape].
        y: targets; binary float32 [rows, 1], classification int32 [rows], regression float32
            [rows, targets], sequence int32 [rows, steps].
    """

    x: np.ndarray
    y: np.ndarray

    def __len__(self) -> int:
        return len(self.x)


@dataclass(frozen=True)
class Source:
    """Rows as they were read or generated.

    Attributes:
        x: inputs [rows, *input_shape], any number type.
        y: targets; class labels int [rows] (or [rows, steps] for `sequence`), numbers float
            [rows, targets] for `regression`.
        task: what the targets are; two classes count as `classification` here.
        class_names: a name for each class, empty for regression.
        validation: rows that the source itself sets apart for validation.
        test: rows that the source itself sets apart for the test.
        largest: the largest value an input can have, where that is known.
        one_scale: whether all inputs share one scale (pictures) instead of one for each feature.
    """

    x: np.ndarray
    y: np.ndarray
    task: Task
    class_names: tuple[str, ...] = ()
    validation: Split | None = None
    test: Split | None = None
    largest: float | None = None
    one_scale: bool = False

    def __len__(self) -> int:
        return len(self.x)
