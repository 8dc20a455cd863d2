"""Thinning keeps what a run is looked at for."""

import numpy as np
import pytest

from gradlab.engine.runs.records import MAXIMUM, MINIMUM
from gradlab.engine.runs.thinning import KEPT_STEPS, MAXIMUM_ROWS, Thinner, stride_for


def thinned(steps: np.ndarray, values: np.ndarray, stride: int, block: int):
    """All rows of a thinner that is fed in blocks."""
    thinner = Thinner(stride)
    parts = [
        thinner.add(steps[i : i + block], steps[i : i + block] * 0.1, values[i : i + block])
        for i in range(0, len(steps), block)
    ]
    if last := thinner.flush():
        parts.append(last)
    return tuple(np.concatenate(part) for part in zip(*parts, strict=True))


@pytest.mark.parametrize("planned", [200_001, 250_000, 1_000_000, 12_345_678])
def test_rows_of_a_long_run_stay_below_the_limit(planned: int):
    stride = stride_for(planned)
    rows = KEPT_STEPS + 2 * -(-(planned - KEPT_STEPS) // stride)
    assert MAXIMUM_ROWS // 2 < rows <= MAXIMUM_ROWS


def test_runs_within_the_limit_are_kept_whole():
    assert stride_for(MAXIMUM_ROWS) == 1


@pytest.mark.parametrize("block", [1, 7, 100, 5000])
def test_every_stride_leaves_its_minimum_and_maximum(block: int):
    steps = np.arange(KEPT_STEPS - 50, KEPT_STEPS + 1003)
    values = np.random.default_rng(0).normal(size=(len(steps), 3)).astype(np.float32)
    kept, times, rows, flags = thinned(steps, values, 10, block)
    assert (np.diff(kept) > 0).all()
    assert kept[:50].tolist() == steps[:50].tolist()
    np.testing.assert_array_equal(rows[:50], values[:50])
    late = values[50:]
    for stride in range(101):
        part = late[stride * 10 : (stride + 1) * 10]
        low, high = 50 + 2 * stride, 51 + 2 * stride
        assert kept[low] == KEPT_STEPS + stride * 10
        assert kept[high] == KEPT_STEPS + stride * 10 + len(part) - 1
        np.testing.assert_array_equal(rows[low], part.min(axis=0))
        np.testing.assert_array_equal(rows[high], part.max(axis=0))
        assert (flags[low], flags[high]) == (MINIMUM, MAXIMUM)
    np.testing.assert_allclose(times, kept * 0.1)


@pytest.mark.parametrize("block", [1, 13, 400])
def test_spikes_and_non_finite_values_survive(block: int):
    steps = np.arange(KEPT_STEPS, KEPT_STEPS + 400)
    values = np.ones((400, 4), np.float32)
    values[123, 0] = 1e9
    values[77, 1] = np.nan
    values[301, 2] = np.inf
    values[302, 3] = -np.inf
    _, _, rows, _ = thinned(steps, values, 40, block)
    assert rows[:, 0].max() == 1e9
    assert np.isnan(rows[:, 1]).sum() == 1
    assert np.nanmax(rows[:, 1]) == 1  # and the NaN hides no finite value of its stride
    assert np.isposinf(rows[:, 2]).sum() == 1
    assert np.isneginf(rows[:, 3]).sum() == 1


def test_a_single_row_in_a_stride_stays_single():
    steps = np.arange(KEPT_STEPS, KEPT_STEPS + 1000, 25)
    kept, _, rows, flags = thinned(steps, steps[:, None].astype(np.float32), 20, 6)
    assert kept.tolist() == steps.tolist()
    assert rows[:, 0].tolist() == steps.tolist()
    assert not flags.any()
