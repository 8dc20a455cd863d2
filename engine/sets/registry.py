"""Every data set by the name that presets call it by."""

from __future__ import annotations

from .adding import Adding
from .blobs import Blobs
from .cifar10 import Cifar10
from .circles import Circles
from .classification import Classification
from .copy import Copy
from .data_set import DataSet
from .digits import Digits
from .fashion_mnist import FashionMnist
from .files import Csv, Npz
from .mnist import Mnist
from .moons import Moons
from .regression import Regression
from .web_mobile import WebMobile

SETS: dict[str, type[DataSet]] = {
    "digits": Digits,
    "circles": Circles,
    "moons": Moons,
    "blobs": Blobs,
    "regression": Regression,
    "classification": Classification,
    "mnist": Mnist,
    "fashion_mnist": FashionMnist,
    "cifar10": Cifar10,
    "adding": Adding,
    "copy": Copy,
    "web_mobile": WebMobile,
    "csv": Csv,
    "npz": Npz,
}


def of_kind(kind: str) -> tuple[str, ...]:
    """The names of all tables, images, sequences or files."""
    return tuple(name for name, data_set in SETS.items() if data_set.kind == kind)
