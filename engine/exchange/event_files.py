"""TensorBoard event files: scalars, written and read by TensorFlow, which is imported only here."""

from __future__ import annotations

import os
import socket
import struct
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..runs.files import open_file
from .selection import Part

LAST_STEP = 2**53
"""Steps up to which are read: beyond, a double tells no two neighbours apart."""

_HEADER, _FOOTER = 12, 4
"""Bytes before and behind the data of a record: its length, and a checksum of each."""


def write_events(folder: Path, parts: Sequence[Part]) -> Path:
    """Write one event file with every series as scalars; a step's values share an event.

    Args:
        folder: where the file goes; made if need be.
        parts: the series; a series' name is its tag.

    Returns:
        The file, named as TensorBoard expects.
    """
    import tensorflow as tf

    folder.mkdir(parents=True, exist_ok=True)
    name = f"events.out.tfevents.{time.time():.0f}.{socket.gethostname()}.{os.getpid()}.gradlab"
    path = folder / name
    begun = min((float(part.times[0]) for part in parts if len(part.times)), default=0.0)
    with tf.io.TFRecordWriter(str(path)) as writer:
        event = tf.compat.v1.Event(wall_time=begun, file_version="brain.Event:2")
        writer.write(event.SerializeToString())
        for part in parts:
            event = tf.compat.v1.Event()
            values = [
                event.summary.value.add(tag=name.encode(errors="replace").decode())
                for name in part.names
            ]
            for step, wall, row in zip(
                part.steps.tolist(), part.times.tolist(), part.values.tolist(), strict=True
            ):
                event.step, event.wall_time = step, wall
                for value, number in zip(values, row, strict=True):
                    value.simple_value = number
                writer.write(event.SerializeToString())
    return path


@dataclass
class EventReader:
    """Reads the scalars of an event file as far as its records are intact.

    Attributes:
        path: the file.
        damage: what could not be read, or "".
    """

    path: Path
    damage: str = field(default="")

    def scalars(self) -> Iterator[tuple[float, int, str, float]]:
        """Wall time, step, tag and value of each scalar, in the file's order.

        Raises:
            OSError: the file cannot be read.
        """
        import tensorflow as tf
        from google.protobuf.message import DecodeError

        records, offset = self._complete()
        if offset is not None:
            self.damage = f"{self.path.name}: damaged or incomplete from byte {offset} on"
        impossible = number = end = 0
        try:
            for data in tf.data.TFRecordDataset(str(self.path)).take(records).as_numpy_iterator():
                event = tf.compat.v1.Event.FromString(data)
                number, end = number + 1, end + _HEADER + len(data) + _FOOTER
                for value in event.summary.value:
                    scalar = _scalar(value)
                    if scalar is None:
                        continue
                    if 0 <= event.step <= LAST_STEP:
                        yield event.wall_time, event.step, value.tag, scalar
                    else:
                        impossible += 1
        except tf.errors.DataLossError:
            self.damage = f"{self.path.name}: damaged or incomplete from byte {end} on"
        except DecodeError:
            self.damage = f"{self.path.name}: record {number} is no event"
        if impossible:
            self.damage = (
                f"{self.path.name}: {impossible} values left out, at steps below 0 or beyond 2^53"
            )

    def _complete(self) -> tuple[int, int | None]:
        """How many records lie whole in the file, and where what follows them begins, if anything does.

        TensorFlow ends the process when a record says to be longer than memory.
        """
        with open_file(self.path) as file:
            size = os.fstat(file.fileno()).st_size
            records = offset = 0
            while len(header := file.read(_HEADER)) == _HEADER:
                length = struct.unpack("<Q", header[:8])[0]
                end = offset + _HEADER + length + _FOOTER
                if end > size:
                    break
                records, offset = records + 1, end
                file.seek(offset)
        return records, None if offset == size else offset


def _scalar(value: Any) -> float | None:
    """The number in a summary value; None if it holds anything else, such as a picture."""
    if value.WhichOneof("value") == "simple_value":
        return value.simple_value
    import tensorflow as tf

    tensor = value.tensor
    if any(dim.size != 1 for dim in tensor.tensor_shape.dim) or tensor.tensor_shape.unknown_rank:
        return None
    if tensor.dtype not in (tf.float32.as_datatype_enum, tf.float64.as_datatype_enum):
        return None
    try:
        return float(tf.make_ndarray(tensor).item())
    except (TypeError, ValueError):
        return None
