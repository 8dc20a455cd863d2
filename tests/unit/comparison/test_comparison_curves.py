"""Curves: nothing a picture should show may be lost in thinning them."""

from pathlib import Path

import numpy as np
import pytest
from compared_runs import compared

from gradlab.engine.comparison.curves import curve, envelope, positions
from gradlab.engine.comparison.opened import open_runs
from gradlab.engine.comparison.smoothing import smoothed_norm
from gradlab.engine.errors import RunError


def test_an_envelope_keeps_spikes_and_says_where_it_is_broken():
    x, y = np.arange(10_000.0), np.ones(10_000)
    y[1234], y[777], y[5555] = 1e6, -3.0, np.nan
    found = envelope(x, y, 100)
    assert len(found.x) == 100
    assert found.high.max() == 1e6 and found.low.min() == -3.0
    assert np.flatnonzero(found.broken).tolist() == [55]
    assert np.isfinite(found.mean).all()
    assert found.x[-1] == 9999


def test_few_points_stay_as_they_are():
    found = envelope(np.array([0.0, 7.0]), np.array([1.0, np.inf]), 100)
    assert found.x.tolist() == [0, 7] and found.high[1] == np.inf
    assert np.isnan(found.mean[1]) and found.broken.tolist() == [False, True]


def test_a_bucket_without_any_number_is_a_gap():
    y = np.ones(1000)
    y[500:600] = np.nan
    found = envelope(np.arange(1000.0), y, 10)
    assert np.flatnonzero(np.isnan(found.mean)).tolist() == [5]


def test_every_axis(tmp_path: Path):
    [run] = open_runs([compared(tmp_path)])
    steps, times = run.history.steps.steps, run.history.steps.times
    at = {
        axis: positions(run, steps, times, axis) for axis in ("step", "epoch", "examples", "time")
    }
    assert at["step"][-1] == 29
    assert at["epoch"][-1] == pytest.approx(2.9)
    assert at["examples"][-1] == 29 * 32
    assert (at["time"][0], at["time"][-1]) == (0, 29)


def test_an_axis_that_cannot_be_had_is_refused(tmp_path: Path):
    path = compared(tmp_path)
    (path / "run.json").unlink()
    [run] = open_runs([path])
    with pytest.raises(RunError, match="does not say how many examples a step has"):
        positions(run, np.array([1]), np.array([1.0]), "examples")


def test_logs_of_epochs_are_curves_too(tmp_path: Path):
    [run] = open_runs([compared(tmp_path, val_accuracy=0.9)])
    found = curve(run, "val_accuracy", axis="epoch")
    assert found and found.x.tolist() == [1, 2, 3] and found.mean[-1] == pytest.approx(0.9)
    layer = curve(run, "delta_norm", "dense_2")
    assert layer and len(layer.x) == 30
    assert curve(run, "nothing") is None


def test_norms_are_smoothed_in_log_space():
    x, y = np.arange(100.0), np.full(100, 1e-6)
    y[50] = 1e3
    _, line = smoothed_norm(x, y, half_life=10)
    assert line[0] == pytest.approx(1e-6)  # debiased: the first value counts in full
    assert line.max() < 1e-4  # a linear average would stand near 60
