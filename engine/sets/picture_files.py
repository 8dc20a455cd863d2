"""MNIST and Fashion-MNIST as they are distributed: one NPZ, or four IDX files, read without Keras."""

from __future__ import annotations

import gzip
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import DataError

if TYPE_CHECKING:
    import numpy as np

    Pair = tuple[np.ndarray, np.ndarray]

MOST_BYTES = 1 << 27
"""A file that unpacks to more is none of these; the largest takes 55 million bytes."""

HEADER = 2051, 2049
"""How an IDX file of pictures begins, and how one of labels does: unsigned bytes of 3 and of 1 axes."""


def read_pictures(files: Sequence[Path], row: tuple[int, ...]) -> tuple[Pair, Pair]:
    """Training rows and test rows: pictures uint8 [rows, *row], labels uint8 [rows].

    Args:
        files: one NPZ; or labels and pictures of the training rows, then of the test rows, as IDX.
        row: shape of a picture.

    Raises:
        DataError: naming the file that cannot be used.
    """
    if len(files) == 1:
        train, test = _npz(files[0])
    else:
        labels, pictures, test_labels, test_pictures = (_idx(file) for file in files)
        train, test = (pictures, labels), (test_pictures, test_labels)
    for x, y in (train, test):
        if x.shape[1:] != row or y.shape != x.shape[:1] or not len(y):
            raise DataError(
                f"{files[0]}: pictures of {list(x.shape)} with labels of {list(y.shape)}; expected are "
                f"rows of {list(row)} with a label each"
            )
    return train, test


def _npz(file: Path) -> tuple[Pair, Pair]:
    import numpy as np

    try:
        with zipfile.ZipFile(file) as archive:
            if sum(member.file_size for member in archive.infolist()) > MOST_BYTES:
                raise DataError(f"{file} unpacks to more than mnist.npz does")
        with np.load(file, allow_pickle=False) as arrays:
            read = [arrays[name] for name in ("x_train", "y_train", "x_test", "y_test")]
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise DataError(f"{file} cannot be read as mnist.npz: {error}") from error
    return (read[0], read[1]), (read[2], read[3])


def _idx(file: Path) -> np.ndarray:
    import numpy as np

    try:
        with gzip.open(file) as packed:
            content = packed.read(MOST_BYTES)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{file} cannot be read as a packed IDX file: {error}") from error
    kind = int.from_bytes(content[:4])
    axes = kind % 256
    shape = [int.from_bytes(content[at : at + 4]) for at in range(4, 4 * axes + 4, 4)]
    body = np.frombuffer(content, np.uint8, offset=min(4 * axes + 4, len(content)))
    if kind not in HEADER or body.size != int(np.prod(shape, dtype=object)):
        raise DataError(f"{file} is no IDX file of pictures or labels, or is cut short")
    return body.reshape(shape)
