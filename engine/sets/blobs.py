"""Normally distributed clouds, a class each."""

from __future__ import annotations

from .data_set import Shape, units_for
from .generated import Generated
from .settings import Band, Count, Deviation, Seed


class Blobs(Generated):
    """sklearn.datasets.make_blobs."""

    function = "make_blobs"

    n_samples: Count = 100
    centers: Count | list[list[float]] | None = None
    n_features: Count = 2
    cluster_std: Deviation | list[Deviation] = 1.0
    center_box: Band = (-10.0, 10.0)
    shuffle: bool = True
    random_state: Seed | None = None

    def shape(self) -> Shape:
        if isinstance(self.centers, list):
            return (len(self.centers[0]),), units_for(len(self.centers))
        return (self.n_features,), units_for(3 if self.centers is None else self.centers)
