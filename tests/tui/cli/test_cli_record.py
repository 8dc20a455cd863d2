"""`gradlab record`: somebody's script runs as it does without, and leaves a run."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from gradlab.engine.runs.followed import open_run

RECORD = (sys.executable, "-m", "gradlab.tui", "record")
UNUSED = "gradlab: nothing was recorded: mine.py called no fit of Keras 3"

SCRIPT = """
import sys
import tensorflow, keras, numpy as np
keras.utils.set_random_seed(1)
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, "tanh"), keras.layers.Dense(1)])
model.compile("sgd", "mse")
x = np.ones((32, 4)); y = np.ones(32)
print(model.fit(x, y, epochs=2, verbose=0).history)
print("said", sys.argv, __name__, __file__, sys.path[0], "\\x1b[1m")
raise ValueError("own fault \\x1b[1m")
"""


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(arguments, cwd=folder, capture_output=True, text=True, timeout=250)


def test_a_script_is_recorded_and_ends_as_it_would_have(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(SCRIPT)
    alone = run(tmp_path, sys.executable, "mine.py", "--seed", "3")
    done = run(tmp_path, *RECORD, "--name", "tried", "mine.py", "--seed", "3")
    assert (done.returncode, done.stdout) == (alone.returncode, alone.stdout)
    assert done.stderr.endswith(alone.stderr[alone.stderr.index("Traceback") :])
    (path,) = (tmp_path / "runs").iterdir()
    recorded = open_run(path)
    assert recorded.history.status.status == "finished"
    assert len(recorded.history.steps) == 2
    assert recorded.info["name"] == "tried"
    assert recorded.info["argv"] == ["mine.py", "--seed", "3"]
    assert (path / "script.py").read_text() == SCRIPT
    assert '"tanh"' in (path / "model.json").read_text()


@pytest.mark.parametrize("way", [["mine.py"], ["-m", "mine"]])
def test_a_script_without_a_fit_keeps_its_exit_code_and_one_sentence_says_so(
    tmp_path: Path, way: list[str]
) -> None:
    # What is forked says nothing of its own.
    (tmp_path / "mine.py").write_text("import os, sys\npid = os.fork()\nsys.exit(3)")
    done = run(tmp_path, *RECORD, *way)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == UNUSED.replace("mine.py", way[-1]) + "\n"
    assert not (tmp_path / "runs").exists()


def test_control_c_ends_the_script_as_it_would_have(tmp_path: Path) -> None:
    waiting = "for _ in range(2000): time.sleep(0.1)"
    (tmp_path / "mine.py").write_text(f"import time\nprint('up', flush=True)\n{waiting}")
    with subprocess.Popen(
        [*RECORD, "mine.py"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as script:
        assert script.stdout is not None
        assert script.stdout.readline() == "up\n"
        script.send_signal(signal.SIGINT)
        _, said = script.communicate(timeout=100)
    assert script.returncode == -signal.SIGINT
    assert said.startswith("Traceback (most recent call last):\n  File ")
    assert "gradlab" not in said.replace(UNUSED, "")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["none.py"], "none.py is not a file; record takes a Python script, or -m MODULE"),
        (["-m", "no.such"], "there is no module no.such; record -m takes its name"),
    ],
)
def test_what_is_not_there_is_one_sentence(tmp_path: Path, arguments: list[str], said: str) -> None:
    done = run(tmp_path, *RECORD, *arguments)
    assert done.returncode == 1
    assert done.stderr.startswith(f"gradlab: {said}")
    assert done.stderr.count("\n") == 1
