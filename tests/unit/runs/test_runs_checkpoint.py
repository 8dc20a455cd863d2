"""Checkpoints come back bit for bit, or not at all."""

import time
from pathlib import Path

import numpy as np
import pytest

from gradlab.engine.errors import RunError
from gradlab.engine.machine.mounts import file_system, on_network
from gradlab.engine.runs import checkpoint

ARRAYS = {
    "model/dense/kernel": np.random.default_rng(0).normal(size=(7, 5)).astype(np.float32),
    "seed": np.array([3, 2**32 - 1], np.uint32),
    "optimizer/iterations": np.array(12, np.int64),
}
CURSOR = {"step": 12, "epoch": 1, "best": float("inf"), "wait": None}


def test_what_is_saved_is_loaded(tmp_path: Path):
    assert checkpoint.read_checkpoint(tmp_path) is None
    checkpoint.save(tmp_path, ARRAYS, CURSOR)
    loaded = checkpoint.read_checkpoint(tmp_path)
    assert loaded
    arrays, cursor = loaded
    assert cursor == CURSOR
    assert list(arrays) == list(ARRAYS)
    for name, array in ARRAYS.items():
        assert arrays[name].dtype == array.dtype
        np.testing.assert_array_equal(arrays[name], array)
    assert [file.name for file in (tmp_path / "checkpoint").iterdir()] == ["resume.npz"]


def test_a_failed_save_leaves_the_checkpoint_before(tmp_path: Path):
    checkpoint.save(tmp_path, ARRAYS, CURSOR)
    with pytest.raises(ValueError, match="Object arrays"):
        checkpoint.save(tmp_path, {"bad": np.array([object()])}, {"step": 13})
    loaded = checkpoint.read_checkpoint(tmp_path)
    assert loaded and loaded[1]["step"] == 12
    assert [file.name for file in (tmp_path / "checkpoint").iterdir()] == ["resume.npz"]


@pytest.mark.parametrize("damage", ["truncated", "flipped", "foreign", "empty"])
def test_a_damaged_checkpoint_is_refused(tmp_path: Path, damage: str):
    checkpoint.save(tmp_path, ARRAYS, CURSOR)
    path = checkpoint.resume_path(tmp_path)
    data = bytearray(path.read_bytes())
    place = data.find(ARRAYS["model/dense/kernel"].tobytes())
    data[place + 20] ^= 1
    broken = {"truncated": data[:300], "flipped": data, "foreign": b"hello", "empty": b""}[damage]
    path.write_bytes(broken)
    with pytest.raises(RunError, match=r"resume\.npz is damaged"):
        checkpoint.read_checkpoint(tmp_path)


def test_a_clock_before_1980_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    arrays = {"model/0": np.arange(6, dtype=np.float32).reshape(2, 3), "noise/0": np.zeros(2)}
    checkpoint.save(tmp_path, arrays, {"step": 3})
    now = checkpoint.resume_path(tmp_path).read_bytes()
    # What time.time() and its relations give where the clock was reset to 1970.
    monkeypatch.setattr("time.time", lambda: 100.0)
    monkeypatch.setattr("time.localtime", lambda *_: time.gmtime(100.0))
    checkpoint.save(tmp_path, arrays, {"step": 3})
    assert checkpoint.resume_path(tmp_path).read_bytes() == now
    loaded = checkpoint.read_checkpoint(tmp_path)
    assert loaded and loaded[1] == {"step": 3}
    np.testing.assert_array_equal(loaded[0]["model/0"], arrays["model/0"])


def test_the_model_is_put_in_place_whole(tmp_path: Path):
    path = checkpoint.save_model(tmp_path, lambda file: file.write_bytes(file.suffix.encode()))
    assert path == tmp_path / "checkpoint" / "model.keras"
    assert path.read_bytes() == b".keras"


def test_the_longest_mount_point_names_the_file_system():
    assert file_system(Path("/proc/self")) == "proc"
    assert file_system(Path("/dev/shm/runs")) == "tmpfs"
    assert not on_network(Path("/dev/shm"))
    assert on_network(Path("/proc"))  # not known to be local
