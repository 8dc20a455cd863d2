"""Makes a sweep without TensorFlow: two depths by two widths, results as a function says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from recorded_runs import started, training

from gradlab.engine.preset.load import read, resolve
from gradlab.engine.runs.writer import RunWriter
from gradlab.engine.stream.events import Epoch
from gradlab.engine.sweeps.grid import grid, parse_axis
from gradlab.engine.sweeps.plan import begin, make_plan


def swept(
    root: Path,
    accuracy: Callable[[dict[str, Any], int], float],
    *,
    repeats: int = 3,
    only: int | None = None,
) -> Path:
    """The directory of a sweep whose trials, or only the first few of them, are whole.

    Args:
        root: where runs live.
        accuracy: the last val_accuracy of a point's settings and a seed.
        repeats: seeds of each point.
        only: how many trials have a run.
    """
    axes = [parse_axis("model.depth=1,2"), parse_axis("model.width=4,8")]
    plan = make_plan(
        "circles-tanh-5", read(resolve("circles-tanh-5")), axes, grid(axes),
        overrides=(), repeats=repeats,
    )  # fmt: skip
    sweep = begin(root, plan, ["gradlab"])
    for trial in plan.trials[:only]:
        writer = RunWriter.create(
            sweep, trial.preset, preset_name=plan.preset_name, group=sweep.name, trial=trial.number
        )
        value = accuracy(trial.settings, trial.preset.seed)
        for event in training(started(epochs=1)):
            if isinstance(event, Epoch):
                event = Epoch(event.epoch, event.step, event.logs | {"val_accuracy": value}, 1.0)
            writer.write(event)
        writer.close()
    return sweep
