"""What a data set says of itself before anything is read or generated."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from .settings import Settings

if TYPE_CHECKING:
    from .source import Source

Kind = Literal["table", "images", "sequences", "file"]
"""What a row of inputs is; of a file only reading it can tell."""

Task = Literal["binary", "classification", "regression", "sequence"]
"""Targets: 0/1 classes, several classes, numbers, or one class for each time step."""

Shape = tuple[tuple[int, ...], int]
"""The shape of one input row, and the units that the targets ask of an output layer."""


class DataSet(Settings):
    """A data set with its options, which are the fields: the table `[data.options]`."""

    kind: ClassVar[Kind] = "table"
    task: ClassVar[Task | None] = "classification"
    """Of a file, None: its targets tell."""
    downloaded: ClassVar[bool] = False
    """Whether it is fetched from the network unless Keras' cache has it."""
    amount: ClassVar[str] = "n_samples"
    """The option that says how many rows there are."""

    def shape(self) -> Shape | None:
        """Shapes as the options have them; None for files, which have to be read."""
        raise NotImplementedError

    def row_count(self) -> int | None:
        """Rows that training and validation share, and test if it takes any of them.

        None where only the data can tell.
        """
        return getattr(self, self.amount)

    def at_hand(self) -> bool:
        """Whether reading it needs no network."""
        return True

    def read(self, seed: int) -> Source:
        """The rows, in stored or generated order.

        Args:
            seed: `random_state` of a generator whose options name none.

        Raises:
            DataError: what cannot be read or generated, and what to do about it.
        """
        raise NotImplementedError


def units_for(classes: int) -> int:
    """Units of an output layer that tells so many classes apart."""
    return 1 if classes == 2 else classes
