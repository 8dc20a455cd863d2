"""The adding problem, as in Arjovsky et al. 2016."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from .data_set import DataSet, Shape
from .settings import Count, Seed

if TYPE_CHECKING:
    from .source import Source


class Adding(DataSet):
    """The adding problem: the sum of two marked numbers in a sequence."""

    kind = "sequences"
    task = "regression"

    n_samples: Count = 10_000
    T: Annotated[int, Field(ge=2)] = 100
    """Time steps."""
    random_state: Seed | None = None

    def shape(self) -> Shape:
        return (self.T, 2), 1

    def read(self, seed: int) -> Source:
        """Always answering 1 has a squared error of 1/6.

        Returns:
            x float32 [n, T, 2]: a value from U[0, 1) and a mark, which is 1 at one step of each half;
            y float32 [n, 1]: the sum of the two marked values.
        """
        import numpy as np

        from .source import Source

        n, steps = self.n_samples, self.T
        rng = np.random.default_rng(seed if self.random_state is None else self.random_state)
        x = np.zeros((n, steps, 2), np.float32)
        x[..., 0] = rng.random((n, steps), dtype=np.float32)
        half = steps // 2
        rows = np.arange(n)
        first = rng.integers(0, half, n)
        second = rng.integers(half, steps, n)
        x[rows, first, 1] = 1.0
        x[rows, second, 1] = 1.0
        y = x[rows, first, 0] + x[rows, second, 0]
        return Source(x=x, y=y[:, None], task="regression", largest=1.0)
