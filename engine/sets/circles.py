"""Two rings, one inside the other."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from .data_set import Shape
from .generated import Generated
from .settings import Deviation, Seed


class Circles(Generated):
    """sklearn.datasets.make_circles."""

    function = "make_circles"
    class_names = ("outer", "inner")

    n_samples: Annotated[int, Field(ge=2)] = 100
    noise: Deviation | None = None
    factor: Annotated[float, Field(ge=0, lt=1)] = 0.8
    shuffle: bool = True
    random_state: Seed | None = None

    def shape(self) -> Shape:
        return (2,), 1
