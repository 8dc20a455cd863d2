"""Damaged runs: what is readable is shown, the rest is named, nothing raises or is rewritten."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from recorded_runs import PRESET, record, started, training

from gradlab.engine.diagnosis.diagnose import context_of, diagnose
from gradlab.engine.errors import RunError
from gradlab.engine.runs.files import read_json, with_checksum, write_json
from gradlab.engine.runs.followed import FollowedRun, open_run
from gradlab.engine.runs.listing import list_runs
from gradlab.engine.runs.state import read_state, write_state
from gradlab.engine.runs.writer import RunWriter
from gradlab.engine.stream.events import Finished, Steps
from gradlab.tui.cli.resuming import find_unfinished
from gradlab.tui.followed.saved import SavedRun

FILES = ("run.json", "state.json", "columns.json", "events.jsonl", "summary.json",
         "metrics.parquet", "weights.parquet")  # fmt: skip
LIVE_FILES = ("columns.json", "events.jsonl", "metrics.rec", "weights.rec")


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return record(tmp_path_factory.mktemp("sealed"))


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run whose writer went away without an end, on another machine, long ago."""
    root = tmp_path_factory.mktemp("killed")
    writer = RunWriter.create(root, PRESET, preset_name="killed")
    for event in training(started()):
        if not isinstance(event, Finished):
            writer.write(event)
    writer._flush()
    state, _ = read_state(writer.path)
    write_state(writer.path, replace(state, pid=4194305), durable=False)
    return writer.path


DAMAGES = {
    "missing": lambda data: None,
    "empty": lambda data: b"",
    "truncated": lambda data: data[: len(data) * 2 // 3],
    "zero-filled": lambda data: data[: len(data) // 2] + bytes(len(data) - len(data) // 2),
    "all zeros": lambda data: bytes(len(data)),
    "foreign": lambda data: b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20,
    "another document": lambda data: b'[1, {"layers": null}]\n',
    "foreign keys": lambda data: (
        b'{"event": "epoch", "preset": 7, "layers": {}, "final": [], '
        b'"started": 3, "status": [], "findings": 5, "best": {"loss": 2}, "pid": "x"}\n'
    ),
}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("name", [*FILES, *(f"live {name}" for name in LIVE_FILES)])
def test_any_damaged_file_is_survived_and_named(
    sealed: Path, killed: Path, tmp_path: Path, name: str, damage: str
):
    live = name.startswith("live ")
    run = tmp_path / "run"
    shutil.copytree(killed if live else sealed, run)
    name = name.removeprefix("live ")
    data = DAMAGES[damage]((run / name).read_bytes())
    if data is None:
        (run / name).unlink()
    else:
        (run / name).write_bytes(data)
    before = {file.name: file.read_bytes() for file in run.iterdir()}
    reader = open_run(run)
    history = reader.history
    found = list(reader.damage)
    assert reader.outcome["run"] == "run"
    events = FollowedRun(run).read().events
    [row] = list_runs(tmp_path)
    assert row.document()["id"] == "run"
    if name in ("columns.json", "summary.json", "run.json", "state.json"):
        assert len(history.steps) == 30, "other files are read in full"
    if name.startswith("metrics"):
        assert len(history.epochs) == 3
        assert len(history.weights) == 3
    if name == "events.jsonl":
        assert len(history.steps) == 30, "columns.json tells the series as well"
        assert sum(len(e.steps) for e in events if isinstance(e, Steps)) == 30
    named = name in " ".join([*found, *row.damage])
    # nothing else tells how many weight records there were, or what a JSON object should have held
    unknowable = name.startswith("weights") or damage == "foreign keys"
    assert named or unknowable
    assert before == {file.name: file.read_bytes() for file in run.iterdir()}


def test_bits_flipped_in_parquet_are_never_taken_for_data(sealed: Path, tmp_path: Path):
    good = open_run(sealed).history.steps
    whole = (sealed / "metrics.parquet").read_bytes()
    run = tmp_path / "run"
    shutil.copytree(sealed, run)
    random = np.random.default_rng(1)
    for place in random.integers(0, len(whole), 60):
        data = bytearray(whole)
        data[place] ^= 1 << int(random.integers(8))
        (run / "metrics.parquet").write_bytes(data)
        reader = open_run(run)
        steps = reader.history.steps
        rows = np.searchsorted(good.steps, steps.steps)
        same = steps.values == good.values[rows]
        assert (same | np.isnan(steps.values)).all()
        if len(steps) < len(good) or np.isnan(steps.values).any():
            assert "metrics.parquet" in " ".join(reader.damage)


def test_one_flipped_bit_in_a_series_costs_that_series_only(sealed: Path, tmp_path: Path):
    import pyarrow.parquet as pq

    run = tmp_path / "run"
    shutil.copytree(sealed, run)
    path = run / "metrics.parquet"
    column = pq.ParquetFile(path).metadata.row_group(0).column(4)
    data = bytearray(path.read_bytes())
    data[column.data_page_offset + column.total_compressed_size - 3] ^= 4
    path.write_bytes(data)
    reader = open_run(run)
    history = reader.history
    lost = np.isnan(history.steps.values).all(axis=0)
    assert lost.tolist() == [index == 2 for index in range(len(lost))]
    assert reader.damage == ("metrics.parquet: 30 values of grad_norm lost",)


def test_a_damaged_line_costs_its_event_only(sealed: Path, tmp_path: Path):
    run = tmp_path / "run"
    shutil.copytree(sealed, run)
    lines = (run / "events.jsonl").read_bytes().splitlines(keepends=True)
    epoch = next(i for i, line in enumerate(lines) if b'"epoch"' in line and b"loss" in line)
    lines[epoch] = lines[epoch].replace(b":", b";", 1)
    (run / "events.jsonl").write_bytes(b"".join(lines))
    reader = open_run(run)
    assert [e.epoch for e in reader.history.epochs] == [1, 2]
    assert reader.damage == (f"events.jsonl: 1 damaged line left out (line {epoch + 1})",)


def test_a_newer_layout_is_named_and_read_as_far_as_it_goes(sealed: Path, tmp_path: Path):
    run = tmp_path / "run"
    shutil.copytree(sealed, run)
    info, _ = read_json(run / "run.json")
    write_json(run / "run.json", info | {"schema_version": 2}, durable=False)
    with (run / "events.jsonl").open("ab") as file:
        lines = len((run / "events.jsonl").read_bytes().splitlines())
        file.write(with_checksum(f'{{"event": "telepathy", "at": 30, "line": {lines + 1}}}'))
    reader = open_run(run)
    assert len(reader.history.steps) == 30
    assert reader.damage == ("run.json: written by another gradlab (schema version 2)",)


@pytest.mark.parametrize("key", ["kernel_regularizer", "activation", "initializer"])
def test_a_preset_that_no_file_may_hold_counts_as_none(killed: Path, tmp_path: Path, key: str):
    run = Path(shutil.copytree(killed, tmp_path / killed.name))
    info, _ = read_json(run / "run.json")
    info["preset"]["model"][key] = {"a": 1}
    write_json(run / "run.json", info, durable=False)
    opened, shown = open_run(run), SavedRun(run)
    context = context_of(opened.history, opened.info)
    assert context.preset is None and shown.preset is None
    diagnose(opened.history, context)
    with pytest.raises(RunError, match="no preset that can be read"):
        find_unfinished(run.name, [], tmp_path)


@pytest.mark.parametrize("content", ["{", "[]", '{"final": 3}', "\0" * 40])
def test_damage_of_the_outcome_and_the_notes_is_named_too(
    sealed: Path, tmp_path: Path, content: str
):
    run = Path(shutil.copytree(sealed, tmp_path / sealed.name))
    (run / "summary.json").write_text(content)
    (run / "notes.json").write_text(content if content[0] != "{" else "{")
    reader = open_run(run)
    named = reader.damage
    assert [text.partition(":")[0] for text in named] == ["summary.json", "notes.json"]
    assert reader.outcome["steps"] == open_run(sealed).outcome["steps"]
