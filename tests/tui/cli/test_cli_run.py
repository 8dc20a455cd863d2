"""`gradlab run` as a shell sees it: one JSON document, exit codes, interruption, kill -9, resume."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from gradlab.engine.runs.reader import RunReader

PRESET = """
title = "A small net that vanishes"

[data]
name = "digits"
scale = "unit"

[model]
family = "mlp"
depth = {depth}
width = {width}
activation = "sigmoid"

[train]
epochs = {epochs}
"""

PATIENCE = 120


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "short.toml").write_text(PRESET.format(depth=6, width=32, epochs=2))
    (tmp_path / "long.toml").write_text(PRESET.format(depth=10, width=256, epochs=40))
    return tmp_path


def start(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "gradlab.tui", *arguments],
        cwd=folder,
        env=os.environ | {"GRADLAB_RUNS": "runs"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=PATIENCE)
    return process.returncode, out, err


def wait_for_steps(folder: Path, steps: int) -> Path:
    """The only run of a folder, once it has recorded so many steps."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        for run in folder.glob("runs/2*"):
            if RunReader(run).history().step >= steps:
                return run
        time.sleep(0.2)
    raise AssertionError("the run did not get so far")


def strict(text: str) -> Any:
    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is not JSON")

    return json.loads(text, parse_constant=refuse)


def test_one_json_document_and_plain_lines(folder: Path) -> None:
    code, out, err = finish(start(folder, "run", "short.toml", "--json"))
    assert code == 0, err
    document = strict(out)
    assert (document["status"], document["epochs"], document["steps"]) == ("finished", 2, 90)
    assert document["preset"] == "short"
    assert set(document["final"]) == {"loss", "accuracy", "val_loss", "val_accuracy"}
    first = [layer["delta_norm"]["first"] for layer in document["layers"][:-1]]
    ratios = [below / above for below, above in pairwise(first)]
    assert all(0.15 < ratio < 0.35 for ratio in ratios)
    assert any(line.startswith("epoch 1/2 ") for line in err.splitlines())
    assert "\x1b" not in err


def test_the_table_shows_the_gradient_vanish(folder: Path) -> None:
    code, out, err = finish(start(folder, "run", "short.toml"))
    assert code == 0, err
    rows = [line for line in out.splitlines() if line.startswith("dense")]
    bars = [row.count("█") for row in rows]
    assert bars[0] < bars[-1]
    assert "next: gradlab" in out


def test_fail_on_makes_a_gate(folder: Path) -> None:
    arguments = ["run", "short.toml", "-q", "--set", "optimizer.learning_rate=1e-12"]
    code, out, err = finish(start(folder, *arguments, "--fail-on", "any"))
    assert code == 3, err
    assert out == ""
    code, _, err = finish(start(folder, "run", "short.toml", "--fail-on", "vanishing"))
    assert code == 2
    assert "vanishing_gradient" in err


def test_ctrl_c_keeps_everything_and_kill_9_loses_a_second(folder: Path) -> None:
    process = start(folder, "run", "long.toml", "--json")
    run = wait_for_steps(folder, 50)
    code, _, err = finish(start(folder, "run", "long.toml", "--resume"))
    assert code == 2
    assert f"{run.name} is being trained by process {process.pid}" in err
    process.send_signal(signal.SIGINT)
    code, out, _ = finish(process)
    assert code == 130
    stopped = strict(out)
    assert stopped["status"] == "stopped"
    assert RunReader(run).history().step == stopped["steps"]

    process = start(folder, "run", "long.toml", "--resume", "-q")
    wait_for_steps(folder, stopped["steps"] + 100)
    recorded = RunReader(run).history()
    process.kill()
    died = time.time()
    finish(process)
    reader = RunReader(run)
    history = reader.history()
    assert history.step >= recorded.step
    assert died - history.steps.times[-1] < 2.0
    assert reader.liveness == "dead"

    code, _, err = finish(start(folder, "run", "long.toml", "--resume", "-q"))
    assert code == 0, err
    finished = RunReader(run).history()
    assert finished.finished is not None and finished.finished.status == "finished"
    assert finished.step == 40 * 45
    assert len(finished.epochs) == 40


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run", "vanishing-sigmod"], "vanishing-sigmoid"),
        (["run", "short.toml", "--set", "model.activation=rely"], "relu"),
        (["run", "short.toml", "--set", "model.widht=3"], "width"),
        (["run", "short.toml", "--set", "train.batch_size=5000"], "batch_size"),
        (["run", "short.toml", "--resume"], "resume"),
    ],
)
def test_mistakes_get_one_message(arguments: list[str], said: str, folder: Path) -> None:
    code, out, err = finish(start(folder, *arguments))
    assert code == 2
    assert out == ""
    assert said in err
    assert "Traceback" not in err


def test_a_run_directory_that_goes_away_is_told(folder: Path) -> None:
    process = start(folder, "run", "long.toml", "--set", "train.epochs=8")
    shutil.rmtree(wait_for_steps(folder, 20))
    code, out, err = finish(process)
    assert code == 1
    assert "Traceback" not in err
    assert err.count("gradlab: ") == 1
    assert "not all of it is saved" in out


def test_a_latin_terminal_gets_a_table_without_blocks(folder: Path) -> None:
    environment = os.environ | {"PYTHONIOENCODING": "latin-1"}
    command = [sys.executable, "-m", "gradlab.tui", "run", "short.toml", "--runs-dir", "runs"]
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, timeout=PATIENCE
    )
    assert done.returncode == 0, done.stderr
    assert b"to 1e" in done.stdout and b"next: gradlab" in done.stdout


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_output_that_cannot_be_written_is_one_message() -> None:
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-m", "gradlab.tui", "presets", "list"]
        done = subprocess.run(
            command, stdout=full, stderr=subprocess.PIPE, text=True, timeout=PATIENCE
        )
    assert done.returncode == 1
    assert done.stderr == "gradlab: cannot write to stdout: No space left on device\n"
