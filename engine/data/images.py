"""MNIST, Fashion-MNIST and CIFAR-10, through `keras.datasets` and its cache."""

from __future__ import annotations

import importlib
import os
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import DataError
from .checks import check_options, rows_option
from .dataset import Split
from .source import Source

DIGITS = tuple(str(digit) for digit in range(10))

CLASS_NAMES = {
    "mnist": DIGITS,
    "fashion_mnist": (
        "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
        "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
    ),
    "cifar10": (
        "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
    ),
}  # fmt: skip

CACHED_FILES = {
    "mnist": ("mnist.npz",),
    "fashion_mnist": tuple(
        f"fashion-mnist/{name}.gz"
        for name in (
            "train-labels-idx1-ubyte",
            "train-images-idx3-ubyte",
            "t10k-labels-idx1-ubyte",
            "t10k-images-idx3-ubyte",
        )
    ),
    "cifar10": ("cifar-10-batches-py-target_archive",),
}
"""Where `keras.datasets` keeps each data set, relative to its cache folder."""

CONNECT_SECONDS = 20.0
"""How long a download may be silent; cluster nodes often drop packets instead of refusing them."""


def read_images(name: str, options: dict[str, Any]) -> Source:
    """A picture data set of Keras with the test set of its own.

    Args:
        name: mnist, fashion_mnist or cifar10.
        options: `rows`, which cuts the training rows only.

    Returns:
        x uint8 [rows, 28, 28] or [rows, 32, 32, 3].

    Raises:
        DataError: if it is neither in Keras' cache nor to be had from the network.
    """
    check_options(name, options, ["rows"])
    rows = rows_option(name, options)
    (x, y), (x_test, y_test) = _load_quietly(name)
    return Source(
        x=x[:rows],
        y=_labels(y)[:rows],
        task="classification",
        class_names=CLASS_NAMES[name],
        test=Split(x_test, _labels(y_test)),
        largest=255.0,
        one_scale=True,
    )


def cache_folder() -> Path:
    """The folder that `keras.datasets` reads and writes: `datasets` in KERAS_HOME or ~/.keras."""
    home = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras").expanduser()
    if not os.access(home, os.W_OK):
        # Keras does not even read a home that it cannot write to.
        home = Path("/tmp" if Path("/tmp").is_dir() else tempfile.gettempdir()) / ".keras"
    return home / "datasets"


def _labels(y: np.ndarray) -> np.ndarray:
    return y.reshape(-1).astype(np.int64)


def _load_quietly(name: str) -> Any:
    dataset = importlib.import_module(f"keras.datasets.{name}")
    folder = cache_folder()
    cached = all((folder / file).exists() for file in CACHED_FILES[name])
    try:
        with _quiet_download():
            return dataset.load_data()
    except Exception as error:  # Keras itself raises bare Exception when a download fails
        raise DataError(_explain(name, folder, cached, error)) from error


@contextmanager
def _quiet_download() -> Iterator[None]:
    """Keep Keras' download messages off stdout, which is for data, and give up a dead connection."""
    import keras

    interactive = keras.config.is_interactive_logging_enabled()
    timeout = socket.getdefaulttimeout()
    keras.config.disable_interactive_logging()
    socket.setdefaulttimeout(CONNECT_SECONDS)
    try:
        yield
    finally:
        socket.setdefaulttimeout(timeout)
        if interactive:
            keras.config.enable_interactive_logging()


def _explain(name: str, folder: Path, cached: bool, error: Exception) -> str:
    cause = " ".join(str(error).split()) or type(error).__name__
    files = ", ".join(CACHED_FILES[name])
    if cached:
        message = (
            f'data.name = "{name}": {files} in Keras\' cache {folder} cannot be used and no good copy '
            f"could be downloaded ({cause}). Delete what is there and try again with a network"
        )
    else:
        message = (
            f'data.name = "{name}" is not in Keras\' cache {folder} and could not be downloaded '
            f"({cause}). Run once with a network, or copy {files} into that folder (KERAS_HOME says "
            "where it lies)"
        )
    if name == "cifar10":
        return message + "."
    return (
        f'{message}, or use the twin on scikit-learn\'s bundled digits: data.name = "digits", '
        "or the preset's digits twin in `gradlab presets list`."
    )
