"""What the picture data sets of Keras have in common: `keras.datasets` and its cache."""

from __future__ import annotations

import importlib
import os
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from ..errors import DataError
from .data_set import DataSet, Shape
from .picture_files import read_pictures
from .settings import Count

if TYPE_CHECKING:
    import numpy as np

    from .source import Source

CONNECT_SECONDS = 20.0
"""How long a download may be silent; cluster nodes often drop packets instead of refusing them."""


class Pictures(DataSet):
    """A picture data set of `keras.datasets`, with ten classes and the test set of its own."""

    kind = "images"
    downloaded = True
    amount = "rows"
    name: ClassVar[str]
    """The module in `keras.datasets`."""
    cached_files: ClassVar[tuple[str, ...]]
    """Where Keras keeps it, relative to `cache_folder`."""
    stored: ClassVar[tuple[int, ...]]
    """Training rows, and the shape of one."""
    class_names: ClassVar[tuple[str, ...]]
    twin: ClassVar[bool] = True
    """Whether scikit-learn's digits can stand in for it."""
    plain: ClassVar[bool] = True
    """Whether its files can be read without Keras, which would fetch what is not as it was published."""

    rows: Count | None = None
    """Use only so many of the training rows."""

    def shape(self) -> Shape:
        return self.stored[1:], len(self.class_names)

    def row_count(self) -> int:
        return min(self.rows or self.stored[0], self.stored[0])

    def at_hand(self) -> bool:
        return bool(self._kept()) or self._cached()

    def read(self, seed: int) -> Source:
        from .source import Source, Split

        files = self._kept()
        pairs = read_pictures(files, self.stored[1:]) if files else _load_quietly(self)
        (x, y), (x_test, y_test) = pairs
        return Source(
            x=x[: self.rows],
            y=_labels(y)[: self.rows],
            task="classification",
            class_names=self.class_names,
            test=Split(x_test, _labels(y_test)),
            largest=255.0,
            one_scale=True,
        )

    def _kept(self) -> list[Path]:
        """Its files in the folder GRADLAB_DATA, if all of them are there."""
        folder = os.environ.get("GRADLAB_DATA")
        files = [Path(folder).expanduser() / file for file in self.cached_files] if folder else []
        return files if self.plain and all(file.is_file() for file in files) else []

    def _cached(self) -> bool:
        """Whether Keras has it."""
        return all((cache_folder() / file).exists() for file in self.cached_files)


def cache_folder() -> Path:
    """The folder that `keras.datasets` reads and writes: `datasets` in KERAS_HOME or ~/.keras."""
    home = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras").expanduser()
    if not os.access(home, os.W_OK):
        # Keras does not even read a home that it cannot write to.
        home = Path("/tmp" if Path("/tmp").is_dir() else tempfile.gettempdir()) / ".keras"
    return home / "datasets"


def _labels(y: np.ndarray) -> np.ndarray:
    return y.reshape(-1).astype("int64")


def _load_quietly(pictures: Pictures) -> Any:
    dataset = importlib.import_module(f"keras.datasets.{pictures.name}")
    folder = cache_folder()
    cached = pictures._cached()
    try:
        with _quiet_download():
            return dataset.load_data()
    except Exception as error:  # Keras itself raises bare Exception when a download fails
        raise DataError(_explain(pictures, folder, cached, error)) from error


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


def _explain(pictures: Pictures, folder: Path, cached: bool, error: Exception) -> str:
    cause = " ".join(str(error).split()) or type(error).__name__
    name, files = pictures.name, ", ".join(pictures.cached_files)
    if cached:
        message = (
            f'data.name = "{name}": {files} in Keras\' cache {folder} cannot be used and no good copy '
            f"could be downloaded ({cause}). Delete what is there and try again with a network"
        )
    else:
        message = (
            f'data.name = "{name}" is not in Keras\' cache {folder} and could not be downloaded '
            f"({cause}). Run once with a network, or copy {files} into that folder (KERAS_HOME says "
            "where it lies), or into one that GRADLAB_DATA names"
        )
    if not pictures.twin:
        return message + "."
    return (
        f'{message}, or use the twin on scikit-learn\'s bundled digits: data.name = "digits", '
        "or the preset's digits twin in `gradlab presets list`."
    )
