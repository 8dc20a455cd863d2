"""What can be known of a data set without loading it: its rows, its shape, its generator's arguments."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, model_validator

from .schema import Band, Seed, Settings

Count = Annotated[int, Field(ge=1)]
Deviation = Annotated[float, Field(ge=0)]


class StoredOptions(Settings):
    """Options of the data sets that come as they are."""

    rows: Count | None = None
    """Use only so many rows."""


class DigitsOptions(StoredOptions):
    """sklearn.datasets.load_digits."""

    n_class: Annotated[int, Field(ge=2, le=10)] = 10
    """Use only the first so many digits."""


class FileOptions(Settings):
    """Files have no options."""


class CirclesOptions(Settings):
    """sklearn.datasets.make_circles."""

    n_samples: Annotated[int, Field(ge=2)] = 100
    noise: Deviation | None = None
    factor: Annotated[float, Field(ge=0, lt=1)] = 0.8
    shuffle: bool = True
    random_state: Seed | None = None


class MoonsOptions(Settings):
    """sklearn.datasets.make_moons."""

    n_samples: Annotated[int, Field(ge=2)] = 100
    noise: Deviation | None = None
    shuffle: bool = True
    random_state: Seed | None = None


class BlobsOptions(Settings):
    """sklearn.datasets.make_blobs."""

    n_samples: Count = 100
    centers: Count | list[list[float]] | None = None
    n_features: Count = 2
    cluster_std: Deviation | list[Deviation] = 1.0
    center_box: Band = (-10.0, 10.0)
    shuffle: bool = True
    random_state: Seed | None = None


class RegressionOptions(Settings):
    """sklearn.datasets.make_regression."""

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


class ClassificationOptions(Settings):
    """sklearn.datasets.make_classification."""

    n_samples: Count = 100
    n_features: Count = 20
    n_informative: Count = 2
    n_redundant: Annotated[int, Field(ge=0)] = 2
    n_repeated: Annotated[int, Field(ge=0)] = 0
    n_classes: Annotated[int, Field(ge=2)] = 2
    n_clusters_per_class: Count = 2
    weights: list[Annotated[float, Field(ge=0, le=1)]] | None = None
    flip_y: Annotated[float, Field(ge=0, le=1)] = 0.01
    class_sep: float = 1.0
    hypercube: bool = True
    shift: float | list[float] | None = 0.0
    scale: float | list[float] | None = 1.0
    shuffle: bool = True
    random_state: Seed | None = None

    @model_validator(mode="after")
    def _shares_of_classes(self) -> ClassificationOptions:
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
    def _enough_room(self) -> ClassificationOptions:
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


class AddingOptions(Settings):
    """The adding problem: the sum of two marked numbers in a sequence."""

    n_samples: Count = 10_000
    T: Annotated[int, Field(ge=2)] = 100
    """Time steps."""
    random_state: Seed | None = None


class CopyOptions(Settings):
    """The copy task: ten symbols, a silence, and then the same symbols."""

    n_samples: Count = 10_000
    T: Annotated[int, Field(ge=1)] = 100
    """Time steps of the silence."""
    random_state: Seed | None = None


OPTIONS: dict[str, type[Settings]] = {
    "digits": DigitsOptions,
    "mnist": StoredOptions,
    "fashion_mnist": StoredOptions,
    "cifar10": StoredOptions,
    "circles": CirclesOptions,
    "moons": MoonsOptions,
    "blobs": BlobsOptions,
    "regression": RegressionOptions,
    "classification": ClassificationOptions,
    "adding": AddingOptions,
    "copy": CopyOptions,
    "csv": FileOptions,
    "npz": FileOptions,
}
"""The options of each data set, with scikit-learn's defaults."""

IMAGES = ("digits", "mnist", "fashion_mnist", "cifar10")
SEQUENCES = ("adding", "copy")
DOWNLOADED = ("mnist", "fashion_mnist", "cifar10")
"""Images that are fetched from the network unless Keras' cache has them."""
READ_BY_ROW = ("digits", "mnist", "fashion_mnist")
"""Images that a recurrent net may read as a sequence of their rows."""
FILES = ("csv", "npz")
REGRESSION = ("regression", "adding")

_STORED_ROWS = {"digits": 1797, "mnist": 60_000, "fashion_mnist": 60_000, "cifar10": 50_000}


def known_rows(name: str, options: dict[str, Any]) -> int | None:
    """Rows that training and validation share, and test if it takes any of them.

    None where only the data can tell.
    """
    if "n_class" in options:
        return None
    if name in _STORED_ROWS:
        return min(options.get("rows", _STORED_ROWS[name]), _STORED_ROWS[name])
    field = OPTIONS[name].model_fields.get("n_samples")
    return options.get("n_samples", field.default) if field else None
