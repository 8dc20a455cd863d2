"""Clouds on the corners of a hypercube, several to a class."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from .data_set import Shape, units_for
from .generated import Generated
from .settings import Count, Seed

Share = Annotated[float, Field(ge=0, le=1)]


class Classification(Generated):
    """sklearn.datasets.make_classification."""

    function = "make_classification"

    n_samples: Count = 100
    n_features: Count = 20
    n_informative: Count = 2
    n_redundant: Annotated[int, Field(ge=0)] = 2
    n_repeated: Annotated[int, Field(ge=0)] = 0
    n_classes: Annotated[int, Field(ge=2)] = 2
    n_clusters_per_class: Count = 2
    weights: list[Share] | None = None
    flip_y: Share = 0.01
    class_sep: float = 1.0
    hypercube: bool = True
    shift: float | list[float] | None = 0.0
    scale: float | list[float] | None = 1.0
    shuffle: bool = True
    random_state: Seed | None = None

    @model_validator(mode="after")
    def _shares_of_classes(self) -> Classification:
        if self.weights is None:
            return self
        if len(self.weights) not in (self.n_classes - 1, self.n_classes):
            raise ValueError(
                f"weights lists {len(self.weights)} shares, and n_classes = {self.n_classes} asks for "
                f"{self.n_classes}; the last one may be left out"
            )
        if sum(self.weights) > 1 + 1e-9:
            raise ValueError(
                f"weights are shares of the rows; they add up to {sum(self.weights):g}"
            )
        return self

    @model_validator(mode="after")
    def _enough_room(self) -> Classification:
        used = self.n_informative + self.n_redundant + self.n_repeated
        if used > self.n_features:
            raise ValueError(
                f"n_informative + n_redundant + n_repeated = {used} is more than n_features = "
                f"{self.n_features}"
            )
        if self.n_classes * self.n_clusters_per_class > 2**self.n_informative:
            raise ValueError(
                f"n_classes * n_clusters_per_class = {self.n_classes * self.n_clusters_per_class} "
                f"must be at most 2 ** n_informative = {2**self.n_informative}"
            )
        return self

    def shape(self) -> Shape:
        return (self.n_features,), units_for(self.n_classes)
