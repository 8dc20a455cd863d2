"""The history that live and saved runs share."""

from __future__ import annotations

import numpy as np

from gradlab.engine.stream.events import Column, Epoch, LayerInfo, Probe, Started, Steps
from gradlab.engine.stream.history import History

LAYERS = tuple(
    LayerInfo(name, "Dense", index, 4, 4, 20, "relu", "GlorotUniform")
    for index, name in enumerate(("dense", "dense_1"))
)


def started(step: int = 0) -> Started:
    columns = (Column("", "loss"), Column("dense", "delta_norm"), Column("dense_1", "delta_norm"))
    return Started(LAYERS, columns, (), steps_per_epoch=10, epochs=4, step=step)


def steps(first: int, count: int) -> Steps:
    numbers = np.arange(first, first + count)
    values = np.stack([numbers, numbers + 0.25, numbers + 0.5], axis=1).astype(np.float32)
    return Steps(numbers, numbers.astype(float), values)


def test_rows_grow_in_order_and_series_are_found_by_name() -> None:
    history = History()
    history.add(started())
    for first in range(0, 5000, 7):
        history.add(steps(first, 7))
    assert history.step == 5005
    np.testing.assert_array_equal(history.steps.steps, np.arange(5005))
    np.testing.assert_array_equal(history.steps.series("", "loss"), np.arange(5005))
    assert history.matrix("delta_norm").shape == (5005, 2)
    assert np.isnan(history.matrix("zero_share")).all()


def test_a_resumed_run_replaces_what_it_repeats() -> None:
    history = History()
    history.add(started())
    history.add(steps(0, 20))
    for epoch in (0, 1):
        history.add(Probe(epoch, 10 * (epoch + 1), ()))
        history.add(Epoch(epoch, 10 * (epoch + 1), {"loss": 1.0}, 1.0))
    history.add(started(step=20))
    history.add(Probe(1, 20, ()))
    history.add(Epoch(1, 20, {"loss": 1.0}, 2.0))
    history.add(started(step=12))
    history.add(steps(12, 8))
    history.add(Epoch(1, 20, {"loss": 1.0}, 3.0))
    assert history.step == 20
    assert [epoch.epoch for epoch in history.epochs] == [0, 1]
    assert [probe.epoch for probe in history.probes] == [0]
    assert history.epochs[-1].seconds == 3.0
