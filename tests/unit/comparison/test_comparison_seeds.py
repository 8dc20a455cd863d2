"""Groups of seeds, and differences that do not claim more than a few runs can show."""

from pathlib import Path

import numpy as np
import pytest
from compared_runs import compared

from gradlab.engine.comparison.curves import Curve
from gradlab.engine.comparison.opened import open_runs
from gradlab.engine.comparison.seeds import (
    band,
    difference,
    group_difference,
    groups,
    spread,
    spreads,
)


def curve_of(x: np.ndarray, y: np.ndarray) -> Curve:
    return Curve(x, y, y, y, ~np.isfinite(y))


def test_runs_that_differ_in_their_seed_only_are_one_group(tmp_path: Path):
    paths = [
        compared(tmp_path, seed=seed, val_accuracy=accuracy, activation=activation)
        for activation, shift in (("sigmoid", 0.0), ("relu", 0.5))
        for seed, accuracy in ((0, 0.1 + shift), (1, 0.2 + shift), (2, 0.3 + shift))
    ]
    runs = open_runs(paths)
    found = groups(runs)
    assert [group.members for group in found] == [(0, 1, 2), (3, 4, 5)]
    assert found[0].seeds == (0, 1, 2)
    one = spreads(runs, found)["val_accuracy"][0]
    assert one and (one.mean, one.std, one.n) == (pytest.approx(0.2), pytest.approx(0.1), 3)
    gap = group_difference(runs, found[1], found[0], "val_accuracy")
    assert gap and gap.paired and gap.n == (3, 3)
    # every pair differs by exactly 0.5, so the interval has no width: pairing is what shows it
    assert (gap.value, gap.low, gap.high) == pytest.approx((0.5, 0.5, 0.5))


def test_seeds_that_do_not_match_are_not_paired(tmp_path: Path):
    paths = [
        compared(tmp_path, seed=seed, val_accuracy=0.1 * seed, activation=activation)
        for activation, seeds in (("sigmoid", (1, 2, 3)), ("relu", (4, 5, 6)))
        for seed in seeds
    ]
    runs = open_runs(paths)
    found = groups(runs)
    gap = group_difference(runs, found[1], found[0], "val_accuracy")
    assert gap and not gap.paired
    assert gap.low is not None and gap.high is not None
    assert gap.low < gap.value < gap.high


def test_below_three_runs_there_is_no_interval():
    found = difference([1.0, 2.0], [0.5, 0.7, 0.9], paired=False)
    assert found and (found.low, found.high, found.note) == (None, None, "too few runs")
    assert difference([], [1.0], paired=False) is None


@pytest.mark.parametrize("paired", [False, True])
def test_the_interval_of_three_runs_covers_the_truth_as_often_as_it_says(paired: bool):
    generator = np.random.default_rng(1)
    hits = 0
    for _ in range(400):
        a, b = generator.normal(1, 1, 3), generator.normal(0, 1, 3)
        found = difference(a.tolist(), b.tolist(), paired=paired)
        assert found and found.low is not None and found.high is not None
        hits += found.low <= 1 <= found.high
    assert 372 <= hits <= 396  # 93 to 99 of 100


def test_spread_leaves_out_what_is_not_finite():
    one = spread([1.0, float("nan"), 3.0])
    assert one and (one.mean, one.n) == (2.0, 2)
    assert spread([float("nan")]) is None
    single, equal = spread([4.0]), spread([0.1 + 0.1] * 3)
    assert single and single.std is None
    assert equal and equal.std == 0.0


def test_a_band_is_mean_and_deviation_where_all_runs_are():
    x = np.arange(11.0)
    found = band([curve_of(x, x), curve_of(x + 2, x + 2 + 2)], 9)
    assert found and (found.x[0], found.x[-1]) == (2, 10)
    assert np.allclose(found.mean, found.x + 1)
    assert np.allclose(found.high - found.low, 2 * np.std([0, 2], ddof=1))
    assert band([curve_of(x, x), curve_of(x, x * np.nan)]) is None
    assert band([curve_of(x, x), curve_of(x + 50, x)]) is None
