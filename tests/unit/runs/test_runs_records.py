"""Records: what was written is read; what was damaged is not taken for data."""

from pathlib import Path

import numpy as np
import pytest

from gradlab.engine.runs.records import (
    RecordReader,
    RecordWriter,
    attempts,
    record_dtype,
    superseded,
)

COLUMNS = 5


def write(path: Path, first: int, count: int, attempt: int = 1) -> None:
    writer = RecordWriter(path, COLUMNS, attempt)
    steps = np.arange(first, first + count)
    writer.append(steps, steps * 0.5, np.tile(steps[:, None], (1, COLUMNS)).astype(np.float32))
    writer.flush()
    writer.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "metrics.rec"


def test_numpy_reads_the_file_as_it_is(path: Path):
    write(path, 0, 10, attempt=3)
    records = np.fromfile(path, record_dtype(COLUMNS))
    assert records["step"].tolist() == list(range(10))
    assert records["time"][4] == 2.0
    assert (records["values"][7] == 7).all()
    assert set(attempts(records)) == {3}


def test_polls_give_only_what_is_new(path: Path):
    reader = RecordReader(path, COLUMNS)
    assert len(reader.poll()) == 0
    write(path, 0, 3)
    assert reader.poll()["step"].tolist() == [0, 1, 2]
    write(path, 3, 2)
    assert reader.poll()["step"].tolist() == [3, 4]
    assert len(reader.poll()) == 0


@pytest.mark.parametrize("bit", [0, 40, 100, 200, 350])
def test_a_flipped_bit_costs_its_record_only(path: Path, bit: int):
    write(path, 0, 10)
    size = record_dtype(COLUMNS).itemsize
    data = bytearray(path.read_bytes())
    data[4 * size + bit // 8] ^= 1 << bit % 8
    path.write_bytes(data)
    reader = RecordReader(path, COLUMNS)
    assert reader.poll()["step"].tolist() == [0, 1, 2, 3, 5, 6, 7, 8, 9]
    assert reader.skipped == 1
    assert reader.torn == 0


def test_zeros_at_the_end_are_not_data_and_may_become_data(path: Path):
    write(path, 0, 6)
    size = record_dtype(COLUMNS).itemsize
    whole = path.read_bytes()
    path.write_bytes(whole[: 4 * size] + bytes(2 * size))
    reader = RecordReader(path, COLUMNS)
    assert reader.poll()["step"].tolist() == [0, 1, 2, 3]
    assert (reader.skipped, reader.torn) == (0, 2)
    path.write_bytes(whole)
    assert reader.poll()["step"].tolist() == [4, 5]
    assert (reader.skipped, reader.torn) == (0, 0)


def test_zeros_in_the_middle_are_counted(path: Path):
    write(path, 0, 6)
    size = record_dtype(COLUMNS).itemsize
    data = path.read_bytes()
    path.write_bytes(data[:size] + bytes(2 * size) + data[3 * size :])
    reader = RecordReader(path, COLUMNS)
    assert reader.poll()["step"].tolist() == [0, 3, 4, 5]
    assert reader.skipped == 2


def test_a_torn_end_is_cut_before_more_is_written(path: Path):
    write(path, 0, 4)
    with path.open("rb+") as file:
        file.truncate(path.stat().st_size - 7)
    reader = RecordReader(path, COLUMNS)
    assert reader.poll()["step"].tolist() == [0, 1, 2]
    assert reader.torn == 1
    write(path, 3, 2)
    assert reader.poll()["step"].tolist() == [3, 4]
    assert reader.skipped == 0


def test_another_file_under_the_same_name_is_read_from_its_start(path: Path):
    write(path, 0, 4)
    reader = RecordReader(path, COLUMNS)
    reader.poll()
    path.unlink()
    write(path, 50, 8)
    assert reader.poll()["step"].tolist() == list(range(50, 58))


def test_later_rows_replace_the_same_and_later_steps():
    assert (
        superseded(np.array([0, 1, 2, 3, 2, 3, 4])).tolist()
        == [False] * 2 + [True] * 2 + [False] * 3
    )
    assert superseded(np.array([5, 1])).tolist() == [True, False]
