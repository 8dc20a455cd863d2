"""An NPZ's arrays as tables: x and y, and those of validation and test if it has them."""

from __future__ import annotations

import lzma
import math
import tokenize
import zipfile
import zlib
from pathlib import Path

import numpy as np

from ..errors import DataError
from ..machine.memory import GIB, too_large
from ..preset.objects import listing, nearest
from .table import Table

ARRAYS = ("x", "y", "x_val", "y_val", "x_test", "y_test")
"""The arrays that an NPZ may hold; x and y it must."""


UNPACKED_FREELY = 2**25
"""Bytes up to which nobody asks how small a file they came from."""

MOST_TIMES = 20
"""How many times its own size a file may unpack to; pictures take about five."""

COPIES = 4
"""Memory that an array takes at its height, in its own size: read, checked, scaled, and cast."""


def read_npz(file: Path) -> tuple[Table, Table | None, Table | None]:
    """Read training, validation and test rows.

    Returns:
        The rows of x and y, of x_val and y_val, and of x_test and y_test; None for missing ones.

    Raises:
        DataError: naming the file and the array that cannot be used.
    """
    arrays = _read_arrays(file)
    train = _table(file, arrays, "x", "y")
    own = [
        _table(file, arrays, x, y) if x in arrays or y in arrays else None
        for x, y in (("x_val", "y_val"), ("x_test", "y_test"))
    ]
    return train, own[0], own[1]


def _read_arrays(file: Path) -> dict[str, np.ndarray]:
    try:
        if not zipfile.is_zipfile(file):
            raise DataError(f"{file} is not an NPZ; write it with numpy.savez(file, x=x, y=y)")
        with zipfile.ZipFile(file) as archive:
            names = [name.removesuffix(".npy") for name in archive.namelist()]
            _check_room(file, archive)
            arrays = {name: _read_array(file, archive, name) for name in ARRAYS if name in names}
    except (ValueError, TypeError, SyntaxError, tokenize.TokenError) as error:
        # numpy says so for arrays of Python objects, which can run code when they are unpickled.
        raise DataError(
            f"{file} holds pickled objects or a damaged array ({error}); pickles are refused because "
            "they can run code: save plain number arrays"
        ) from error
    except (
        *(OSError, EOFError, RuntimeError, NotImplementedError, RecursionError, MemoryError),
        *(zipfile.BadZipFile, zlib.error, lzma.LZMAError),
    ) as error:
        raise DataError(f"{file} cannot be read as an NPZ: {error}") from error
    for name in ("x", "y"):
        if name not in arrays:
            raise DataError(
                f'{file} has no array "{name}"{nearest(name, names)} '
                f"It has: {listing(names) or 'none'}; needed: x and y"
            )
    return arrays


def _check_room(file: Path, archive: zipfile.ZipFile) -> None:
    """Refuse what would take more memory than there is, or unpacks to far more than it is."""
    held = [info for info in archive.infolist() if info.filename.removesuffix(".npy") in ARRAYS]
    unpacked = sum(info.file_size for info in held)
    if unpacked > UNPACKED_FREELY and unpacked > MOST_TIMES * file.stat().st_size:
        raise DataError(
            f"{file} unpacks to {unpacked / GIB:,.2f} GiB, more than {MOST_TIMES} times its own size, "
            "as files that are meant to do harm; if it is yours, write it with numpy.savez, uncompressed"
        )
    if reason := too_large(COPIES * unpacked):
        raise DataError(f"{file}: its arrays {reason}; save fewer rows")


def _read_array(file: Path, archive: zipfile.ZipFile, name: str) -> np.ndarray:
    """An array, after a look at whether it is as long as its header says."""
    info = archive.getinfo(f"{name}.npy")
    with archive.open(info) as stream:
        version = np.lib.format.read_magic(stream)
        read = {
            (1, 0): np.lib.format.read_array_header_1_0,
            (2, 0): np.lib.format.read_array_header_2_0,
        }.get(version)
        if read is None:
            raise DataError(
                f"{file}: {name} has NumPy's format {version}; save it with numpy.savez"
            )
        shape, _, dtype = read(stream)
        needed, held = math.prod(shape) * dtype.itemsize, info.file_size - stream.tell()
        if dtype.hasobject:
            raise ValueError("an array of objects")
        if min(shape, default=0) < 0 or needed != held:
            raise DataError(
                f"{file}: {name} says {shape} of {dtype}, which are {needed:,} bytes, and holds "
                f"{held:,}; save it again"
            )
    with archive.open(info) as stream:
        return np.lib.format.read_array(stream, allow_pickle=False)


def _table(file: Path, arrays: dict[str, np.ndarray], x_name: str, y_name: str) -> Table:
    for name, other in ((x_name, y_name), (y_name, x_name)):
        if name not in arrays:
            raise DataError(f'{file} has "{other}" but no array "{name}"; both are needed')
    x, y = arrays[x_name], arrays[y_name]
    for name, array in ((x_name, x), (y_name, y)):
        if array.dtype.kind not in "buif":
            raise DataError(
                f"{file}: {name} is an array of {array.dtype}; numbers (float, int or bool) are needed"
            )
        if array.ndim == 0:
            raise DataError(f"{file}: {name} is a single number; an array of rows is needed")
        _check_finite(file, name, array)
    if len(x) != len(y):
        raise DataError(
            f"{file}: {x_name} has {len(x)} rows {x.shape} but {y_name} has {len(y)} {y.shape}; "
            "there must be one target for each row"
        )
    if y.ndim > 2:
        raise DataError(f"{file}: {y_name} is {y.shape}; targets are [rows] or [rows, targets]")
    if x.size == 0 or y.size == 0:
        raise DataError(
            f"{file}: {x_name} is {x.shape} and {y_name} {y.shape}; neither may be empty"
        )
    return Table(f"{file}, array {y_name}", x[:, None] if x.ndim == 1 else x, y.astype(np.float64))


def _check_finite(file: Path, name: str, array: np.ndarray) -> None:
    with np.errstate(over="ignore"):
        bad = np.argwhere(~np.isfinite(array.astype(np.float32)))
    if len(bad):
        index = [int(i) for i in bad[0]]
        column = f", column {index[1:] if len(index) > 2 else index[1]}" if len(index) > 1 else ""
        raise DataError(
            f"{file}: {name} holds {array[tuple(index)]} in row {index[0]}{column} (counted from 0), "
            f"{len(bad)} such values in all; every value must be finite in float32"
        )
