"""`gradlab run` as a shell sees it: one JSON document, exit codes, interruption, kill -9, resume."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from io import BytesIO, TextIOWrapper
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from command import gradlab
from recorded_runs import record

from gradlab.engine.runs.followed import open_run
from gradlab.tui.cli.app import worded
from gradlab.tui.cli.training import print_result
from gradlab.tui.terminal.ascii import ERRORS

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
    (tmp_path / "long.toml").write_text(PRESET.format(depth=10, width=256, epochs=20))
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
            if open_run(run).history.step >= steps:
                return run
        time.sleep(0.2)
    raise AssertionError("the run did not get so far")


def strict(text: str) -> Any:
    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is not JSON")

    return json.loads(text, parse_constant=refuse)


def test_one_json_document_and_plain_lines_and_a_gate(folder: Path) -> None:
    done = gradlab("run", "short.toml", "--json", "--fail-on", "any", cwd=folder)
    assert done.code == 3, done.err
    document = strict(done.out)
    assert (document["status"], document["epochs"], document["steps"]) == ("finished", 2, 90)
    assert document["preset"] == "short"
    assert set(document["final"]) == {"loss", "accuracy", "val_loss", "val_accuracy"}
    first = [layer["delta_norm"]["first"] for layer in document["layers"][:-1]]
    ratios = [below / above for below, above in pairwise(first)]
    assert all(0.15 < ratio < 0.35 for ratio in ratios)
    assert any(line.startswith("epoch 1/2 ") for line in done.err.splitlines())
    assert "\x1b" not in done.err


def test_the_table_shows_the_gradient_vanish(folder: Path) -> None:
    done = gradlab("run", "short.toml", cwd=folder)
    assert done.code == 0, done.err
    rows = [line for line in done.out.splitlines() if line.startswith("dense")]
    bars = [row.count("█") for row in rows]
    assert bars[0] < bars[-1]
    assert "next: gradlab" in done.out
    assert "90 steps are fewer than learning is judged by" in done.err


def test_a_latin_terminal_gets_a_table_without_blocks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    summary = open_run(record(tmp_path)).outcome
    latin = TextIOWrapper(BytesIO(), encoding="latin-1", errors=ERRORS)
    monkeypatch.setattr(sys, "stdout", latin)
    print_result(summary)
    latin.seek(0)
    table = latin.read()
    assert "bars: log scale" in table and "####" in table and "next: gradlab" in table


def test_a_gate_on_an_unknown_finding_is_refused(folder: Path) -> None:
    done = gradlab("run", "short.toml", "--fail-on", "vanishing", cwd=folder)
    assert done.code == 2
    assert "vanishing_gradient" in done.err


def test_ctrl_c_keeps_everything(folder: Path) -> None:
    process = start(folder, "run", "long.toml", "--json")
    run = wait_for_steps(folder, 50)
    refused = gradlab("run", "long.toml", "--resume", cwd=folder)
    assert refused.code == 2
    assert f"{run.name} is being trained by process {process.pid}" in refused.err
    process.send_signal(signal.SIGINT)
    code, out, err = finish(process)
    assert code == 130
    stopped = strict(out)
    assert any(line.startswith("epoch 1/20 ") for line in err.splitlines())
    assert "\x1b" not in err
    assert stopped["status"] == "stopped"
    assert open_run(run).history.step == stopped["steps"]

    done = gradlab("run", "long.toml", "--resume", "-q", cwd=folder)
    assert (done.code, done.out) == (0, ""), done.err
    finished = open_run(run).history
    assert finished.finished is not None and finished.finished.status == "finished"
    assert finished.step == 20 * 45
    assert len(finished.epochs) == 20


@pytest.mark.slow
def test_kill_9_loses_a_second(folder: Path) -> None:
    process = start(folder, "run", "long.toml", "-q")
    run = wait_for_steps(folder, 100)
    recorded = open_run(run).history
    process.kill()
    died = time.time()
    finish(process)
    reader = open_run(run)
    history = reader.history
    assert history.step >= recorded.step
    assert died - history.steps.times[-1] < 2.0
    assert reader.liveness == "dead"


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
    done = gradlab(*arguments, cwd=folder)
    assert (done.code, done.out) == (2, "")
    assert said in done.err
    assert "Traceback" not in done.err


def test_a_run_directory_that_goes_away_is_told(folder: Path) -> None:
    def remove() -> None:
        # A file that is put in place meanwhile may keep the directory.
        shutil.rmtree(wait_for_steps(folder, 20), ignore_errors=True)

    remover = threading.Thread(target=remove)
    remover.start()
    done = gradlab("run", "long.toml", "--set", "train.epochs=8", cwd=folder)
    remover.join()
    assert done.code == 1
    assert "Traceback" not in done.err
    assert done.err.count("gradlab: recording stopped") == 1
    assert "not all of it is saved" in done.out


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_output_that_cannot_be_written_is_one_message() -> None:
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-m", "gradlab.tui", "presets", "list"]
        done = subprocess.run(
            command, stdout=full, stderr=subprocess.PIPE, text=True, timeout=PATIENCE
        )
    assert done.returncode == 1
    assert done.stderr == "gradlab: cannot write to stdout: No space left on device\n"


@pytest.mark.parametrize(
    ("words", "full"),
    [
        (["churn.toml", "--ascii"], ["--preset", "churn.toml", "--ascii"]),
        (["run", "churn.toml"], ["run", "churn.toml"]),
        (["--preset", "churn.toml"], ["--preset", "churn.toml"]),
        ([], []),
    ],
)
def test_a_path_as_the_first_word_opens_it_in_the_lab(words, full):
    assert worded(words) == full
