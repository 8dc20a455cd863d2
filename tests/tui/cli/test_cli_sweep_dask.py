"""`gradlab sweep --dask`: a scheduler and workers in processes of their own, some of which are lost."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from command import gradlab

from gradlab.engine.preset.load import read, resolve
from gradlab.engine.runs.state import read_state
from gradlab.engine.sweeps.cluster import on_dask
from gradlab.engine.sweeps.grid import grid, parse_axis
from gradlab.engine.sweeps.outcome import outcome
from gradlab.engine.sweeps.plan import begin, make_plan
from gradlab.engine.sweeps.supervisor import supervise

SWEEP = [
    "sweep", "circles-tanh-5", "optimizer.learning_rate=0.01,0.1", "--repeats", "2",
    "--set", "model.depth=1", "--set", "train.epochs=600", "--json",
]  # fmt: skip


@pytest.fixture
def cluster(tmp_path):
    """Starts a scheduler and workers; gives its address, and their processes."""
    begun = []

    def start(program, *arguments):
        command = [sys.executable, "-m", f"distributed.cli.dask_{program}", *arguments]
        log = (tmp_path / f"{program}{len(begun)}.log").open("w")
        begun.append(subprocess.Popen(command, cwd=tmp_path, stdout=log, stderr=log))
        return begun[-1]

    def make(workers, *arguments):
        file = tmp_path / "scheduler.json"
        scheduler = start(
            "scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard",
            "--scheduler-file", str(file),
        )  # fmt: skip
        wait_for(file.exists)
        address = json.loads(file.read_text())["address"]
        options = ["--nthreads", "1", "--no-dashboard", "--no-nanny", *arguments]
        return address, scheduler, [start("worker", address, *options) for _ in range(workers)]

    yield make
    for process in begun:
        process.kill()
        process.wait()


def wait_for(condition, seconds=200.0):
    until = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < until
        time.sleep(0.05)
    return found


def sweeping(folder, *arguments):
    command = [sys.executable, "-m", "gradlab.tui", *SWEEP, "--runs-dir", "runs", *arguments]
    return subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def training(folder):
    """The process that trains a run which has come some way, if there is one."""
    states = [read_state(run.parent)[0] for run in folder.glob("runs/*/*/state.json")]
    return next((s.pid for s in states if s.status == "training" and s.step > 1000), None)


def parent(pid):
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


@pytest.mark.slow
def test_a_worker_killed_loses_no_trial(cluster, tmp_path):
    address, _, workers = cluster(2)
    process = sweeping(tmp_path, "--dask", address)
    child = wait_for(lambda: training(tmp_path))
    assert parent(child) in [worker.pid for worker in workers]
    os.kill(parent(child), signal.SIGKILL)
    document = json.loads(process.communicate(timeout=280)[0])
    assert document["statuses"] == {"finished": 4}
    assert document["failed"] == []


@pytest.mark.slow
def test_a_scheduler_that_is_lost_ends_the_sweep_which_can_be_resumed(cluster, tmp_path):
    address, scheduler, _ = cluster(1)
    process = sweeping(tmp_path, "--dask", address)
    wait_for(lambda: training(tmp_path))
    scheduler.kill()
    errors = process.communicate(timeout=120)[1]
    assert process.returncode == 2
    assert "the scheduler is gone; what has ended is kept" in errors
    assert "Traceback" not in errors
    done = gradlab("sweep", "--resume", "@sweep", "--json", cwd=tmp_path)
    document = json.loads(done.out)
    assert document["statuses"] == {"finished": 4}


@pytest.mark.slow
def test_workers_that_do_not_see_the_folder_send_their_runs_back(cluster, tmp_path):
    axes = [parse_axis("optimizer.learning_rate=0.01,0.1")]
    plan = make_plan(
        "circles-tanh-5", read(resolve("circles-tanh-5")), axes, grid(axes),
        overrides=("train.epochs=2",),
    )  # fmt: skip
    address, _, _ = cluster(1, "--resources", "GPU=1")
    wait_for(lambda: "Registered" in (tmp_path / "worker1.log").read_text())
    sweep = begin(tmp_path / "runs", plan, ["gradlab"])
    with on_dask(address, tmp_path / "elsewhere", {"GPU": 1.0}) as place:
        assert (place.lanes, place.apart is not None) == (1, True)
        for _ in supervise(sweep, plan, place):
            pass
    found = outcome(sweep, plan)
    assert found.statuses == {"finished": 2}
    assert all(row.path.parent == sweep for point in found.points for row in point.rows)


@pytest.mark.slow
def test_a_cluster_without_the_resource_is_refused(cluster, tmp_path):
    address, _, _ = cluster(1)
    wait_for(lambda: "Registered" in (tmp_path / "worker1.log").read_text())
    done = gradlab(*SWEEP, "--dask", address, "--resources", "GPU=1", cwd=tmp_path)
    assert done.code == 2
    assert "no worker was started with GPU=1" in done.err
