"""Repeats, jobs and the suggested learning rate against what there is without them; ratios from one run.

    python tests/bench/sweeps.py repeats [--seeds 30]  30 trainings, against the fastest `fit` there is
    python tests/bench/sweeps.py jobs                  two trainings at a time, against one
    python tests/bench/sweeps.py grid                  a grid of 100 learning rates: how often it compiles
    python tests/bench/sweeps.py rates [PRESET]...     the suggested rate against the best of a grid

`fit` trains one seed for each way to compile it; the fastest counts, times the number of seeds.
"""

from __future__ import annotations

import argparse
import json
import math
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import keras
from steps import keras_twin

from gradlab.engine.data.load import load_data
from gradlab.engine.preset.load import load, resolve

WAYS = [
    {"jit_compile": jit, "steps_per_execution": steps} for jit in (False, True) for steps in (1, 50)
]
"""Arguments of `compile` that make `fit` faster, or not."""

RATES = "optimizer.learning_rate=log(1e-5..10,13)"
"""Two learning rates for each power of ten."""

WITHIN = 0.1
"""A suggestion is good if its loss is at most so much above the best of the grid, as a share of it."""


def gradlab(*arguments: str, cwd: Path) -> tuple[float, str]:
    """Seconds that a command takes, and what it prints."""
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "gradlab.tui", *arguments],
        cwd=cwd, check=True, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    return time.perf_counter() - began, done.stdout


def processor(whose: int) -> float:
    """Seconds of the processor so far, of this process or of those that it has waited for."""
    used = resource.getrusage(whose)
    return used.ru_utime + used.ru_stime


def fit_seconds(name: str) -> list[tuple[float, float]]:
    """What training a preset's one seed by `fit` takes for each way, build and compilation included.

    Returns:
        seconds of the clock and of the processor.
    """
    path = resolve(name)
    preset = load(path)
    data = load_data(preset.data, base=path.parent, seed=preset.seed)
    held_out = (data.validation.x, data.validation.y) if data.validation else None
    taken = []
    for way in WAYS:
        keras.utils.set_random_seed(preset.seed)
        began, used = time.perf_counter(), processor(resource.RUSAGE_SELF)
        model = keras_twin(preset, data)
        model.compile(model.optimizer, model.loss, metrics=["accuracy"], **way)
        model.fit(
            data.train.x, data.train.y, batch_size=preset.train.batch_size,
            epochs=preset.train.epochs, validation_data=held_out, verbose=0,
        )  # fmt: skip
        told = f"jit {way['jit_compile']}, {way['steps_per_execution']} steps per execution"
        clock, work = time.perf_counter() - began, processor(resource.RUSAGE_SELF) - used
        taken.append((clock, work))
        print(f"  fit, {told}: {clock:.1f} s a seed, {work:.1f} s of the processor", flush=True)
    return taken


def repeats(folder: Path, seeds: int) -> None:
    """`run --repeats`, its start and everything recorded, against `fit`."""
    name = "circles-tanh-5"
    before = processor(resource.RUSAGE_CHILDREN)
    ours, _ = gradlab("run", name, "--repeats", str(seeds), "--quiet", cwd=folder)
    work = processor(resource.RUSAGE_CHILDREN) - before
    print(f"{name}: {seeds} seeds by gradlab in {ours:.1f} s, {work:.1f} s of the processor,")
    print("  start, compilation and recording included")
    clocks, works = zip(*fit_seconds(name), strict=True)
    print(f"  {seeds * min(clocks) / ours:.1f} x the fastest fit by the clock,")
    print(f"  {seeds * min(works) / work:.1f} x by the processor")


def jobs(folder: Path) -> None:
    """Two lanes against one, on a sweep of eight shapes."""
    sweep = [
        "sweep", "circles-tanh-5", "model.depth=1..8", "--repeats", "3", "-q", "--runs-dir",
    ]  # fmt: skip
    one, _ = gradlab(*sweep, "one", cwd=folder)
    two, _ = gradlab(*sweep, "two", "--jobs", "2", cwd=folder)
    print(
        f"24 trainings of 8 shapes: {one:.1f} s with one job, {two:.1f} s with two: {one / two:.2f} x"
    )


def grid(folder: Path) -> None:
    """Runs that waited for a compilation, of a grid of 100 learning rates."""
    gradlab(
        "sweep", "circles-tanh-5", "optimizer.learning_rate=log(1e-4..1e-1,100)",
        "--set", "train.epochs=5", "-q", "--runs-dir", "grid", cwd=folder,
    )  # fmt: skip
    waits = []
    for run in sorted(folder.glob("grid/*/*/summary.json")):
        waits.append(json.loads(run.read_text())["seconds"])
    ordered = sorted(waits, reverse=True)
    print(
        f"100 rates: the slowest runs took {ordered[0]:.2f}, {ordered[1]:.2f} and {ordered[2]:.2f} s,"
    )
    print(f"  the median {ordered[len(ordered) // 2]:.3f} s")


def rates(folder: Path, names: Sequence[str]) -> None:
    """The loss at the suggested rate against the best of a grid of rates, both trained alike."""
    good = 0
    for name in names:
        _, said = gradlab("check", name, "--lr-range", "--json", cwd=folder)
        suggested = json.loads(said)["suggested"]
        _, said = gradlab("sweep", name, RATES, "--metric", "loss", "--json", "-q", cwd=folder)
        best = min(p["mean"] for p in json.loads(said)["points"] if isinstance(p["mean"], float))
        chosen = f"optimizer.learning_rate={suggested!r}"
        _, said = gradlab("sweep", name, chosen, "--metric", "loss", "--json", "-q", cwd=folder)
        loss = json.loads(said)["points"][0]["mean"]
        well = isinstance(loss, float) and loss <= best * (1 + WITHIN)
        good += well
        told = f"{loss:.4g}" if isinstance(loss, float) and math.isfinite(loss) else "no number"
        print(
            f"{name}: {suggested:.3g} gives {told}, the best of the grid {best:.4g}: {well}",
            flush=True,
        )
    print(f"{good} of {len(names)} within {WITHIN:.0%}")


def main() -> None:
    """Measure what is named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["repeats", "jobs", "grid", "rates"])
    parser.add_argument("presets", nargs="*")
    parser.add_argument("--seeds", type=int, default=30)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        if wanted.what == "repeats":
            repeats(folder, wanted.seeds)
        elif wanted.what == "jobs":
            jobs(folder)
        elif wanted.what == "grid":
            grid(folder)
        else:
            rates(folder, wanted.presets or SAMPLE)


SAMPLE = (
    "activation-relu", "bias-variance-neither", "vanishing-cured", "activation-elu",
    "digits-split-70-30", "activation-leaky-relu", "digits-split-60-20-20", "activation-prelu",
    "activation-rrelu", "depth-20-cured",
)  # fmt: skip
"""Healthy presets whose rates are measured unless others are named."""

if __name__ == "__main__":
    main()
