"""TensorBoard event files, written and read without TensorFlow, protobuf or tensorboard.

A file is records: length u64, masked crc32c of the length u32, data, masked crc32c of the data u32
(TFRecord framing). The data is a protobuf message, of which only scalars are needed:

    Event   {double wall_time = 1; int64 step = 2; string file_version = 3; Summary summary = 5}
    Summary {repeated Value value = 1}    Value {string tag = 1; float simple_value = 2; Tensor tensor = 8}
    Tensor  {int32 dtype = 1; bytes content = 4; repeated float float_val = 5; repeated double = 6}
"""

from __future__ import annotations

import os
import socket
import struct
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import numpy as np

from .selection import Part

BLOCK_ROWS = 1024
"""Events whose checksums are computed at once."""

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


def _crc_table() -> np.ndarray:
    """The byte table of CRC-32C (Castagnoli, reflected polynomial 0x82F63B78)."""
    table = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        table = np.where(table & 1, (table >> 1) ^ np.uint32(0x82F63B78), table >> 1)
    return table


_TABLE = _crc_table()


def masked_crcs(rows: np.ndarray) -> np.ndarray:
    """Masked CRC-32C of each row of bytes, uint8 [rows, length] to uint32 [rows]."""
    crc = np.full(len(rows), 0xFFFFFFFF, np.uint32)
    for byte in np.ascontiguousarray(rows.T):
        crc = _TABLE[(crc ^ byte) & 0xFF] ^ (crc >> np.uint32(8))
    crc = ~crc
    rotated = (crc >> np.uint32(15)) | (crc << np.uint32(17))
    return rotated + np.uint32(0xA282EAD8)


def masked_crc(data: bytes) -> int:
    """Masked CRC-32C of some bytes."""
    return int(masked_crcs(np.frombuffer(data, np.uint8)[None, :])[0])


def write_events(folder: Path, parts: Sequence[Part]) -> Path:
    """Write one event file with every series as scalars; a step's values share an event.

    Args:
        folder: where the file goes; made if need be.
        parts: the series; a series' name is its tag.

    Returns:
        The file, named as TensorBoard expects.
    """
    folder.mkdir(parents=True, exist_ok=True)
    name = f"events.out.tfevents.{time.time():.0f}.{socket.gethostname()}.{os.getpid()}.gradlab"
    path = folder / name
    with path.open("wb") as file:
        begun = min((float(part.times[0]) for part in parts if len(part.times)), default=0.0)
        version = b"\x09" + struct.pack("<d", begun) + _bytes_field(3, b"brain.Event:2")
        file.write(_framed(np.frombuffer(version, np.uint8)[None, :]))
        for part in parts:
            _write_part(file, part)
    return path


def _write_part(file: IO[bytes], part: Part) -> None:
    values = [
        _bytes_field(1, name.encode("utf-8", "replace")) + b"\x15" + bytes(4) for name in part.names
    ]
    entries = [_bytes_field(1, value) for value in values]
    ends = np.cumsum([len(entry) for entry in entries])
    summary = _bytes_field(5, b"".join(entries))
    floats = len(summary) - int(ends[-1]) + ends - 4  # offset of each value's float in `summary`
    for first in range(0, len(part.steps), BLOCK_ROWS):
        block = slice(first, first + BLOCK_ROWS)
        lengths = np.array([len(_varint(int(step))) for step in part.steps[block]])
        for length in np.unique(lengths):  # events of one length are laid out alike
            rows = np.flatnonzero(lengths == length) + first
            head = 9 + 1 + int(length)
            data = np.zeros((len(rows), head + len(summary)), np.uint8)
            data[:, 0] = 0x09
            data[:, 1:9] = part.times[rows].astype("<f8").view(np.uint8).reshape(-1, 8)
            data[:, 9] = 0x10
            for row, step in zip(data, part.steps[rows], strict=True):
                row[10:head] = np.frombuffer(_varint(int(step)), np.uint8)
            data[:, head:] = np.frombuffer(summary, np.uint8)
            numbers = np.ascontiguousarray(part.values[rows], "<f4").view(np.uint8)
            places = (head + floats[:, None] + np.arange(4)).ravel()
            data[:, places] = numbers.reshape(len(rows), -1)
            file.write(_framed(data))


def _framed(data: np.ndarray) -> bytes:
    """Rows of bytes as records of the file."""
    length = struct.pack("<Q", data.shape[1])
    header = np.frombuffer(length + struct.pack("<I", masked_crc(length)), np.uint8)
    checks = masked_crcs(data).astype("<u4").view(np.uint8).reshape(-1, 4)
    return np.concatenate([np.tile(header, (len(data), 1)), data, checks], axis=1).tobytes()


def _varint(value: int) -> bytes:
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _bytes_field(number: int, data: bytes) -> bytes:
    return _varint(number << 3 | _BYTES) + _varint(len(data)) + data


@dataclass
class EventReader:
    """Reads the scalars of an event file as far as its records are intact.

    Attributes:
        path: the file.
        damage: why reading ended early, or "".
    """

    path: Path
    damage: str = field(default="")

    def scalars(self) -> Iterator[tuple[float, int, str, float]]:
        """Wall time, step, tag and value of each scalar, in the file's order."""
        with self.path.open("rb") as file:
            for number, data in enumerate(self._records(file)):
                try:
                    yield from _scalars(data)
                except (ValueError, struct.error, IndexError):
                    self.damage = f"{self.path.name}: record {number} is no event"
                    return

    def _records(self, file: IO[bytes]) -> Iterator[bytes]:
        offset = 0
        while header := file.read(12):
            if len(header) < 12 or struct.unpack("<I", header[8:])[0] != masked_crc(header[:8]):
                break
            length = struct.unpack("<Q", header[:8])[0]
            data, check = file.read(length), file.read(4)
            if len(check) < 4 or struct.unpack("<I", check)[0] != masked_crc(data):
                break
            yield data
            offset = file.tell()
        else:
            return
        self.damage = f"{self.path.name}: damaged or incomplete from byte {offset} on"


def _scalars(data: bytes) -> Iterator[tuple[float, int, str, float]]:
    wall, step, summaries = 0.0, 0, []
    for number, value in _fields(data):
        if number == 1 and isinstance(value, bytes):
            wall = struct.unpack("<d", value)[0]
        elif number == 2 and isinstance(value, int):
            step = value - (1 << 64) if value >= 1 << 63 else value
        elif number == 5 and isinstance(value, bytes):
            summaries.append(value)
    for summary in summaries:
        for number, value in _fields(summary):
            if number == 1 and isinstance(value, bytes):
                tag, scalar = _value(value)
                if scalar is not None:
                    yield wall, step, tag, scalar


def _value(data: bytes) -> tuple[str, float | None]:
    tag, scalar = "", None
    for number, value in _fields(data):
        if not isinstance(value, bytes):
            continue
        if number == 1:
            tag = value.decode("utf-8", "replace")
        elif number == 2:
            scalar = struct.unpack("<f", value)[0]
        elif number == 8:
            scalar = _tensor(value)
    return tag, scalar


def _tensor(data: bytes) -> float | None:
    """A scalar tensor of float32 (DT_FLOAT 1) or float64 (DT_DOUBLE 2); None if it is another."""
    parts = dict(_fields(data))
    kinds = {1: ("<f", 5), 2: ("<d", 6)}
    if parts.get(1) not in kinds:
        return None
    form, listed = kinds[parts[1]]  # pyright: ignore[reportArgumentType]
    for content in (parts.get(4), parts.get(listed)):
        if isinstance(content, bytes) and len(content) == struct.calcsize(form):
            return struct.unpack(form, content)[0]
    return None


def _fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Number and value of each field of a message: numbers for varints, raw bytes for the rest."""
    at = 0
    while at < len(data):
        key, at = _read_varint(data, at)
        kind = key & 7
        if kind == _VARINT:
            value, at = _read_varint(data, at)
            yield key >> 3, value
            continue
        if kind == _BYTES:
            length, at = _read_varint(data, at)
        elif kind in (_FIXED64, _FIXED32):
            length = 8 if kind == _FIXED64 else 4
        else:
            raise ValueError(f"wire type {kind}")
        if at + length > len(data):
            raise ValueError("a field is longer than its message")
        yield key >> 3, data[at : at + length]
        at += length


def _read_varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at += 1
        if byte < 0x80:
            return value, at
        shift += 7
        if shift > 63:
            raise ValueError("a number of more than 64 bits")
