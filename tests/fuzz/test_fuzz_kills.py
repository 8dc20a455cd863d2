"""Killed at any moment and resumed to its end, a run is what it would have been without."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import keras
import numpy as np
import pytest
from command import gradlab
from hypothesis import settings

from gradlab.engine.runs.followed import RecordedRun, open_run

PRESETS = {
    "plateau": """
        data = { name = "digits", scale = "unit", options = { rows = 600 } }
        model = { depth = 2, width = 24, dropout = 0.2, normalization = "before" }
        optimizer = { name = "adam", learning_rate = 0.01 }
        [train]
        epochs = 120
        early_stopping = { patience = 40, restore_best_weights = true }
        reduce_lr_on_plateau = { patience = 2, factor = 0.5, min_delta = 0.01, cooldown = 1 }
    """,
    "noise": """
        data = { name = "circles", options = { n_samples = 2000, noise = 0.1 } }
        model = { depth = 3, width = 16, noise = { input = 0.1, after = 0.05 } }
        optimizer = { name = "adam", use_ema = true, ema_momentum = 0.9 }
        train = { epochs = 60, gradient_noise = 0.01, weight_noise = 0.01 }
    """,
    "recurrent": """
        data = { name = "adding", options = { n_samples = 600, T = 12 } }
        model = { family = "rnn", cell = "GRU", width = 12, dropout = 0.1, recurrent_dropout = 0.1 }
        optimizer = { name = "rmsprop", clipnorm = 1.0 }
        train = { epochs = 30 }
    """,
    "together": """
        data = { name = "moons", options = { n_samples = 1000, noise = 0.2 } }
        model = { depth = 3, width = 8 }
        train = { epochs = 800, batch_size = 100, early_stopping = { patience = 700, min_delta = 0.2 } }
        [optimizer]
        name = "sgd"
        learning_rate = { name = "cosine_decay", initial_learning_rate = 0.1, decay_steps = 2400 }
    """,
}
KILLS = max(settings.get_profile(settings.get_current_profile_name()).max_examples // 40, 2)
"""For each preset; 200 of the four with the long profile."""


def images(preset: str, folder: Path, number: int, seed: int) -> tuple[Path, list[Path]]:
    """Train once, and copy what a kill would leave at moments that the seed chooses.

    A process that is halted has written what a killed one has, and goes on undisturbed.

    Returns: the run that came to its end, and its copies.
    """
    draw, copies = random.Random(seed), []
    (folder / "preset.toml").write_text(preset)
    runs = folder / "runs"
    process = subprocess.Popen(
        [sys.executable, "-m", "gradlab.tui", "run", "preset.toml", "-q", "--runs-dir", str(runs)],
        cwd=folder,
    )
    while not any(runs.glob("*/state.json")):
        assert process.poll() is None, "the training has not begun"
        time.sleep(0.01)
    (run,) = runs.iterdir()
    while process.poll() is None and len(copies) < number:
        time.sleep(draw.expovariate(1 / 0.4) if copies else draw.uniform(0, 2))
        os.kill(process.pid, signal.SIGSTOP)
        try:
            copies.append(folder / f"killed-{len(copies)}" / run.name)
            shutil.copytree(run, copies[-1])
        finally:
            os.kill(process.pid, signal.SIGCONT)
    assert process.wait() == 0
    return run, copies


def said(run: RecordedRun) -> dict[str, object]:
    """What a run says that no clock has a part in."""
    history = run.history
    assert history.finished is not None and not run.damage
    return {
        "end": (history.finished.status, history.finished.reason, history.finished.step),
        "test": history.finished.test,
        "epochs": [(epoch.epoch, epoch.step, epoch.logs) for epoch in history.epochs],
        "probes": [(probe.epoch, probe.step) for probe in history.probes],
        "findings": [(f.problem, f.first_step, f.layers) for f in history.standing],
    }


@pytest.mark.parametrize("name", PRESETS)
def test_killed_and_resumed_it_is_the_same_run(name: str, tmp_path: Path) -> None:
    if KILLS < 10 and name != "together":
        pytest.skip("with --hypothesis-profile=long")
    whole, killed = images(PRESETS[name], tmp_path, KILLS, seed=KILLS)
    expected = open_run(whole)
    model = keras.models.load_model(whole / "checkpoint" / "model.keras", compile=False)
    for copy in killed:
        if open_run(copy).history.finished is None:
            done = gradlab("run", copy.name, "--resume", "-q", "--runs-dir", str(copy.parent))
            assert done.code == 0, f"{copy.parent.name}: {done.err}"
        resumed = open_run(copy)
        assert said(resumed) == said(expected), copy.parent.name
        ours, theirs = resumed.history.steps, expected.history.steps
        np.testing.assert_array_equal(ours.steps, theirs.steps, copy.parent.name)
        np.testing.assert_array_equal(ours.values, theirs.values, copy.parent.name)
        again = keras.models.load_model(copy / "checkpoint" / "model.keras", compile=False)
        for one, other in zip(again.get_weights(), model.get_weights(), strict=True):
            np.testing.assert_array_equal(one, other, copy.parent.name)
