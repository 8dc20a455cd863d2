"""Lists of runs: liveness, trash, and no heavy imports."""

import os
import socket
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from recorded_runs import PRESET, record, started, training

from gradlab.engine.errors import RunError
from gradlab.engine.runs.listing import list_runs
from gradlab.engine.runs.state import STALE_AFTER, State, Watch, boot_id, this_process, write_state
from gradlab.engine.runs.trash import delete, empty
from gradlab.engine.runs.writer import RunWriter


class Clock:
    """A reader's clock that the test moves."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


ELSEWHERE = State(status="training", host="another", boot_id="b", pid=1, beat=5)


def ended_process() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_a_row_tells_what_the_run_was(tmp_path: Path):
    first = record(tmp_path, "first")
    writer = RunWriter.create(
        tmp_path, PRESET, preset_name="second", parent=first.name, changed={"seed": 1}
    )
    rows = list_runs(tmp_path)
    assert [row.preset for row in rows] == ["second", "first"]
    new, old = rows
    assert (new.live, new.status, new.parent, new.changed) == (
        True, "preparing", first.name, {"seed": 1},
    )  # fmt: skip
    assert (old.live, old.status, old.epochs, old.planned_epochs, old.steps, old.seconds) == (
        False, "finished", 3, 10, 30, 3.0,
    )  # fmt: skip
    assert old.findings == ("vanishing_gradient",)
    assert old.final["loss"] == 2 / 3
    assert old.best["accuracy"]["value"] == 0.2
    assert old.damage == new.damage == ()
    writer.close()


def test_a_run_of_this_machine_is_dead_with_its_process(tmp_path: Path):
    watch = Watch()
    here = State(status="training", **this_process())
    assert watch.liveness(tmp_path, here) == "live"
    assert watch.liveness(tmp_path, replace(here, pid=ended_process())) == "dead"
    assert watch.liveness(tmp_path, replace(here, pid=2**40)) == "dead"
    # another process bears the number now
    assert watch.liveness(tmp_path, replace(here, pid_start=here.pid_start + 1)) == "dead"
    assert watch.liveness(tmp_path, replace(here, status="stopped")) == "ended"


def test_a_run_of_another_machine_is_stale_when_its_beat_stops(tmp_path: Path):
    clock = Clock()
    watch = Watch(clock)
    state = replace(ELSEWHERE, time=time.time())
    assert watch.liveness(tmp_path, state) == "live"
    clock.now += STALE_AFTER - 1
    assert watch.liveness(tmp_path, state) == "live"
    clock.now += 1
    assert watch.liveness(tmp_path, state) == "stale"
    assert watch.liveness(tmp_path, replace(state, beat=6)) == "live"


def test_a_wrong_clock_elsewhere_does_not_kill_a_run(tmp_path: Path):
    clock = Clock()
    watch = Watch(clock)
    old = replace(ELSEWHERE, time=time.time() - 86_400)
    assert watch.liveness(tmp_path, old) == "stale"
    assert watch.liveness(tmp_path, old) == "stale"
    assert watch.liveness(tmp_path, replace(old, beat=6)) == "live"


def test_a_boot_ago_counts_as_elsewhere(tmp_path: Path):
    before = State(status="training", pid=os.getpid(), host=socket.gethostname(), boot_id="x")
    assert boot_id() != "x"
    assert Watch().liveness(tmp_path, before) == "stale"


def test_deleted_runs_lie_in_the_trash_until_it_is_emptied(tmp_path: Path):
    path = record(tmp_path)
    place = delete(path)
    assert place == tmp_path / ".trash" / path.name
    assert (place / "metrics.parquet").exists()
    assert list_runs(tmp_path) == []
    place.rename(path)
    delete(path)
    record_again = tmp_path / path.name
    record_again.mkdir()
    (record_again / "run.json").write_text("{}")
    assert delete(record_again).name == f"{path.name}-2"
    assert empty(tmp_path) == 2
    assert not place.exists()
    assert empty(tmp_path) == 0


def test_a_live_run_is_not_deleted(tmp_path: Path):
    writer = RunWriter.create(tmp_path, PRESET, preset_name="p")
    with pytest.raises(RunError, match=f"process {os.getpid()}"):
        delete(writer.path)
    assert writer.path.exists()
    for event in training(started()):
        writer.write(event)
    assert delete(writer.path).exists()


def test_state_with_values_of_a_wrong_type_is_read_as_far_as_it_goes(tmp_path: Path):
    path = record(tmp_path)
    write_state(path, State(status="stopped", step="many", epoch=2), durable=False)  # type: ignore[arg-type]
    [row] = list_runs(tmp_path)
    assert (row.status, row.epochs, row.steps) == ("stopped", 2, 30)
    assert row.damage == ("state.json: step has a wrong type or size",)
