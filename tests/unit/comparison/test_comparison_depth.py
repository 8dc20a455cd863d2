"""Gradients by depth, of nets alike and not."""

from pathlib import Path

import numpy as np
import pytest
from compared_runs import compared

from gradlab.engine.comparison.depth import common_step, log_ratio, nearest, profile
from gradlab.engine.comparison.opened import open_runs


def test_a_profile_is_read_at_the_nearest_step(tmp_path: Path):
    [run] = open_runs([compared(tmp_path)])
    found = profile(run.history, "delta_norm", 12)
    assert found and found.step == 12
    assert found.layers == ("dense_0", "dense_1", "dense_2", "dense_3")
    assert np.allclose(found.depth, [0, 1 / 3, 2 / 3, 1])
    assert np.all(found.values[1:] / found.values[:-1] > 3)
    newest = profile(run.history, "delta_norm")
    assert newest and newest.step == 29
    assert profile(run.history, "activation_std") is None


def test_nearest():
    steps = np.array([0, 10, 20])
    assert [nearest(steps, s) for s in (-5, 0, 4, 5, 6, 15, 99)] == [0, 0, 0, 0, 1, 1, 2]


def test_log2_of_the_ratio_is_exact(tmp_path: Path):
    runs = open_runs([compared(tmp_path, gain=8.0), compared(tmp_path)])
    found = log_ratio(runs[0].history, runs[1].history, buckets=10)
    assert found and found.values.shape == (10, 4)
    assert found.x.tolist() == list(range(0, 30, 3))
    assert np.allclose(found.values, 3.0, atol=1e-4)


def test_nets_of_different_depth_meet_at_relative_depth(tmp_path: Path):
    runs = open_runs([compared(tmp_path, layers=4), compared(tmp_path, layers=7)])
    found = log_ratio(runs[0].history, runs[1].history)
    assert found and found.layers == tuple(f"dense_{i}" for i in range(4))
    # delta shrinks to a quarter a layer, so the deeper net has 4^3 times less at the input
    assert found.values[0, 0] == pytest.approx(6, abs=0.05)
    assert found.values[0, -1] == pytest.approx(0, abs=0.1)
    assert common_step(runs) == 29


def test_vanished_gradients_are_infinitely_smaller(tmp_path: Path):
    runs = open_runs([compared(tmp_path, gain=0.0), compared(tmp_path)])
    found = log_ratio(runs[0].history, runs[1].history)
    assert found and np.all(np.isneginf(found.values))
    both = log_ratio(runs[0].history, runs[0].history)
    assert both and np.isnan(both.values).all()
