"""Exported runs, read back by the tools they are for."""

import io
import json
import struct
from pathlib import Path

import numpy as np
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from recorded_runs import record

from gradlab.engine.errors import RunError
from gradlab.engine.exchange.event_files import EventReader, write_events
from gradlab.engine.exchange.selection import Part, every_for, select, thinned
from gradlab.engine.exchange.tables import write_csv, write_jsonl, write_parquet
from gradlab.engine.runs.followed import open_run
from gradlab.engine.stream.history import History


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return record(tmp_path_factory.mktemp("runs"), steps_per_epoch=100)


@pytest.fixture(scope="module")
def history(run: Path) -> History:
    return open_run(run).history


def test_tensorboard_reads_what_was_written(run: Path, history: History, tmp_path: Path):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    write_events(tmp_path, select(run).parts)
    board = EventAccumulator(str(tmp_path), size_guidance={"scalars": 0})
    board.Reload()
    assert len(board.Tags()["scalars"]) == 11 + 8 + 2
    events = board.Scalars("dense_2/delta_norm")
    assert [event.step for event in events] == history.steps.steps.tolist()
    assert [event.wall_time for event in events] == history.steps.times.tolist()
    values = np.array([event.value for event in events], np.float32)
    assert np.array_equal(values, history.steps.series("dense_2", "delta_norm"))
    assert [event.value for event in board.Scalars("epoch/loss")] == pytest.approx([2, 1, 2 / 3])
    assert [event.step for event in board.Scalars("epoch/loss")] == [99, 199, 299]


def test_steps_of_every_length_and_numbers_that_are_none(tmp_path: Path):
    steps = np.array([0, 127, 128, 16_383, 16_384, 2**31, 2**40])
    values = np.array([[1.0], [np.nan], [np.inf], [-np.inf], [0.0], [1e-45], [3e38]], np.float32)
    path = write_events(tmp_path, [Part(("ünïcode/norm",), steps, steps * 1.0, values)])
    reader = EventReader(path)
    read = list(reader.scalars())
    assert [step for _, step, _, _ in read] == steps.tolist()
    assert {tag for _, _, tag, _ in read} == {"ünïcode/norm"}
    assert np.array_equal(np.array([v for *_, v in read], np.float32), values[:, 0], equal_nan=True)
    assert reader.damage == ""


def test_a_torn_or_flipped_event_file_is_read_up_to_the_damage(run: Path, tmp_path: Path):
    path = write_events(tmp_path, select(run, ["loss"]).parts)
    data = path.read_bytes()
    whole = list(EventReader(path).scalars())
    for damaged in (data[: len(data) // 2], data[: len(data) // 2] + bytes(len(data) // 2)):
        path.write_bytes(damaged)
        reader = EventReader(path)
        read = list(reader.scalars())
        assert 0 < len(read) < len(whole) and read == whole[: len(read)]
        assert "damaged or incomplete from byte" in reader.damage
    path.write_bytes(data[:12] + struct.pack("<Q", 1 << 60) + bytes(16))
    assert list(EventReader(path).scalars()) == []


@pytest.mark.parametrize("step", [-1, -(2**63), 2**53 + 1, 2**63 - 1])
def test_values_at_impossible_steps_are_left_out_and_counted(tmp_path: Path, step: int):
    steps, values = np.array([step, 7]), np.array([[1.0], [2.0]])
    path = write_events(tmp_path, [Part(("loss",), steps, steps * 0.0, values)])
    reader = EventReader(path)
    assert [found[1:] for found in reader.scalars()] == [(7, "loss", 2.0)]
    assert "1 values left out" in reader.damage


@pytest.mark.parametrize("length", [2**33, 2**40, 2**63, 2**64 - 1])
def test_a_record_that_says_to_be_longer_than_memory_ends_the_reading(tmp_path: Path, length: int):
    steps = np.array([1])
    path = write_events(tmp_path, [Part(("loss",), steps, steps * 1.0, steps[:, None] * 1.0)])
    whole = path.read_bytes()
    path.write_bytes(whole + struct.pack("<Q", length) + bytes(100))
    reader = EventReader(path)
    assert len(list(reader.scalars())) == 1
    assert reader.damage.endswith(f"damaged or incomplete from byte {len(whole)} on")


def test_csv_and_parquet_hold_every_series(run: Path, history: History, tmp_path: Path):
    selection = select(run)
    write_csv(selection, tmp_path / "run.csv")
    write_parquet(selection, tmp_path / "run.parquet")
    for table in (
        pyarrow.csv.read_csv(tmp_path / "run.csv"),
        pq.read_table(tmp_path / "run.parquet"),
    ):
        assert table.num_rows == 300 and table.column_names[:3] == ["step", "time", "loss"]
        assert table["step"].to_pylist() == list(range(300))
        values = np.array(table["dense_3/grad_norm"].to_pylist(), np.float32)
        assert np.array_equal(values, history.steps.series("dense_3", "grad_norm"))
        epochs = table["epoch/loss"].to_pylist()
        assert epochs[99] == 2.0 and epochs[98] is None
        assert sum(value is not None for value in table["dense_0/weight_norm"].to_pylist()) == 3


def test_json_lines_are_strict_and_sparse(run: Path):
    target = io.BytesIO()
    write_jsonl(select(run, ["loss", "epoch/*"], every=100), target)
    lines = [
        json.loads(line, parse_constant=pytest.fail) for line in target.getvalue().splitlines()
    ]
    assert [line["step"] for line in lines] == [0, 99, 100, 199, 200, 299]
    assert lines[0].keys() == {"step", "time", "loss"}
    assert lines[1].keys() == {"step", "time", "epoch/loss", "epoch/accuracy"}


def test_series_are_chosen_by_pattern_and_thinned(run: Path):
    chosen = select(run, ["*/delta_norm"])
    assert [part.names for part in chosen.parts] == [
        tuple(f"dense_{i}/delta_norm" for i in range(4))
    ]
    few = thinned(chosen, every_for(300, 40))
    assert len(few.parts[0].steps) <= 41 and few.parts[0].steps[-1] == 299
    with pytest.raises(RunError, match=r"no series of .* matches nothing"):
        select(run, ["nothing"])


def test_damage_is_named_and_the_rest_is_exported(tmp_path: Path):
    path = record(tmp_path)
    (path / "weights.parquet").write_bytes(b"PAR1 not at all PAR1")
    selection = select(path)
    assert "weights.parquet" in selection.damage[0]
    assert len(selection.parts[0].steps) == 30
