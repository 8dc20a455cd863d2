"""Whatever bytes are given as a CSV or NPZ, they become finite rows, or one short sentence."""

from __future__ import annotations

import io
import random
import tempfile
import zipfile
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gradlab.engine.data.load import load_data
from gradlab.engine.errors import LONGEST, DataError
from gradlab.engine.preset.schema import DataSettings

FOLDER = tempfile.TemporaryDirectory(prefix="fuzz-data-")
CELLS = st.one_of(
    st.floats(width=32).map(str),
    st.text(max_size=4),
    st.sampled_from(
        ("", " ", "1_000", "0x10", "1e308", "nan", "-inf", "٣", "=1+1", "1" * 400, "1\0")
    ),
)
SETTINGS = st.fixed_dictionaries(
    {
        "task": st.sampled_from(("auto", "classification", "regression")),
        "scale": st.sampled_from(("none", "standard", "unit", "minmax", "symmetric")),
        "split": st.sampled_from(("tail", "random")),
        "validation": st.sampled_from((0.0, 0.2)),
    }
)
SHAPES = st.one_of(
    st.lists(st.integers(-2, 10**12), max_size=4).map(lambda shape: str(tuple(shape))),
    st.sampled_from(
        ("3", "(3.5,)", "('a',)", "(True, 2)", "(" + "1, " * 64 + ")", "(2, 3), (1,)", "(2, '''")
    ),
)
TYPES = st.sampled_from(
    (
        "<f4",
        "<f8",
        "<f2",
        "<f16",
        "|u1",
        "<i8",
        "|O",
        "<c16",
        "<M8[s]",
        "|S5",
        "<U5",
        "zzz",
        "|V8",
        "?",
    )
)
METHODS = st.sampled_from(
    (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2)
)


def assert_read_or_refused(name: str, content: bytes, settings: dict) -> None:
    path = Path(FOLDER.name) / f"x.{name}"
    path.write_bytes(content)
    try:
        dataset = load_data(
            DataSettings.model_validate({"name": name, "path": str(path), **settings})
        )
    except DataError as error:
        assert 0 < len(str(error)) <= LONGEST
        return
    for split in (dataset.train, dataset.validation):
        assert split is None or (np.isfinite(split.x).all() and np.isfinite(split.y).all())


@given(
    st.lists(st.lists(CELLS, min_size=1, max_size=4), max_size=9), st.sampled_from(",;"), SETTINGS
)
def test_tables(rows: list[list[str]], mark: str, settings: dict) -> None:
    text = "\n".join(mark.join(row) for row in rows)
    assert_read_or_refused("csv", text.encode(errors="replace"), settings)


@given(st.lists(st.tuples(CELLS, CELLS), min_size=2, max_size=9), SETTINGS)
def test_columns_of_one_length(rows: list[tuple[str, str]], settings: dict) -> None:
    text = "a,b,y\n" + "\n".join(f"{a},1,{y}" for a, y in rows)
    assert_read_or_refused("csv", text.encode(errors="replace"), settings)


@given(st.binary(max_size=400), st.sampled_from(("csv", "npz")), SETTINGS)
def test_noise(content: bytes, name: str, settings: dict) -> None:
    assert_read_or_refused(name, content, settings)


@given(TYPES, SHAPES, st.integers(0, 80), METHODS, SETTINGS)
def test_headers(kind: str, shape: str, length: int, method: int, settings: dict) -> None:
    text = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    array = b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + bytes(length)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        archive.writestr("x.npy", array)
        archive.writestr("y.npy", array)
    assert_read_or_refused("npz", out.getvalue(), settings)


@given(st.integers(0, 2**32), st.integers(1, 8), st.integers(0, 2), SETTINGS)
def test_damaged_archives(seed: int, times: int, how: int, settings: dict) -> None:
    chance, out = random.Random(seed), io.BytesIO()
    np.savez(out, x=np.arange(12.0).reshape(6, 2), y=np.arange(6) % 2)
    data = bytearray(out.getvalue())
    for _ in range(times):
        at = chance.randrange(len(data))
        if how == 0:
            data[at] ^= 1 << chance.randrange(8)
        elif how == 1:
            data = data[: at + 1]
        else:
            data[at:] = bytes(len(data) - at)
    assert_read_or_refused("npz", bytes(data), settings)
