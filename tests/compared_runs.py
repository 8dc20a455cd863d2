"""Makes runs that differ in known ways, written for real, without TensorFlow."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from recorded_runs import FINDING, started, training

from gradlab.engine.preset.schema import Preset
from gradlab.engine.runs.writer import RunWriter
from gradlab.engine.stream.events import Epoch, Event, Finished, Found, Steps


def preset(seed: int = 0, activation: str = "sigmoid", **train: Any) -> Preset:
    """A preset of digits."""
    document = {
        "seed": seed,
        "data": {"name": "digits"},
        "model": {"family": "mlp", "depth": 4, "activation": activation},
        "train": {"epochs": 3, "batch_size": 32, **train},
    }
    return Preset.model_validate(document)


def compared(
    root: Path,
    name: str = "sick",
    *,
    layers: int = 4,
    gain: float = 1.0,
    val_accuracy: float | None = None,
    healthy: bool = False,
    cleared_at: int | None = None,
    status: str = "finished",
    seed: int = 0,
    activation: str = "sigmoid",
    data: str = "digits",
) -> Path:
    """Write a run of 30 steps.

    Args:
        root: where runs live.
        name: its preset's name.
        layers: number of layers.
        gain: factor on every recorded norm.
        val_accuracy: the last epoch's; none if not given.
        healthy: leave the finding out.
        cleared_at: step at which the finding clears.
        status: how it ends; "training" leaves it unfinished.
        seed: the seed.
        activation: the activation.
        data: the data set.
    """
    wanted = preset(seed, activation)
    wanted = wanted.model_copy(update={"data": wanted.data.model_copy(update={"name": data})})
    changed = {"model.activation": activation} if activation != "sigmoid" else {}
    writer = RunWriter.create(root, wanted, preset_name=name, argv=["gradlab"], changed=changed)
    for event in _events(layers, gain, val_accuracy, healthy, cleared_at):
        if isinstance(event, Finished):
            if status == "training":
                break
            event = replace(event, status=status)
        writer.write(event)
    assert writer.told() == []
    return writer.path


def _events(
    layers: int, gain: float, val_accuracy: float | None, healthy: bool, cleared_at: int | None
) -> Iterator[Event]:
    for event in training(started(layers)):
        if isinstance(event, Steps):
            event = replace(event, values=event.values * gain)
        if isinstance(event, Found) and healthy:
            continue
        if isinstance(event, Epoch) and val_accuracy is not None:
            logs = event.logs | {"val_accuracy": val_accuracy * (event.epoch + 1) / 3}
            event = replace(event, logs=logs)
        if isinstance(event, Finished) and cleared_at is not None:
            yield Found(cleared_at, replace(FINDING, cleared_step=cleared_at))
        yield event
