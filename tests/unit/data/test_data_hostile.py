"""Data files that mean harm: each is refused in a sentence, before it takes time or memory."""

import io
import os
import struct
import time
import zipfile

import pytest

from gradlab.engine.data.load import load_data
from gradlab.engine.errors import LONGEST, DataError
from gradlab.engine.preset.schema import DataSettings


def _npy(descr: str, shape: str, content: bytes = b"") -> bytes:
    text = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}".encode() + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text + content


def _zip(x: bytes, method: int = zipfile.ZIP_STORED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        archive.writestr("x.npy", x)
        archive.writestr("y.npy", _npy("'<i8'", "(2,)", struct.pack("<qq", 0, 1)))
    return out.getvalue()


def _encrypted() -> bytes:
    data = bytearray(_zip(_npy("'<f8'", "(2, 1)", bytes(16))))
    for at in range(len(data) - 4):
        if data[at : at + 4] in (b"PK\x03\x04", b"PK\x01\x02"):
            data[at + (6 if data[at + 2] == 3 else 8)] |= 1
    return bytes(data)


def _damaged_lzma() -> bytes:
    data = bytearray(_zip(_npy("'<f8'", "(2, 1)", bytes(16)), zipfile.ZIP_LZMA))
    data[45:60] = b"\xff" * 15
    return bytes(data)


def _bomb() -> bytes:
    return _zip(_npy("'|u1'", f"({2**26}, 1)", bytes(2**26)), zipfile.ZIP_DEFLATED)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("encrypted", _encrypted, "encrypted"),
        ("lzma", _damaged_lzma, "cannot be read as an NPZ|damaged"),
        ("a shape", lambda: _zip(_npy("'<f8'", "(10**9,)", bytes(64))), "damaged array"),
        ("terabytes", lambda: _zip(_npy("'<f8'", "(1000000000000,)", bytes(64))), "8,000,000,000,000 bytes"),
        ("negative", lambda: _zip(_npy("'<f8'", "(-1, 3)", bytes(64))), "save it again"),
        ("a type", lambda: _zip(_npy("'zzz'", "(2,)", bytes(64))), "damaged array"),
        ("no end", lambda: _zip(_npy("'<f8'", "(2, '''")), "damaged array"),
        ("no header", lambda: _zip(b"\x93NUMPY\x01\x00\xff\xff" + b"(" * 65535), "damaged array"),
        ("a bomb", _bomb, "more than 20 times its own size"),
    ],
)  # fmt: skip
def test_hostile_arrays_are_refused_in_a_sentence(tmp_path, name, content, message):
    (tmp_path / "x.npz").write_bytes(content())
    with pytest.raises(DataError, match=message) as refused:
        load_data(DataSettings(name="npz", path="x.npz"), base=tmp_path)
    assert len(str(refused.value)) <= LONGEST


def test_sixty_thousand_columns_are_read_in_seconds(tmp_path):
    n = 60_000
    head = ",".join(f"c{i}" for i in range(n))
    (tmp_path / "x.csv").write_text(
        f"{head},y\n" + "".join(f"{'1,' * n}{i % 2}\n" for i in range(4))
    )
    began = time.process_time()
    dataset = load_data(DataSettings(name="csv", path="x.csv", validation=0.0), base=tmp_path)
    assert dataset.train.x.shape == (4, n)
    assert time.process_time() - began < 5


def test_a_line_without_end(tmp_path):
    with (tmp_path / "x.csv").open("wb") as file:
        file.write(b"a,y\n")
        file.truncate(2**31)
    began = time.process_time()
    with pytest.raises(DataError, match=r"more than 16,777,216 characters|cannot be read"):
        load_data(DataSettings(name="csv", path="x.csv"), base=tmp_path)
    assert time.process_time() - began < 5


@pytest.mark.parametrize("name", ["csv", "npz"])
def test_pipes_and_devices_are_no_data(tmp_path, name):
    os.mkfifo(tmp_path / "pipe")
    for path in (str(tmp_path / "pipe"), "/dev/zero"):
        with pytest.raises(DataError, match="no regular file"):
            load_data(DataSettings(name=name, path=path), base=tmp_path)
