"""What the lab costs, through a real pseudo-terminal: python tests/bench/lab.py [FIGURE...]

Prints the throughput of training with the lab open over that without a screen, the delay of the event
loop, the time from a key to a changed cell, the bytes sent at 160x50, how soon 1,000 runs are listed, how
far the lab lags behind a run that another process trains, and the growth of memory over a million replayed
steps. All figures of a line come from one run of this program.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[1] / "tui"))

from terminal import Terminal

from gradlab.engine.runs.followed import open_run

PRESET = """
[data]
name = "digits"
scale = "unit"
[model]
depth = 12
width = 256
activation = "relu"
initializer = "he_normal"
[train]
epochs = {epochs}
"""

LAB = """
import asyncio, json, sys, time
from gradlab.tui.app import GradlabApp
delays = []
async def watch():
    while True:
        began = time.perf_counter()
        await asyncio.sleep(0.005)
        delays.append((began, time.perf_counter() - began - 0.005))
original = GradlabApp.on_mount
def on_mount(self):
    original(self)
    self.watching = asyncio.create_task(watch())
GradlabApp.on_mount = on_mount
from gradlab.tui.cli import main
try:
    main()
finally:
    json.dump(delays, open({path!r}, "w"))
"""

EPOCHS = 60
"""Length of a training whose speed is measured: about ten seconds."""

TURNS = 2

WINDOW = 225
"""Steps of a window: five epochs."""

TRAINING_SECONDS = 25


def main() -> None:
    """Print all figures, or those that are named: first-frame, throughput, screen, runs, memory."""
    named = sys.argv[1:] or ["first-frame", "throughput", "screen", "runs", "memory"]
    # Figures come minutes apart; into a file or a pipe, too, each is written when it is known.
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    load = ", ".join(f"{minutes:.1f}" for minutes in os.getloadavg())
    print(f"load of the machine before        {load} on {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        preset = folder / "bench.toml"
        preset.write_text(PRESET.format(epochs=EPOCHS))
        if "first-frame" in named:
            report_first_frame(preset)
        if "throughput" in named:
            report_throughput(preset, folder)
        if "screen" in named:
            report_screen(preset, folder)
        if "runs" in named:
            asyncio.run(report_runs(folder / "many"))
            asyncio.run(report_lag(folder / "watched"))
    if "memory" in named:
        asyncio.run(report_memory())


def state(runs: Path) -> str:
    states = list(runs.glob("*/state.json"))
    return json.loads(states[0].read_text())["status"] if states else ""


def report_first_frame(preset: Path) -> None:
    """Time from starting the command to its first words on the screen, and to the whole lab."""
    words, whole = [], []
    for _ in range(3):
        terminal = Terminal(["-m", "gradlab.tui", "--preset", str(preset)])
        terminal.wait_for("not started")
        output = bytes(terminal.output)
        for found, text in ((words, b"opening the lab"), (whole, b"not started")):
            at = next(at for at, length in terminal.times if text in output[:length])
            found.append(at - terminal.began)
        terminal.press("q")
        terminal.wait()
        terminal.close()
    print(f"first words, whole lab, seconds   {min(words):10.2f} {min(whole):.2f}   (at most 0.5)")


def report_throughput(preset: Path, folder: Path) -> None:
    """Steps a second with the lab open over those without, in turn, so that both meet the same load."""
    windows: dict[str, list[float]] = {"lab": [], "headless": []}
    for turn in range(TURNS):
        ways = [("headless", headless), ("lab", in_the_lab)]
        for way, trained in ways if turn % 2 == 0 else ways[::-1]:
            runs = folder / f"{way}-{turn}"
            trained(preset, runs)
            windows[way] += window_speeds(runs).tolist()
    # Other programs can only slow a window down: the upper quartile is the least disturbed figure.
    seen, alone = (np.quantile(windows[way], 0.75) for way in ("lab", "headless"))
    print(f"steps/s with the lab, without     {seen:10,.0f} {alone:10,.0f}")
    print(f"throughput with the lab open      {seen / alone:10.3f}   (at least 0.95)")


def headless(preset: Path, runs: Path) -> None:
    """Train without a screen."""
    subprocess.run(
        [sys.executable, "-m", "gradlab.tui", "run", str(preset), "-q", "--runs-dir", str(runs)],
        check=True, capture_output=True,
    )  # fmt: skip


def in_the_lab(preset: Path, runs: Path) -> None:
    """Train with the lab open at 120x40."""
    terminal = Terminal(["-m", "gradlab.tui", "--preset", str(preset), "--runs-dir", str(runs)])
    terminal.wait_for("not started")
    terminal.press("r")
    terminal.wait_for(lambda: state(runs) == "finished", 120)
    terminal.press("q")
    terminal.wait(30)
    terminal.close()


def window_speeds(runs: Path) -> np.ndarray:
    """Steps a second in each window of the second half, which has no compilation in it [windows]."""
    records = open_run(next(runs.iterdir())).history.steps
    # A window lasts a second or two: longer than the time between two drawings.
    marks = np.arange(len(records) // 2, len(records), WINDOW)
    return np.diff(records.steps[marks]) / np.diff(records.times[marks])


def report_screen(preset: Path, folder: Path) -> None:
    """Delay of the event loop, response to keys, and bytes, at 160x50 while training."""
    preset.write_text(PRESET.format(epochs=100_000))
    log, runs = folder / "delays.json", folder / "runs"
    terminal = Terminal(
        ["-c", LAB.format(path=str(log)), "--preset", str(preset), "--runs-dir", str(runs)],
        size=(160, 50),
    )
    terminal.wait_for("not started")
    terminal.press("r")
    terminal.wait_for(lambda: state(runs) == "training")
    time.sleep(10)
    first, began = len(terminal.output), time.perf_counter()
    time.sleep(TRAINING_SECONDS)
    rate = (len(terminal.output) - first) / TRAINING_SECONDS
    ended = time.perf_counter()
    responses = [response(terminal, key) for key in "1232" * 10]
    terminal.press("ctrl+c")
    terminal.wait_for(lambda: state(runs) == "stopped")
    terminal.press("q")
    terminal.wait()
    terminal.close()
    delays = [d for at, d in json.loads(log.read_text()) if began < at < ended]
    p50, p99, most = (float(np.quantile(delays, q)) * 1e3 for q in (0.5, 0.99, 1.0))
    print(f"event loop delay p50, p99, max ms {p50:10.1f} {p99:.1f} {most:.1f}   (p99 at most 20)")
    p95 = np.quantile([r for r in responses if r is not None], 0.95) * 1e3
    lost = sum(r is None for r in responses)
    print(f"key to changed cell p95, ms       {p95:10.1f}   (at most 60; {lost} of 40 lost)")
    print(f"bytes/s at 160x50                 {rate:10,.0f}   (at most 3,000)")


def response(terminal: Terminal, key: str) -> float | None:
    """Seconds from a key that moves the focus to the double rule of the panel that gets it."""
    seen = len(terminal.output)
    began = time.monotonic()
    os.write(terminal.master, key.encode())
    while time.monotonic() < began + 2:
        if "═".encode() in terminal.output[seen:]:
            # Wait for the end of the burst, so that the next key meets a quiet loop.
            elapsed = time.monotonic() - began
            time.sleep(0.21)
            return elapsed
        time.sleep(0.001)
    return None


async def report_runs(root: Path) -> None:
    """Time from asking for the table of 1,000 runs to seeing it."""
    from recorded_runs import record_many

    from gradlab.tui.app import GradlabApp
    from gradlab.tui.screens.runs import RunsScreen

    record_many(root, 1000)
    app = GradlabApp(preset="vanishing-sigmoid", runs_dir=root, refresh=10)
    async with app.run_test(size=(160, 50)) as pilot:
        began = time.perf_counter()
        await app.switch_mode("runs")
        screen = app.screen
        assert isinstance(screen, RunsScreen)
        while len(screen.shown) < 1000:
            await pilot.pause(0.01)
    print(f"1,000 runs on the screen, seconds {time.perf_counter() - began:10.2f}   (at most 0.5)")


async def report_lag(root: Path) -> None:
    """How long after its writer the screen knows a step of another process."""
    import recorded_runs

    from gradlab.tui.app import GradlabApp
    from gradlab.tui.screens.watch import WatchScreen

    writer = subprocess.Popen(
        [sys.executable, recorded_runs.__file__, str(root)], stdout=subprocess.PIPE, text=True
    )
    assert writer.stdout is not None
    path = Path(writer.stdout.readline().strip())
    app = GradlabApp(preset="vanishing-sigmoid", runs_dir=root, watch=path)
    lags = []
    async with app.run_test(size=(120, 40)) as pilot:
        while not (isinstance(app.screen, WatchScreen) and app.screen.run.history.step):
            await pilot.pause(0.05)
        for _ in range(10):
            told, when = writer.stdout.readline().split()
            while time.monotonic() - float(when) > 0.05:
                told, when = writer.stdout.readline().split()
            while app.screen.run.history.step < int(told):
                await pilot.pause(0.02)
            lags.append(time.monotonic() - float(when))
    writer.kill()
    writer.wait()
    median, most = np.median(lags), max(lags)
    print(f"behind another's run, median, max {median:10.2f} {most:.2f} seconds   (at most 1.5)")


async def report_memory() -> None:
    """Growth of the process between the first 100,000 and a million replayed steps."""
    from charts_history import history, rows

    from gradlab.engine.preset.load import load
    from gradlab.engine.stream.events import Epoch, Event
    from gradlab.tui.app import GradlabApp
    from gradlab.tui.followed.live import LiveRun

    app = GradlabApp(preset="vanishing-sigmoid", runs_dir=Path(tempfile.gettempdir()), refresh=20)
    sizes: dict[int, float] = {}
    async with app.run_test(size=(160, 50)) as pilot:
        run = LiveRun(load("vanishing-sigmoid"), name="replayed", runs_dir=None)
        started = history(1, 12).started
        assert started is not None
        events: list[Event] = [started]
        run.session.drain = lambda: [events.pop(0) for _ in range(len(events))]  # type: ignore[method-assign]
        app.lab_screen.started = [run]
        await app.lab_screen.stage.show_runs([run])
        for first in range(0, 1_000_000, 2_000):
            events.append(rows(first, first + 2_000, 12))
            if first % 10_000 == 0:
                events.append(Epoch(first // 10_000, first, {"loss": 1.0, "val_loss": 1.0}, 1.0))
            await pilot.pause(0.01)
            while events:
                await pilot.pause(0.01)
            if first + 2_000 in (100_000, 1_000_000):
                sizes[first + 2_000] = resident()
    growth = sizes[1_000_000] / sizes[100_000] - 1
    print(f"memory after 1e5, 1e6 steps, MB   {sizes[100_000]:10.0f} {sizes[1_000_000]:.0f}")
    print(f"growth of memory                  {growth:10.1%}   (less than 5 %)")


def resident() -> float:
    """Resident memory of this process in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


if __name__ == "__main__":
    main()
