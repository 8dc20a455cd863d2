import numpy as np

from gradlab.engine.comparison.smoothing import smoothed
from gradlab.tui.drawing.sampling import dashes, extremes


def test_extremes_keep_spikes_and_bound_the_points():
    x = np.arange(10_000.0)
    y = np.sin(x / 500)
    y[6789] = 50.0
    xs, ys = extremes(x, y, 0, 10_000, 80)
    assert len(xs) <= 160
    assert ys.max() == 50.0
    assert (np.diff(xs) >= 0).all()


def test_extremes_of_earlier_columns_stay_while_the_series_grows():
    x = np.arange(900.0)
    y = np.random.default_rng(0).normal(size=900)
    before = extremes(x[:800], y[:800], 0, 1000, 40)
    after = extremes(x, y, 0, 1000, 40)
    kept = len(before[0]) - 2
    np.testing.assert_array_equal(before[1][:kept], after[1][:kept])


def test_flat_columns_become_one_point():
    x = np.arange(1000.0)
    assert len(extremes(x, np.ones(1000), 0, 1000, 50, flat=0.01)[0]) == 50


def test_a_column_with_a_gap_stays_a_gap():
    x = np.arange(1000.0)
    y = np.ones(1000)
    y[505] = np.nan
    xs, ys = extremes(x, y, 0, 1000, 50)
    assert np.isnan(ys).sum() == 1
    assert 500 <= xs[np.isnan(ys)][0] < 520


def test_dashes_leave_gaps_and_follow_the_line():
    xs, ys = dashes(np.array([0.0, 10.0]), np.array([0.0, 100.0]), 0, 10, 40)
    drawn = np.isfinite(ys)
    assert 15 <= drawn.sum() <= 25
    np.testing.assert_allclose(ys[drawn], 10 * xs[drawn])


def test_smoothing_is_unbiased_from_the_start_and_keeps_gaps():
    x = np.arange(200)
    y = np.full(200, 3.0)
    y[50:60] = np.nan
    _, line = smoothed(x, y, half_life=10)
    assert line[0] == 3.0
    np.testing.assert_allclose(line[np.isfinite(line)], 3.0)
    assert np.isnan(line[50:60]).all() and np.isnan(line).sum() == 10


def test_smoothing_halves_a_value_in_its_half_life():
    x = np.array([0, 1000])
    _, line = smoothed(x, np.array([0.0, 1.0]), half_life=1000)
    np.testing.assert_allclose(line[1], 1 / 1.5)


def test_smoothing_a_long_series_fills_few_buckets():
    x = np.arange(100_000)
    places, _ = smoothed(x, np.zeros(100_000), half_life=2000)
    assert len(places) <= 512
