"""Digits from two sources: many clean ones, as from the web, and few poor ones, as from a telephone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from .data_set import DataSet, Shape
from .digits import ROWS
from .settings import Deviation

if TYPE_CHECKING:
    import numpy as np

    from .source import Source

LARGEST = 16.0


class WebMobile(DataSet):
    """sklearn.datasets.load_digits, of which some are darkened, shifted and noisy: the target.

    A. Ng, Machine Learning Yearning, on training and development sets of different distributions.
    """

    kind = "images"
    amount = "mobile"

    mobile: Annotated[int, Field(ge=4, le=ROWS - 100)] = 300
    """Rows of the target distribution."""
    noise: Deviation = 4.0
    """Noise on these, in units of which white has 16."""
    arrangement: Literal["shuffled", "target", "bridge"] = "target"
    """shuffled: both sources in every part; target: half of the mobile rows validate, half test; bridge:
    mobile rows validate, and web rows that are not trained on test."""

    def shape(self) -> Shape:
        return (8, 8), 10

    def row_count(self) -> int | None:
        if self.arrangement == "shuffled":
            return ROWS
        return ROWS - self.mobile - (self.mobile if self.arrangement == "bridge" else 0)

    def read(self, seed: int) -> Source:
        import numpy as np
        from sklearn.datasets import load_digits

        from .source import Source, Split

        digits: Any = load_digits()
        rng = np.random.default_rng(seed)
        order = rng.permutation(ROWS)
        x, y = digits.images[order].astype(np.float64), digits.target[order]
        x[: self.mobile] = _poor(x[: self.mobile], self.noise, rng)
        names = tuple("0123456789")
        if self.arrangement == "shuffled":
            mixed = rng.permutation(ROWS)
            return Source(
                x[mixed], y[mixed], "classification", names, largest=LARGEST, one_scale=True
            )
        # Behind the mobile rows come those that test, where these are web rows.
        middle = self.mobile if self.arrangement == "bridge" else self.mobile // 2
        trained = 2 * self.mobile if self.arrangement == "bridge" else self.mobile
        return Source(
            x[trained:], y[trained:], "classification", names,
            validation=Split(x[:middle], y[:middle]),
            test=Split(x[middle:trained], y[middle:trained]),
            largest=LARGEST, one_scale=True,
        )  # fmt: skip


def _poor(x: np.ndarray, noise: float, rng: np.random.Generator) -> np.ndarray:
    """Half as bright, a point to the side, with noise; between 0 and 16."""
    import numpy as np

    shifted = np.roll(x, 1, axis=2)
    return np.clip(shifted / 2 + rng.normal(0.0, noise, x.shape), 0.0, LARGEST)
