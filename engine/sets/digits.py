"""The handwritten digits that come with scikit-learn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from .data_set import DataSet, Shape, units_for
from .settings import Count

if TYPE_CHECKING:
    from .source import Source

ROWS = 1797


class Digits(DataSet):
    """sklearn.datasets.load_digits."""

    kind = "images"
    amount = "rows"

    rows: Count | None = None
    """Use only so many rows."""
    n_class: Annotated[int, Field(ge=2, le=10)] = 10
    """Use only the first so many digits."""

    def shape(self) -> Shape:
        return (8, 8), units_for(self.n_class)

    def row_count(self) -> int | None:
        return min(self.rows or ROWS, ROWS) if self.n_class == 10 else None

    def read(self, seed: int) -> Source:
        from sklearn.datasets import load_digits

        from .source import Source

        digits: Any = load_digits(n_class=self.n_class)
        return Source(
            x=digits.images[: self.rows],
            y=digits.target[: self.rows],
            task="classification",
            class_names=tuple(str(digit) for digit in range(self.n_class)),
            largest=16.0,
            one_scale=True,
        )
