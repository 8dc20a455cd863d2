"""Makes runs without TensorFlow: the events that a training would have sent, written for real."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from gradlab.engine.findings.finding import Finding, Remedy
from gradlab.engine.preset.schema import DataSettings, Preset
from gradlab.engine.runs.writer import RunWriter
from gradlab.engine.stream.events import (
    STEP_SCALARS,
    WEIGHT_STATISTICS,
    Column,
    Epoch,
    Event,
    Finished,
    Found,
    LayerInfo,
    LayerProbe,
    Probe,
    Started,
    Status,
    Steps,
    Weights,
)

PRESET = Preset(data=DataSettings(name="digits"))
FINDING = Finding(
    problem="vanishing_gradient",
    layers=("dense_0",),
    first_step=3,
    severity="critical",
    evidence={"delta_ratio_per_layer": 0.25, "worst": float("inf")},
    message="The gradient shrinks 4 times at every layer.",
    remedies=(Remedy("relu_he", {"model.activation": "relu"}, "slope 1", "He et al. 2015"),),
)


def started(
    layers: int = 4, *, steps_per_epoch: int = 10, epochs: int = 3, step: int = 0
) -> Started:
    """The start of a training of sigmoid layers."""
    infos = tuple(
        LayerInfo(f"dense_{i}", "Dense", i, 8, 8, 72, "sigmoid", "glorot_uniform")
        for i in range(layers)
    )
    return Started(
        layers=infos,
        columns=(
            *(Column("", statistic) for statistic in STEP_SCALARS),
            *(Column(i.name, s) for i in infos for s in ("grad_norm", "delta_norm")),
        ),
        weight_columns=tuple(Column(i.name, s) for i in infos for s in WEIGHT_STATISTICS[:2]),
        steps_per_epoch=steps_per_epoch,
        epochs=epochs,
        step=step,
    )


def steps(begin: Started, first: int, count: int) -> Steps:
    """Steps whose delta norms shrink to a quarter at every layer; value i of step s tells both."""
    index = np.arange(first, first + count)
    values = np.empty((count, len(begin.columns)), np.float32)
    for place, column in enumerate(begin.columns):
        depth = next((i.index for i in begin.layers if i.name == column.layer), 0)
        values[:, place] = 0.25 ** (len(begin.layers) - depth) * (1 + place / 100) + index * 1e-6
    return Steps(index, 1e9 + index.astype(float), values)


def training(
    begin: Started, *, stop_at: int | None = None, status: str = "finished"
) -> Iterator[Event]:
    """The events of a whole training, or of one that stops after an epoch's middle."""
    end = begin.steps_per_epoch * begin.epochs if stop_at is None else stop_at
    yield Status("compiling")
    yield begin
    yield Probe(-1, begin.step, (_probe("dense_0"),))
    for epoch in range(begin.step // begin.steps_per_epoch, begin.epochs):
        first = max(epoch * begin.steps_per_epoch, begin.step)
        last = min((epoch + 1) * begin.steps_per_epoch, end)
        if first >= last:
            break
        block = steps(begin, first, last - first)
        yield block
        yield Weights(last - 1, 1e9 + last, np.full(len(begin.weight_columns), last, np.float32))
        if last == (epoch + 1) * begin.steps_per_epoch:
            yield Epoch(
                epoch, last, {"loss": 2.0 / (epoch + 1), "accuracy": 0.1 * epoch}, epoch + 1.0
            )
        if epoch == 0 and begin.step == 0:
            yield Found(3, FINDING)
    yield Finished(status, end, end // begin.steps_per_epoch, 3.0, {"test_loss": float("nan")})


def _probe(name: str) -> LayerProbe:
    return LayerProbe(name, 0.25, 0.5, (1, 2), (0.0, 0.5, 1.0), (3, 4), (-1.0, 0.0, 1.0))


def record(root: Path, name: str = "vanishing-sigmoid", **arguments: int) -> Path:
    """Write a whole run; gives back its directory."""
    writer = RunWriter.create(root, PRESET, preset_name=name, argv=["gradlab", "run", name])
    for event in training(started(**arguments)):
        writer.write(event)
    assert writer.told() == []
    return writer.path


def record_many(root: Path, count: int) -> Path:
    """Write a whole run and copies of its small files; gives back the first one's directory."""
    first = record(root)
    for number in range(count - 1):
        copy = root / f"20261120T0000-copy-{number:04}"
        copy.mkdir()
        for name in ("run.json", "state.json", "summary.json"):
            (copy / name).write_bytes((first / name).read_bytes())
    return first


def record_for_ever(root: Path) -> None:
    """Write steps in blocks of 20 every 10 ms, and tell each one on stdout, until killed."""
    writer = RunWriter.create(root, PRESET, preset_name="endless")
    begin = started(steps_per_epoch=100, epochs=10_000)
    writer.write(begin)
    print(writer.path, flush=True)
    for first in range(0, 1_000_000, 20):
        writer.write(steps(begin, first, 20))
        weights = np.zeros(len(begin.weight_columns), np.float32)
        writer.write(Weights(first + 19, 1e9 + first + 19, weights))
        if (first + 20) % 100 == 0:
            writer.write(Epoch(first // 100, first + 20, {"loss": 1.0}, 0.0))
        print(first + 20, time.monotonic(), flush=True)
        time.sleep(0.01)


if __name__ == "__main__":
    record_for_ever(Path(sys.argv[1]))
