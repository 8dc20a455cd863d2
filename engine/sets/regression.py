"""Numbers that depend linearly on some of the features."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from .data_set import Shape
from .generated import Generated
from .settings import Count, Deviation, Seed


class Regression(Generated):
    """sklearn.datasets.make_regression."""

    function = "make_regression"
    task = "regression"

    n_samples: Count = 100
    n_features: Count = 100
    n_informative: Count = 10
    n_targets: Count = 1
    bias: float = 0.0
    effective_rank: Count | None = None
    tail_strength: Annotated[float, Field(ge=0, le=1)] = 0.5
    noise: Deviation = 0.0
    shuffle: bool = True
    random_state: Seed | None = None

    def shape(self) -> Shape:
        return (self.n_features,), self.n_targets
