"""What a data set is once it has been loaded, split and scaled."""

from __future__ import annotations

from dataclasses import dataclass

from ..sets.data_set import Task
from ..sets.source import Split


@dataclass(frozen=True)
class Dataset:
    """A data set ready to train on.

    Attributes:
        name: the preset's name for it.
        task: what the targets are.
        train: rows to train on.
        validation: rows to validate on after each epoch, if any.
        test: rows to evaluate once at the end, if any.
        classes: number of classes; 0 for regression.
        class_names: a name for each class, for people.
        scaling: one line that says how inputs (and targets) were scaled, and fitted on which rows.
    """

    name: str
    task: Task
    train: Split
    validation: Split | None
    test: Split | None
    classes: int
    class_names: tuple[str, ...]
    scaling: str

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Shape of one input row."""
        return self.train.x.shape[1:]

    @property
    def output_units(self) -> int:
        """Units an output layer needs for these targets."""
        if self.task == "binary":
            return 1
        return self.classes if self.classes else self.train.y.shape[1]
