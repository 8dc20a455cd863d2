"""Two half circles that reach into each other."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from .data_set import Shape
from .generated import Generated
from .settings import Deviation, Seed


class Moons(Generated):
    """sklearn.datasets.make_moons."""

    function = "make_moons"
    class_names = ("upper", "lower")

    n_samples: Annotated[int, Field(ge=2)] = 100
    noise: Deviation | None = None
    shuffle: bool = True
    random_state: Seed | None = None

    def shape(self) -> Shape:
        return (2,), 1
