"""The writer against kills, full disks, crashes and readers in other processes."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import recorded_runs
from recorded_runs import PRESET, record, started, steps, training

from gradlab.engine.findings.finding import Finding
from gradlab.engine.runs import parquet, writer
from gradlab.engine.runs.followed import FollowedRun, open_run
from gradlab.engine.runs.records import RecordWriter
from gradlab.engine.runs.state import read_state
from gradlab.engine.runs.writer import RunWriter
from gradlab.engine.stream.events import Epoch, Finished, Found, Status, Steps

SCRIPT = recorded_runs.__file__


@pytest.fixture
def endless(tmp_path: Path):
    """A process that writes a run until it is killed, and the run's directory."""
    process = subprocess.Popen(
        [sys.executable, SCRIPT, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    yield process, Path(process.stdout.readline().strip())
    process.kill()
    process.wait()
    process.stdout.close()


def test_a_kill_loses_at_most_a_second(endless):
    process, path = endless
    told = [process.stdout.readline().split() for _ in range(130)]
    process.send_signal(signal.SIGKILL)
    told += [line.split() for line in process.stdout.read().splitlines()]
    process.wait()
    reader = open_run(path)
    history = reader.history
    assert history.steps.steps.tolist() == list(range(history.step))
    taken, now = int(told[-1][0]), float(told[-1][1])
    first_lost = next((float(when) for step, when in told if int(step) > history.step), now)
    assert history.step > 500
    assert taken - history.step < 2000
    assert now - first_lost < 1.0
    np.testing.assert_array_equal(
        history.steps.values, steps(started(steps_per_epoch=100), 0, history.step).values
    )
    assert reader.liveness == "dead"
    assert reader.outcome["status"] == "dead"
    assert reader.damage == ()


def test_another_process_is_followed_while_it_writes(endless):
    _, path = endless
    reader = FollowedRun(path)
    assert reader.read().live
    seen, epochs, until = [], [], time.monotonic() + 60
    while len(seen) <= 1000 and time.monotonic() < until:
        for event in reader.read().events:
            if isinstance(event, Steps):
                seen += event.steps.tolist()
            elif isinstance(event, Epoch):
                epochs.append((event.epoch, len(seen)))
        time.sleep(0.05)
    assert len(seen) > 1000
    assert seen == list(range(len(seen)))
    assert epochs == [(n, 100 * (n + 1)) for n in range(len(epochs))]
    assert reader.read().damage == ()


def test_a_killed_run_goes_on_where_it_is_told_to(endless):
    process, path = endless
    for _ in range(120):
        process.stdout.readline()
    process.kill()
    process.wait()
    with (path / "metrics.rec").open("ab") as file:
        file.write(b"torn")
    with (path / "events.jsonl").open("ab") as file:
        file.write(b'{"event": "epo')
    again = RunWriter.reopen(path, 450)
    for event in training(started(steps_per_epoch=100, epochs=10, step=450)):
        again.write(event)
    reader = open_run(path)
    history = reader.history
    assert history.steps.steps.tolist() == list(range(1000))
    assert [epoch.epoch for epoch in history.epochs] == list(range(10))
    assert reader.state.status == "finished"
    assert len(reader.damage) == 1 and "events.jsonl: 1 damaged line" in reader.damage[0]


def test_a_full_disk_stops_the_recording_and_not_the_training(tmp_path: Path):
    script = f"""
import resource, sys
from pathlib import Path
resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))  # what a quota does
from recorded_runs import *
w = RunWriter.create(Path({str(tmp_path)!r}), PRESET, preset_name="full")
begin = started(steps_per_epoch=100, epochs=60)
for event in training(begin):
    w.write(event)
    w.beat()
    print(*[trouble.reason for trouble in w.told()], sep="")
w.close()
"""
    environment = {**os.environ, "PYTHONPATH": str(Path(SCRIPT).parent)}
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, env=environment
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("recording stopped") == 1
    assert "training goes on" in done.stdout and "File too large" in done.stdout
    [path] = [p for p in tmp_path.iterdir() if p.is_dir()]
    reader = open_run(path)
    history = reader.history
    assert history.steps.steps.tolist() == list(range(len(history.steps)))
    assert 100 < len(history.steps) < 6000
    assert reader.state.status == "failed"
    assert reader.state.reason.startswith("finished, but recording stopped ")


def test_recording_goes_on_when_there_is_room_again(tmp_path: Path):
    run = RunWriter.create(tmp_path, PRESET, preset_name="p")
    begin = started(steps_per_epoch=100, epochs=12)
    files = {name: run.path / name for name in ("metrics.rec", "events.jsonl")}
    full, real = os.open("/dev/full", os.O_WRONLY), {}
    told = []
    for event in training(begin):
        run.write(event)
        epoch = event.epoch if isinstance(event, Epoch) else None
        if epoch == 3:
            assert run.settle()
            for name, path in files.items():
                descriptor = descriptor_of(path)
                real[name] = (descriptor, os.dup(descriptor))
                os.dup2(full, descriptor)
        if epoch == 8:
            assert not run.settle()
            for descriptor, kept in real.values():
                os.dup2(kept, descriptor)
            assert run.settle()
        told += run.told()
    assert [(trouble.part, trouble.over) for trouble in told] == [
        ("the records", False),
        ("the records", True),
    ]
    assert "No space left on device" in told[0].reason
    reader = open_run(run.path)
    history = reader.history
    np.testing.assert_array_equal(history.steps.values, steps(begin, 0, 1200).values)
    assert [epoch.epoch for epoch in history.epochs] == list(range(12))
    assert (reader.state.status, reader.damage, history.troubles) == ("finished", (), {})


def descriptor_of(path: Path) -> int:
    """The descriptor under which this process has a file open."""
    for link in Path("/proc/self/fd").iterdir():
        if link.exists() and link.resolve() == path.resolve():
            return int(link.name)
    raise AssertionError(f"{path} is not open")


@pytest.mark.parametrize("crash", ["before the rename", "before the records go"])
def test_a_crash_while_sealing_is_harmless(tmp_path: Path, crash: str, monkeypatch):
    """The crash is a raised error at the step in question; all the files are real."""
    run = RunWriter.create(tmp_path, PRESET, preset_name="p")
    begin = started()
    step = "replace" if crash == "before the rename" else "unlink"

    def die(self, *arguments, **keywords):
        if self.name in (".metrics.parquet.tmp", "metrics.rec") and not keywords:
            raise OSError(5, "Input/output error")
        return original(self, *arguments, **keywords)

    original = getattr(Path, step)
    with monkeypatch.context() as patch:
        patch.setattr(Path, step, die)
        for event in training(begin, stop_at=26, status="stopped"):
            run.write(event)
    [trouble] = run.told()
    assert trouble.part == "metrics" and "could not be sealed" in trouble.reason
    assert (run.path / "metrics.rec").exists()
    assert (run.path / "metrics.parquet").exists() == (crash == "before the records go")
    history = open_run(run.path).history
    assert history.steps.steps.tolist() == list(range(26))
    again = RunWriter.reopen(run.path, 20)
    for event in training(started(step=20)):
        again.write(event)
    assert again.told() == []
    history = open_run(run.path).history
    np.testing.assert_array_equal(history.steps.values, steps(begin, 0, 30).values)
    assert not (run.path / "metrics.rec").exists()


def test_sealing_merges_in_bounded_chunks(tmp_path: Path):
    columns = started(layers=1).columns
    begin = started(layers=1)
    for attempt, (first, end) in enumerate([(0, 40_000), (30_000, 70_000)], start=1):
        records = RecordWriter(tmp_path / "metrics.rec", len(columns), attempt)
        block = steps(begin, first, end - first)
        records.append(block.steps, block.times, block.values)
        records.flush()
        records.close()
        parquet.seal(tmp_path, "metrics", columns, attempt, first)
    import pyarrow.parquet as pq

    file = pq.ParquetFile(tmp_path / "metrics.parquet")
    assert max(file.metadata.row_group(i).num_rows for i in range(file.num_row_groups)) <= 16_384
    table = file.read()
    assert table.column("step").to_pylist() == list(range(70_000))
    np.testing.assert_array_equal(table.column("loss"), steps(begin, 0, 70_000).values[:, 0])


def test_state_is_written_at_most_twice_a_second(tmp_path: Path):
    run = RunWriter.create(tmp_path, PRESET, preset_name="p")
    begin = started(steps_per_epoch=100_000)
    run.write(begin)
    first, began = read_state(run.path)[0].beat, time.monotonic()
    for number in range(200_000):
        run.write(steps(begin, 2 * number, 2))
        if time.monotonic() - began > 1.2:
            break
    beats = read_state(run.path)[0].beat - first
    assert 1 <= beats <= 2 * (time.monotonic() - began) + 1
    run.close()


def test_beats_go_on_while_nothing_happens(tmp_path: Path):
    run = RunWriter.create(tmp_path, PRESET, preset_name="p")
    begin = started()
    run.write(begin)
    run.write(steps(begin, 0, 5))
    assert len(open_run(run.path).history.steps) == 0
    before = read_state(run.path)[0].beat
    time.sleep(writer.FLUSH_SECONDS + 0.05)
    run.beat()
    assert read_state(run.path)[0].beat == before + 1
    assert read_state(run.path)[0].step == 5
    assert len(open_run(run.path).history.steps) == 5
    run.close()


def test_what_a_person_waits_for_is_visible_at_once(tmp_path: Path):
    run = RunWriter.create(tmp_path, PRESET, preset_name="p")
    begin = started()
    run.write(begin)
    run.write(steps(begin, 0, 5))
    run.write(Found(3, Finding("vanishing_gradient", (), 3, "critical", {}, "")))
    history = open_run(run.path).history
    assert (history.step, len(history.findings)) == (5, 1)
    run.write(Status("paused", 5))
    assert read_state(run.path)[0].status == "paused"
    run.write(Finished("stopped", 5, 0, 1.0, reason="asked to"))
    state = read_state(run.path)[0]
    assert (state.status, state.reason, state.step) == ("stopped", "asked to", 5)


def test_recording_does_not_load_tensorflow(tmp_path: Path):
    script = (
        f"from recorded_runs import record; from pathlib import Path; record(Path({str(tmp_path)!r}));"
        "import sys; print([m for m in ('tensorflow', 'keras', 'sklearn', 'textual', 'typer')"
        " if m in sys.modules])"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(SCRIPT).parent)}
    output = subprocess.check_output([sys.executable, "-c", script], text=True, env=environment)
    assert output.strip() == "[]"


def test_runs_of_one_minute_have_names_of_their_own(tmp_path: Path):
    paths = {record(tmp_path, steps_per_epoch=1, epochs=1) for _ in range(5)}
    assert len(paths) == 5
