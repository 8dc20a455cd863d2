"""A session in its thread: pause, resume and stop at once, a bounded buffer, runs that survive."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from gradlab.engine.errors import DataError
from gradlab.engine.preset.schema import Preset
from gradlab.engine.runs.followed import open_run
from gradlab.engine.runs.listing import list_runs
from gradlab.engine.session import EventBuffer, Session
from gradlab.engine.stream.events import Finished, Status, Steps
from gradlab.engine.stream.history import History
from gradlab.engine.training import pacing

PATIENCE = 60
"""Seconds a loaded machine may take to import TensorFlow and compile."""

AT_ONCE = 0.25
"""Seconds a session may take to stop or pause."""


def wait_for(condition: Any, seconds: float = PATIENCE) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.005)


@pytest.fixture
def long_session(small: Any, tmp_path: Path) -> Any:
    session = Session(small("circles", train={"epochs": 100_000}), runs_dir=tmp_path)
    session.start()
    wait_for(lambda: session.status == "training")
    yield session
    session.stop()
    assert session.join(PATIENCE)


def test_pause_holds_and_resume_goes_on(long_session: Session) -> None:
    long_session.pause()
    wait_for(lambda: long_session.status == "paused")
    long_session.drain()
    time.sleep(0.3)
    assert not [event for event in long_session.drain() if isinstance(event, Steps)]
    long_session.resume()
    wait_for(lambda: any(isinstance(event, Steps) for event in long_session.drain()))


def test_stop_keeps_everything_at_once(long_session: Session) -> None:
    began = time.monotonic()
    long_session.stop()
    wait_for(lambda: long_session.status == "stopped")
    took = time.monotonic() - began
    assert long_session.join(PATIENCE)
    # Timings do not gate a test; a tenfold excess is a hang, not noise.
    assert took < 10 * AT_ONCE
    assert long_session.run_dir is not None
    reader = open_run(long_session.run_dir)
    assert reader.state.status == "stopped"
    assert (long_session.run_dir / "checkpoint" / "model.keras").exists()
    history = reader.history
    assert history.finished is not None
    assert history.step == history.finished.step


def test_a_stopped_run_resumes_to_the_same_end(small: Any, tmp_path: Path) -> None:
    preset = small("noisy", train={"epochs": 120})
    whole = Session(preset, runs_dir=tmp_path / "whole")
    whole.start()
    first = Session(preset, runs_dir=tmp_path / "parts")
    first.start()
    told = History()

    def trained() -> bool:
        for event in first.drain():
            told.add(event)
        return told.step > 50

    wait_for(trained)
    first.stop()
    assert first.join(PATIENCE) and first.status == "stopped"
    second = Session(preset, resume=first.run_dir)
    second.start()
    assert second.join(PATIENCE) and second.status == "finished"
    assert whole.join(PATIENCE) and whole.status == "finished"
    assert whole.run_dir and second.run_dir
    one, two = open_run(whole.run_dir).history, open_run(second.run_dir).history
    np.testing.assert_array_equal(one.steps.values, two.steps.values)
    assert [epoch.logs for epoch in one.epochs] == [epoch.logs for epoch in two.epochs]


def kept(run: Path) -> dict[str, Any]:
    """What the files of a run hold beside the clock, and what it is called."""
    lines = [json.loads(line) for line in (run / "events.jsonl").read_text().splitlines()]
    clock = {"time", "seconds", "line", "crc32"}
    # A finding is told of a step as soon as somebody looks, which is when the clock says so.
    found = [line | {"at": 0} for line in lines if line["event"] == "found"]
    told = [line for line in lines if line["event"] != "found"]
    files: dict[str, Any] = {
        "events": [{k: v for k, v in line.items() if k not in clock} for line in told],
        "found": [{k: v for k, v in line.items() if k not in clock} for line in found],
        "columns": json.loads((run / "columns.json").read_text())["metrics"],
    }
    for name in ("metrics", "weights"):
        files[name] = pq.read_table(run / f"{name}.parquet").drop(["time"]).to_pydict()
    with np.load(run / "checkpoint" / "resume.npz") as arrays:
        files["variables"] = {n: arrays[n].tobytes() for n in arrays.files if n[0] != "_"}
    ran = {"run", "path", "seconds", "steps_per_second", "crc32"}
    summary = json.loads((run / "summary.json").read_text())
    return files | {"summary": {k: v for k, v in summary.items() if k not in ran}}


def test_a_run_is_the_same_twice_in_every_file_but_its_clock(
    small: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    preset = small("circles", train={"epochs": 12})
    quick = Session(preset, runs_dir=tmp_path, keep=True)
    quick.start()
    assert quick.join(PATIENCE)
    monkeypatch.setattr(
        pacing, "BLOCK_SECONDS", 0.0
    )  # a machine so slow that it looks at every step
    slow = Session(preset, runs_dir=tmp_path, follows=quick)
    slow.start()
    assert slow.join(PATIENCE)
    assert quick.run_dir and slow.run_dir
    one, other = kept(quick.run_dir), kept(slow.run_dir)
    assert len(one["weights"]["step"]) == 4 + 11  # seven steps an epoch: 1, 2, 4, 7 of the first
    for name, held in one.items():
        assert held == other[name], name


def test_a_saved_run_tells_what_the_live_one_told(small: Any, tmp_path: Path) -> None:
    session = Session(small("normalized"), runs_dir=tmp_path)
    session.start()
    assert session.join(PATIENCE)
    live = History()
    for event in session.drain():
        live.add(event)
    assert session.run_dir
    saved = open_run(session.run_dir).history
    assert saved.layers == live.layers
    np.testing.assert_array_equal(saved.steps.values, live.steps.values)
    np.testing.assert_array_equal(saved.weights.values, live.weights.values)
    assert [p.layers for p in saved.probes] == [p.layers for p in live.probes]


def test_what_a_user_can_put_right_ends_as_failed(tmp_path: Path) -> None:
    preset = Preset.model_validate({"data": {"name": "csv", "path": "nowhere.csv"}})
    session = Session(preset, runs_dir=tmp_path / "runs", base=tmp_path)
    session.start()
    assert session.join(PATIENCE)
    assert isinstance(session.error, DataError)
    last = session.drain()[-1]
    assert isinstance(last, Finished) and last.status == "failed"
    (listed,) = list_runs(tmp_path / "runs")
    assert listed.status == "failed" and "nowhere.csv does not exist" in listed.reason


def test_data_are_looked_at_before_tensorflow_is_loaded(tmp_path: Path) -> None:
    script = """
import sys
from gradlab.engine.preset.schema import Preset
from gradlab.engine.session import Session
session = Session(Preset.model_validate({"data": {"name": "csv", "path": "nowhere.csv"}}))
session.start(), session.join(30)
assert "nowhere.csv" in str(session.error) and "tensorflow" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", script], cwd=tmp_path, check=True)


def test_the_buffer_lets_go_of_the_oldest_steps_only() -> None:
    buffer = EventBuffer(rows=10)
    buffer.put(Status("compiling"))
    for first in range(0, 40, 4):
        buffer.put(Steps(np.arange(first, first + 4), np.zeros(4), np.zeros((4, 1), np.float32)))
    events = buffer.drain()
    assert isinstance(events[0], Status)
    rows = np.concatenate([event.steps for event in events[1:]])
    assert rows.tolist() == list(range(32, 40))
    assert buffer.dropped == 32
    assert buffer.drain() == []


def test_a_session_takes_over_what_was_compiled_and_trains_the_same(tmp_path: Path) -> None:
    code = tmp_path / "mine.py"
    code.write_text(
        "import keras\n"
        "def net(input_shape, output_units):\n"
        "    x = keras.Input(input_shape)\n"
        "    return keras.Model(x, keras.layers.Dense(output_units, activation='sigmoid')(x))\n"
    )

    def told(rate: float, before: Session | None) -> tuple[Session, np.ndarray]:
        preset = Preset.model_validate(
            {
                "data": {"name": "circles"},
                "model": {"family": "python", "factory": "mine.py:net"},
                "optimizer": {"learning_rate": rate},
                "train": {"epochs": 2},
            }
        )
        session = Session(preset, base=tmp_path, trust=True, follows=before, keep=True)
        session.start()
        assert session.join(PATIENCE)
        assert session.error is None
        steps = [event.values for event in session.drain() if isinstance(event, Steps)]
        return session, np.concatenate(steps)

    first, slow = told(0.001, None)
    compiled = first.parts
    second, quick = told(0.1, first)
    assert first.parts is None and second.parts is compiled
    code.write_text(code.read_text() + "# edited\n")
    third, fresh = told(0.1, second)
    assert second.parts is None and third.parts not in (None, compiled)
    np.testing.assert_array_equal(quick, fresh)
    assert not np.array_equal(slow, quick)
