"""`gradlab sweep` as a shell meets it: one small sweep, looked at in every way."""

import csv
import io
import json
import math
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from command import gradlab

from gradlab.engine.runs.lock import RunLock
from gradlab.engine.runs.state import read_state
from gradlab.engine.session import Session
from gradlab.engine.strict_json import restored
from gradlab.engine.sweeps.directories import find_sweep
from gradlab.engine.sweeps.lane import recorded
from gradlab.engine.sweeps.plan import read_plan

PRESET = """
[data]
name = "csv"
path = "here.csv"
target = "y"
validation = 0.25
[model]
depth = 2
width = 5
[train]
epochs = 3
"""
MISSING = "missing.csv"
"""A file that is not there, which only reading it tells."""


@pytest.fixture(scope="module")
def swept(tmp_path_factory):
    """The folder of a sweep whose second file is missing, and what it printed."""
    folder = tmp_path_factory.mktemp("sweep")
    rows = [f"{i % 7},{i % 5},{'yes' if i % 3 else 'no'}" for i in range(200)]
    (folder / "here.csv").write_text("\n".join(["a,b,y", *rows]))
    (folder / "mine.toml").write_text(PRESET)
    done = gradlab(
        "sweep", "mine.toml", f"data.path=here.csv,{MISSING}", "optimizer.learning_rate=0.01,0.1",
        "--repeats", "2", cwd=folder,
    )  # fmt: skip
    return folder, done


def shown(folder, *arguments):
    done = gradlab("sweep", "--show", "@sweep", *arguments, cwd=folder)
    assert done.code == 0
    return done.out


def test_one_failing_point_fails_alone_and_is_listed(swept):
    folder, done = swept
    assert done.code == 1
    assert "4 points x 2 seeds; 4 finished, 4 failed" in done.out
    assert f"failed: data.path={MISSING} optimizer.learning_rate=0.01 seed 0: " in done.out
    document = restored(json.loads(shown(folder, "--json")))
    assert [point["n"] for point in document["points"]] == [2, 2, 0, 0]
    assert [failed["trial"] for failed in document["failed"]] == [4, 5, 6, 7]
    assert document["best"]["settings"]["data.path"] == "here.csv"


def test_every_trial_is_a_run_of_the_sweeps_own_directory(swept):
    folder, done = swept
    sweep = find_sweep("@sweep", folder / "runs")
    document = json.loads(shown(folder, "--json"))
    runs = [run for point in document["points"] for run in point["runs"]]
    assert len(set(runs)) == 8
    listed = gradlab("runs", "list", "--json", "--runs-dir", str(sweep), cwd=folder)
    assert sorted(row["id"] for row in json.loads(listed.out)) == sorted(runs)
    assert f"saved in runs/{sweep.name}" in done.out
    assert json.loads(gradlab("runs", "list", "--json", cwd=folder).out) == []


def test_a_trial_is_the_run_that_its_settings_give_alone(swept, tmp_path):
    sweep = find_sweep("@sweep", swept[0] / "runs")
    alone = Session(read_plan(sweep).trial(3).preset, runs_dir=tmp_path, base=swept[0])
    alone.start()
    assert alone.join(120)
    one = json.loads((recorded(sweep)[3].path / "summary.json").read_text())
    other = json.loads((alone.run_dir / "summary.json").read_text())
    assert one["final"] == other["final"]
    assert one["layers"] == other["layers"]


def test_the_map_and_the_table(swept):
    lines = shown(swept[0]).splitlines()
    heading = next(i for i, line in enumerate(lines) if line.startswith("path"))
    assert lines[heading].split() == ["path", "0.01", "0.1"]
    assert lines[heading + 1].split()[0] == "here.csv"
    assert lines[heading + 2].split() == [MISSING, "×fail", "×fail"]
    table = list(csv.DictReader(io.StringIO(shown(swept[0], "--csv"))))
    assert [row["n"] for row in table] == ["2", "2", "0", "0"]
    assert math.isfinite(float(table[0]["mean"]))
    healthy = json.loads(shown(swept[0], "--json", "--metric", "healthy"))
    assert set(healthy["points"][0]["values"]) <= {0.0, 1.0}


def test_other_commands_take_a_sweep(swept):
    folder = swept[0]
    listed = gradlab("runs", "list", "@sweep", "--group-by", "learning_rate", "--json", cwd=folder)
    groups = json.loads(listed.out)
    assert [(group["value"], len(group["runs"])) for group in groups] == [(0.01, 4), (0.1, 4)]
    assert groups[0]["results"]["loss"]["n"] == 2
    compared = gradlab("compare", "@sweep", "--json", cwd=folder)
    assert len(json.loads(compared.out)["runs"]) == 8
    assert gradlab("report", "@sweep", cwd=folder).code == 0
    assert "<h2>The sweep</h2>" in (folder / "report.html").read_text()
    assert "one sweep lies beside them" in gradlab("runs", "list", cwd=folder).err


def test_what_is_refused(swept, tmp_path):
    def refused(*arguments, folder=tmp_path):
        done = gradlab("sweep", *arguments, cwd=folder)
        assert (done.code, done.out) == (2, "")
        assert done.err.count("\n") == 1
        return done.err

    many = ["circles-tanh-5", "model.depth=1..40", "model.width=1..40"]
    assert "1,600 trials, more than 1,000: pass --yes" in refused(*many)
    assert "point model.depth=0: " in refused("circles-tanh-5", "model.depth=0..3")
    assert "KEY=VALUES: a sweep that has begun" in refused("--resume", "@sweep", "seed=1,2")
    assert "there are no sweeps in runs" in refused("--resume", "@sweep")
    assert "--repeats 10" in refused("circles-tanh-5")
    one = ["circles-tanh-5", "model.depth=1,2", "--dask"]
    assert "say how many workers, such as local:4" in refused(*one, "local:x", "-q")
    (begun,) = (tmp_path / "runs").iterdir()
    assert [path.name for path in begun.iterdir()] == ["sweep.json"]
    assert "a measure is one of accuracy" in refused(
        "--show", "@sweep", "--metric", "nonsense", folder=swept[0]
    )
    sweep = find_sweep("@sweep", swept[0] / "runs")
    lock = RunLock(sweep)
    try:
        assert "is being run by another process" in refused("--resume", "@sweep", folder=swept[0])
    finally:
        lock.release()


def wait_for(condition, seconds=120.0):
    until = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < until
        time.sleep(0.02)
    return found


@pytest.mark.slow
def test_a_worker_and_the_parent_killed_in_mid_sweep_change_nothing(tmp_path):
    settings = [
        "circles-tanh-5", "optimizer.learning_rate=0.01,0.1", "--repeats", "2",
        "--set", "train.epochs=1500", "--set", "model.depth=1", "--json",
    ]  # fmt: skip
    whole = json.loads(gradlab("sweep", *settings, cwd=tmp_path, GRADLAB_RUNS="whole").out)
    command = [sys.executable, "-m", "gradlab.tui", "sweep", *settings, "--runs-dir", "killed"]
    parent = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL)

    def training(others=(), steps=2000):
        states = [read_state(run.parent)[0] for run in tmp_path.glob("killed/*/*/state.json")]
        mine = (s for s in states if s.status == "training" and s.step > steps)
        return next((s.pid for s in mine if s.pid not in others), None)

    first = wait_for(training)
    os.kill(first, signal.SIGKILL)
    second = wait_for(lambda: training(others=[first], steps=9000))
    parent.kill()
    parent.wait()
    wait_for(lambda: not Path(f"/proc/{second}").exists(), 10)
    again = json.loads(
        gradlab("sweep", "--resume", "@sweep", "--json", cwd=tmp_path, GRADLAB_RUNS="killed").out
    )
    for one, other in zip(whole["points"], again["points"], strict=True):
        assert {**one, "runs": None} == {**other, "runs": None}
    assert whole["best"] == again["best"]


@pytest.mark.slow
def test_a_dask_worker_killed_loses_no_trial(tmp_path):
    settings = ["circles-tanh-5", "optimizer.learning_rate=0.01,0.1", "--repeats", "2"]
    command = [sys.executable, "-m", "gradlab.tui", "sweep", *settings, "--set", "model.depth=1"]
    command += ["--set", "train.epochs=600", "--dask", "local:2", "--json", "-q"]
    process = subprocess.Popen(
        [*command, "--runs-dir", "runs"], cwd=tmp_path, stdout=subprocess.PIPE, text=True
    )

    def worker():
        states = [read_state(run.parent)[0] for run in tmp_path.glob("runs/*/*/state.json")]
        pid = next((s.pid for s in states if s.status == "training" and s.step > 1000), None)
        return pid and int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])

    os.kill(wait_for(worker), signal.SIGKILL)
    document = json.loads(process.communicate(timeout=250)[0])
    assert document["statuses"] == {"finished": 4}
    assert document["failed"] == []
