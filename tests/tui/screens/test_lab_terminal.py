"""The command in a real terminal: keys, resizes, signals, crashes, and what is left on disk."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from command import gradlab
from terminal import Terminal

from gradlab.engine.runs.followed import open_run
from gradlab.tui.app import GradlabApp
from gradlab.tui.screens.lab import LabScreen
from gradlab.tui.widgets.chart import Chart
from gradlab.tui.widgets.findings import FindingsPanel
from gradlab.tui.widgets.heatmap import Heatmap
from gradlab.tui.widgets.slot import Slot

PRESET = """
[data]
name = "digits"
scale = "unit"
options = {{ rows = 200 }}
[model]
depth = 3
width = 16
activation = "sigmoid"
[train]
epochs = {epochs}
jit = "off"
"""
RESTORED = b"\x1b[?1049l"
"""What takes a terminal back from the alternate screen."""


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Callable[..., Terminal]]:
    """Starts the command on a small preset; ends whatever is left of it."""
    started: list[Terminal] = []

    def start(epochs: int = 3, script: str = "", **size) -> Terminal:
        preset = tmp_path / "small.toml"
        preset.write_text(PRESET.format(epochs=epochs))
        arguments = ["--preset", str(preset), "--runs-dir", str(tmp_path / "runs")]
        program = ["-m", "gradlab.tui"] if not script else ["-c", script]
        started.append(Terminal([*program, *arguments], EDITOR="true", HOME=str(tmp_path), **size))
        started[-1].wait_for("not started")
        return started[-1]

    yield start
    for terminal in started:
        terminal.close()


def the_run(tmp_path: Path) -> Path:
    """The one run directory."""
    return next((tmp_path / "runs").iterdir())


def training(tmp_path: Path, steps: int = 50) -> Callable[[], bool]:
    """Whether a run has recorded some steps."""

    def so() -> bool:
        runs = list((tmp_path / "runs").glob("*/state.json"))
        return bool(runs) and json.loads(runs[0].read_text())["step"] > steps

    return so


def state(tmp_path: Path) -> dict:
    return json.loads((the_run(tmp_path) / "state.json").read_text())


def states(tmp_path: Path) -> set[str]:
    """What the runs are doing."""
    files = (tmp_path / "runs").glob("*/state.json")
    return {json.loads(file.read_text())["status"] for file in files}


def bound_keys() -> list[str]:
    """Every key of the lab but those that leave it or hand the terminal over."""
    leaving = {"app.quit", "app.interrupt", "app.suspend"}
    return [
        key.strip()
        for kind in (GradlabApp, LabScreen, Slot, Chart, Heatmap, FindingsPanel)
        for binding in kind.__dict__["BINDINGS"]
        if binding.id not in leaving
        for key in binding.key.split(",")
    ]


def test_every_key_and_fifty_sizes_then_quit(lab, tmp_path):
    terminal = lab()
    terminal.press("r")
    terminal.wait_for("finished")
    for key in bound_keys():
        terminal.press(key)
        time.sleep(0.05)
        assert terminal.exited() is None, f"{key} ended the lab: {terminal.text[-3000:]}"
        terminal.press("escape")
        time.sleep(0.15)
    for number in range(50):
        terminal.resize(20 + 37 * number % 190, 6 + 13 * number % 55)
        time.sleep(0.02)
    terminal.resize(100, 30)
    time.sleep(0.5)
    for _ in range(2):
        terminal.press("escape")
        time.sleep(0.5)
    seen = len(terminal.output)
    terminal.press("q")
    question = b"Stop it, keep"
    terminal.wait_for(lambda: terminal.exited() is not None or question in terminal.output[seen:])
    if terminal.exited() is None:
        # A run that one of the keys began still trains.
        terminal.press("y")
    assert terminal.wait() == 0
    assert RESTORED in terminal.output[-500:]
    assert "Traceback" not in terminal.text
    assert states(tmp_path) <= {"finished", "stopped"}


def test_q_while_training_asks_once_then_stops_and_leaves(lab, tmp_path):
    terminal = lab(epochs=100_000)
    terminal.press("r")
    terminal.wait_for(training(tmp_path))
    terminal.press("q")
    terminal.wait_for("Stop it, keep what it has recorded")
    terminal.press("y")
    assert terminal.wait() == 0
    assert state(tmp_path)["status"] == "stopped"


def test_ctrl_c_stops_training_and_q_does_not_ask_about_one_that_is_stopping(lab, tmp_path):
    terminal = lab(epochs=100_000)
    terminal.press("r")
    terminal.wait_for(training(tmp_path))
    terminal.press("ctrl+c")
    terminal.wait_for(lambda: state(tmp_path)["status"] == "stopped")
    assert terminal.exited() is None
    terminal.press("r")
    terminal.wait_for(lambda: "training" in states(tmp_path))
    terminal.press("ctrl+c", "q")
    assert terminal.wait() == 0
    assert states(tmp_path) == {"stopped"}
    assert "Stop it, keep" not in terminal.text


def test_a_lost_connection_lets_the_training_end(lab, tmp_path):
    terminal = lab(epochs=1_500)
    terminal.press("r")
    terminal.wait_for(training(tmp_path))
    terminal.press("p")
    terminal.wait_for(lambda: state(tmp_path)["status"] == "paused")  # nobody could go on with it
    terminal.hang_up()
    at = state(tmp_path)["step"]
    assert terminal.wait() == 128 + signal.SIGHUP
    assert state(tmp_path)["status"] == "finished" and state(tmp_path)["step"] == 7_500 > at


def test_sigterm_stops_what_a_hang_up_has_left_training(lab, tmp_path):
    terminal = lab(epochs=100_000)
    terminal.press("r")
    terminal.wait_for(training(tmp_path))
    terminal.hang_up()
    at = state(tmp_path)["step"]
    end = time.monotonic() + 60
    while state(tmp_path)["step"] < at + 500:
        assert time.monotonic() < end
        time.sleep(0.2)
    os.kill(terminal.pid, signal.SIGTERM)
    assert terminal.wait() == 128 + signal.SIGHUP
    assert state(tmp_path)["status"] == "stopped"
    assert (the_run(tmp_path) / "checkpoint" / "resume.npz").exists()


def test_sigterm_checkpoints_and_restores_the_terminal(lab, tmp_path):
    terminal = lab(epochs=100_000)
    terminal.press("r")
    terminal.wait_for(training(tmp_path))
    os.kill(terminal.pid, signal.SIGTERM)
    assert terminal.wait() == 128 + signal.SIGTERM
    assert state(tmp_path)["status"] == "stopped"
    assert (the_run(tmp_path) / "checkpoint" / "resume.npz").exists()
    assert RESTORED in terminal.output[-500:]


def test_sigkill_leaves_a_run_that_can_be_read(lab, tmp_path):
    terminal = lab(epochs=100_000)
    terminal.press("r")
    terminal.wait_for(training(tmp_path, 500))
    step = state(tmp_path)["step"]
    os.kill(terminal.pid, signal.SIGKILL)
    assert terminal.wait() == -signal.SIGKILL
    reader = open_run(the_run(tmp_path))
    assert reader.liveness != "live"
    history = reader.history
    assert history.step >= step - 500 and history.steps.has("", "loss")


def test_a_crash_restores_the_terminal_keeps_the_run_and_exits_1(lab, tmp_path):
    broken = """
import gradlab.tui.screens.lab as lab
def fail(self): raise ZeroDivisionError("a mistake in the lab")
lab.LabScreen.action_copy = fail
from gradlab.tui.cli import main
main()
"""
    terminal = lab(epochs=100_000, script=broken)
    terminal.press("r")
    terminal.wait_for(training(tmp_path))
    terminal.press("Y")
    assert terminal.wait() == 1
    assert RESTORED in terminal.output
    assert "a mistake in the lab" in terminal.text
    assert "the run is kept" in terminal.text
    assert state(tmp_path)["status"] == "stopped"


def test_ctrl_z_hands_the_terminal_back_and_fg_returns(lab):
    terminal = lab()
    terminal.press("ctrl+z")
    _, status = os.waitpid(terminal.pid, os.WUNTRACED)
    assert os.WIFSTOPPED(status)
    seen = len(terminal.output)
    os.kill(terminal.pid, signal.SIGCONT)
    terminal.wait_for(lambda: b"not started" in terminal.output[seen:])
    terminal.press("ctrl+c")
    assert terminal.wait() == 0


@pytest.mark.parametrize("environment", [{}, {"TERM": "dumb"}])
def test_without_a_terminal_it_says_so_and_exits_2(environment):
    done = gradlab(**environment)
    assert (done.code, done.out) == (2, "")
    assert "gradlab run" in done.err


def test_a_wrong_preset_is_an_error_before_the_screen_opens():
    terminal = Terminal(["-m", "gradlab.tui", "--preset", "vanishing-sigmoit"])
    assert terminal.wait() == 2
    assert 'no preset is called "vanishing-sigmoit"' in terminal.text
    assert RESTORED not in terminal.output
    terminal.close()
