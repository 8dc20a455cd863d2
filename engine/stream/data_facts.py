"""A data set in numbers, as a run keeps them: what is left of the data once they are gone."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Moments:
    """Of all values of a split's inputs or targets.

    Attributes:
        variance_over_rows: the mean over features of their variance over rows; only of inputs, and
            None of runs from before it was recorded.
    """

    min: float
    max: float
    mean: float
    std: float
    variance_over_rows: float | None = None


@dataclass(frozen=True)
class SplitFacts:
    """Rows that belong together.

    Attributes:
        rows: how many.
        inputs: of all inputs.
        targets: of all targets; None for classes.
        class_counts: labels of each class by its name; None for regression.
    """

    rows: int
    inputs: Moments
    targets: Moments | None = None
    class_counts: dict[str, int] | None = None


@dataclass(frozen=True)
class LargestColumn:
    """The input column of the largest root mean square.

    Attributes:
        index: which it is, from 0.
        rms: its root mean square.
        others: that of all other columns together.
    """

    index: int
    rms: float
    others: float


@dataclass(frozen=True)
class DataFacts:
    """What diagnosis, screens and checks know of a data set.

    Attributes:
        name: the preset's name for it.
        task: binary, classification, regression or sequence.
        input_shape: shape of one input row.
        output_units: units an output layer needs.
        classes: number of classes; 0 for regression.
        class_names: a name for each class.
        scaling: one line that says how inputs and targets were scaled.
        splits: train, validation and test; None for a split that there is not.
        attainable_error: share of errors that the data themselves leave; None if unknown.
        shift: for validation and test, the root mean square over features of the difference of
            means from the training rows, in standard deviations of the training rows.
        largest_column: None where inputs are no columns, or if it was not recorded.
    """

    name: str
    task: str
    input_shape: tuple[int, ...]
    output_units: int
    classes: int
    class_names: tuple[str, ...]
    scaling: str
    splits: dict[str, SplitFacts | None]
    attainable_error: float | None = None
    shift: dict[str, float] = field(default_factory=dict[str, float])
    largest_column: LargestColumn | None = None

    @property
    def train(self) -> SplitFacts:
        """The rows to train on, which every data set has."""
        split = self.splits["train"]
        assert split is not None
        return split
