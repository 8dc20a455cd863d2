"""Live records: fixed width, a checksum each, readable with `np.fromfile(path, record_dtype(k))`.

A checksum is what tells data from the zeros that network file systems leave behind; here zeros would
be shown as vanished gradients.
"""

from __future__ import annotations

import errno
import os
from pathlib import Path
from zlib import crc32

import numpy as np

from .files import open_file

MINIMUM = 1
"""Flag of a record that holds the element-wise minimum of a stride."""
MAXIMUM = 2
"""Flag of a record that holds the element-wise maximum of a stride."""

_ATTEMPT_SHIFT = 16
_CRC_BYTES = 4
_BUFFER_BYTES = 4 << 20
_HELD_BYTES = 64 << 20
"""Most bytes that wait for room on a full disk; what comes after them is lost."""
_READ_BYTES = 64 << 20


def record_dtype(columns: int) -> np.dtype:
    """One record of `columns` series: checksum of the rest, flags, step, Unix time, values.

    The upper 16 bits of the flags are the attempt (1, then one more for each resume), the lower ones
    `MINIMUM` and `MAXIMUM`.
    """
    return np.dtype(
        [
            ("crc", "<u4"),
            ("flags", "<u4"),
            ("step", "<i8"),
            ("time", "<f8"),
            ("values", "<f4", (columns,)),
        ]
    )


def attempts(records: np.ndarray) -> np.ndarray:
    """The attempt that wrote each record, uint32 [rows]."""
    return records["flags"] >> _ATTEMPT_SHIFT


def intact(data: bytes | memoryview, size: int) -> np.ndarray:
    """Which of the whole records of `size` bytes in `data` have a right checksum, bool [rows]."""
    rows = len(data) // size
    view = memoryview(data)
    expected = np.ndarray(rows, "<u4", data, strides=(size,)) if rows else np.empty(0, "<u4")
    starts = range(0, rows * size, size)
    actual = (crc32(view[start + _CRC_BYTES : start + size]) for start in starts)
    return expected == np.fromiter(actual, np.uint32, rows)


def superseded(steps: np.ndarray) -> np.ndarray:
    """Which rows a later row replaces, because its step is the same or an earlier one, bool [rows]."""
    if not len(steps):
        return np.zeros(0, bool)
    earliest_from = np.minimum.accumulate(steps[::-1])[::-1]
    return np.append(steps[:-1] >= earliest_from[1:], False)


def write_all(descriptor: int, buffer: bytearray) -> None:
    """Write a buffer and empty it; after an error it holds what has not been written.

    Raises:
        OSError: it cannot be written, or the file has been deleted.
    """
    if not os.fstat(descriptor).st_nlink:
        raise FileNotFoundError(errno.ENOENT, "its file has been deleted")
    written = 0
    try:
        with memoryview(buffer) as view:
            while written < len(view):
                written += os.write(descriptor, view[written:])
    finally:
        del buffer[:written]


class RecordWriter:
    """Appends records to one file, whose only writer it is.

    Args:
        path: the file, opened by the first flush; a torn end that a killed writer left is cut off then.
        columns: number of series.
        attempt: 1, then one more for each resume.

    Attributes:
        lost: records for which there was no room, on disk or in memory.
    """

    def __init__(self, path: Path, columns: int, attempt: int = 1) -> None:
        self._dtype = record_dtype(columns)
        self._attempt = attempt << _ATTEMPT_SHIFT
        self._path = path
        self._descriptor = -1
        self._buffer = bytearray()
        self.lost = 0

    def _open(self) -> None:
        """Later records must start at a whole multiple of their size."""
        self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o666)
        length = os.fstat(self._descriptor).st_size
        os.ftruncate(self._descriptor, length - length % self._dtype.itemsize)

    def append(
        self,
        steps: np.ndarray,
        times: np.ndarray,
        values: np.ndarray,
        flags: np.ndarray | int = 0,
    ) -> None:
        """Buffer rows.

        Args:
            steps: int64 [rows].
            times: Unix times, float64 [rows].
            values: float32 [rows, columns].
            flags: `MINIMUM`, `MAXIMUM` or 0, for all rows or uint32 [rows].
        """
        records = np.empty(len(steps), self._dtype)
        if not len(records):
            return
        if len(self._buffer) > _HELD_BYTES:
            self.lost += len(records)
            return
        records["flags"] = flags
        records["flags"] |= self._attempt
        records["step"] = steps
        records["time"] = times
        records["values"] = values
        data = records.view(np.uint8).data
        size = self._dtype.itemsize
        starts = range(0, len(data), size)
        records["crc"] = [crc32(data[start + _CRC_BYTES : start + size]) for start in starts]
        self._buffer += data
        if len(self._buffer) > _BUFFER_BYTES:
            self.flush()

    def flush(self) -> None:
        """Hand what is buffered to the system: from here on a kill of this process loses nothing."""
        if self._descriptor < 0:
            self._open()
        write_all(self._descriptor, self._buffer)

    def sync(self) -> None:
        """Bring what was flushed to the disk, or to the server."""
        if self._descriptor >= 0:
            os.fsync(self._descriptor)

    def close(self) -> None:
        """Close the file without flushing."""
        if self._descriptor >= 0:
            os.close(self._descriptor)


class RecordReader:
    """Follows a file of records that another process may be appending to.

    It opens the file anew at each poll, because only that makes NFS look at the server.

    Args:
        path: the file, which need not exist yet.
        columns: number of series.

    Attributes:
        skipped: damaged records that good ones follow.
        pending: bytes behind the last good record, which may be whole at the next poll.
        trouble: why the file could not be read at the last poll, or "".
    """

    def __init__(self, path: Path, columns: int) -> None:
        self._path = path
        self._dtype = record_dtype(columns)
        self._first = b""
        self._offset = 0
        self.skipped = 0
        self.pending = 0
        self.trouble = ""

    @property
    def torn(self) -> int:
        """Damaged or incomplete records at the end of the file."""
        return -(-self.pending // self._dtype.itemsize)

    def poll(self) -> np.ndarray:
        """The intact records that came since the last poll, `record_dtype` [rows]."""
        size = self._dtype.itemsize
        parts: list[np.ndarray] = []
        self.trouble = ""
        self.pending = 0
        try:
            with open_file(self._path) as file:
                first = file.read(size)
                if first[: len(self._first)] != self._first:
                    self._offset, self.skipped = 0, 0  # another file now bears this name
                self._first = first
                file.seek(self._offset)
                held = 0
                while data := file.read(_READ_BYTES // size * size):
                    good = intact(data, size)
                    records = np.frombuffer(data, self._dtype, len(good))
                    parts.append(records if good.all() else records[good])
                    end = int(np.flatnonzero(good)[-1]) + 1 if good.any() else 0
                    if end:
                        self.skipped += held + int(np.count_nonzero(~good[:end]))
                        self._offset = file.tell() - len(data) + end * size
                        held = 0
                    held += int(np.count_nonzero(~good[end:]))
                self.pending = file.tell() - self._offset
        except FileNotFoundError:
            self._first, self._offset = b"", 0
        except OSError as error:
            self.trouble = str(error.strerror)
        return np.concatenate(parts) if parts else np.empty(0, self._dtype)
