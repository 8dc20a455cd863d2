"""Splits, scales, noise on targets, and the settings that contradict each other."""

import numpy as np
import pytest
from sklearn.datasets import make_circles, make_regression
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from gradlab.engine.data.load import load_data
from gradlab.engine.errors import DataError
from gradlab.engine.preset.schema import DataSettings

REGRESSION = {"n_samples": 100, "n_features": 3, "random_state": 1}


def numbered(**settings):
    """100 rows; their y is as generated, so a row can be told by it."""
    return load_data(DataSettings(name="regression", options=REGRESSION, **settings))


def generated_y() -> np.ndarray:
    return make_regression(**REGRESSION)[1].astype(np.float32)


@pytest.mark.parametrize(
    ("settings", "train", "validation", "test"),
    [
        ({"validation": 0.2, "test": 0.2}, range(60), range(60, 80), range(80, 100)),
        (
            {"validation": 0.2, "test": 10, "split": "head"},
            range(30, 100),
            range(20),
            range(20, 30),
        ),
        ({"validation": 0.07}, range(93), range(93, 100), None),
        ({"validation": 0.005}, range(99), range(99, 100), None),
        ({"validation": 1, "test": 0.01}, range(98), range(98, 99), range(99, 100)),
        ({"validation": 0}, range(100), None, None),
    ],
)
def test_rows_go_where_the_split_says(settings, train, validation, test):
    data, y = numbered(**settings), generated_y()
    for split, rows in ((data.train, train), (data.validation, validation), (data.test, test)):
        if rows is None:
            assert split is None
        else:
            np.testing.assert_array_equal(split.y[:, 0], y[list(rows)])


def test_a_random_split_follows_its_seed():
    first = numbered(validation=0.3, split="random", split_seed=1)
    again = numbered(validation=0.3, split="random", split_seed=1)
    other = numbered(validation=0.3, split="random", split_seed=2)
    assert first.validation is not None
    together = np.concatenate([first.train.y, first.validation.y])[:, 0]
    np.testing.assert_array_equal(np.sort(together), np.sort(generated_y()))
    np.testing.assert_array_equal(first.train.y, again.train.y)
    assert not np.array_equal(first.train.y, other.train.y)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"validation": 0.6, "test": 0.4}, "leave no training rows"),
        ({"validation": 100}, "leave no training rows"),
    ],
)
def test_impossible_settings_are_refused(settings, message):
    with pytest.raises(DataError) as caught:
        numbered(**settings)
    assert message in str(caught.value)


def test_target_scale_and_noise_must_fit_classes():
    with pytest.raises(DataError, match="target_scale"):
        load_data(DataSettings(name="circles", target_scale="standard"))
    with pytest.raises(DataError, match="at most 1"):
        load_data(DataSettings(name="circles", target_noise=1.5))


@pytest.mark.parametrize("fit", ["train", "all"])
def test_a_scaler_sees_only_the_rows_it_is_fitted_on(fit):
    data = numbered(scale="standard", scale_fit=fit, validation=0.3, test=0.2)
    x = make_regression(**REGRESSION)[0]
    expected = StandardScaler().fit(x[:50] if fit == "train" else x).transform(x)
    assert data.validation is not None
    assert data.test is not None
    together = np.concatenate([data.train.x, data.validation.x, data.test.x])
    np.testing.assert_allclose(together, expected, rtol=1e-5, atol=1e-6)
    assert ("fitted on 50 training rows" in data.scaling) == (fit == "train")
    assert ("fitted on 100 rows, test rows among them" in data.scaling) == (fit == "all")


def test_circles_are_scaled_on_all_rows_as_published():
    options = {"n_samples": 1000, "noise": 0.1, "random_state": 1}
    settings = DataSettings(
        name="circles", scale="symmetric", scale_fit="all", validation=500, options=options
    )
    data = load_data(settings)
    x, _ = make_circles(**options)
    expected = MinMaxScaler((-1, 1)).fit_transform(x)
    np.testing.assert_allclose(data.train.x, expected[:500], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("scale", "low", "high"),
    [("minmax", 0, 1), ("symmetric", -1, 1), ("half", 0, 0.5)],
)
def test_ranges_are_met_by_every_feature_of_a_table_and_by_a_picture_as_a_whole(scale, low, high):
    table = numbered(scale=scale).train.x
    np.testing.assert_allclose(table.min(axis=0), low, atol=1e-6)
    np.testing.assert_allclose(table.max(axis=0), high, atol=1e-6)
    picture = load_data(DataSettings(name="digits", scale=scale)).train.x
    raw = load_data(DataSettings(name="digits")).train.x
    assert (picture.dtype, raw.max()) == (np.float32, 16)
    np.testing.assert_allclose(picture, low + raw / 16 * (high - low), atol=1e-6)


def test_unit_divides_a_table_by_its_largest_training_values():
    raw, scaled = numbered().train.x, numbered(scale="unit").train.x
    np.testing.assert_allclose(scaled, raw / np.abs(raw).max(axis=0), rtol=1e-5)


def test_sequences_are_scaled_channel_by_channel():
    options = {"n_samples": 50, "T": 10}
    raw = load_data(DataSettings(name="adding", options=options)).train.x.astype(np.float64)
    x = load_data(DataSettings(name="adding", scale="standard", options=options)).train.x
    np.testing.assert_allclose(x, (raw - raw.mean((0, 1))) / raw.std((0, 1)), atol=1e-5)


def test_regression_targets_are_scaled_by_the_training_rows():
    data = numbered(target_scale="standard", validation=0.5)
    y = generated_y().astype(np.float64)[:, None]
    expected = (y - y[:50].mean()) / y[:50].std()
    assert data.validation is not None
    np.testing.assert_allclose(data.train.y, expected[:50], atol=1e-5)
    np.testing.assert_allclose(data.validation.y, expected[50:], atol=1e-5)
    assert data.scaling == (
        "inputs unscaled; targets standardised to mean 0, deviation 1, fitted on 50 training rows"
    )


def test_test_rows_can_be_left_unscaled():
    data = load_data(DataSettings(name="digits", scale="unit", test=0.1, test_scale="none"))
    assert data.test is not None
    assert (data.train.x.max(), data.test.x.max()) == (1, 16)
    assert data.scaling == "inputs divided by 16; test inputs left unscaled"


def test_target_noise_is_on_training_numbers_only():
    clean, noisy = numbered(), numbered(target_noise=5.0)
    shift = noisy.train.y - clean.train.y
    assert shift.std() == pytest.approx(5, rel=0.25)
    np.testing.assert_array_equal(noisy.train.y, numbered(target_noise=5.0).train.y)
    assert not np.array_equal(noisy.train.y, numbered(target_noise=5.0, split_seed=1).train.y)
    assert clean.validation is not None
    assert noisy.validation is not None
    np.testing.assert_array_equal(clean.validation.y, noisy.validation.y)


def test_target_noise_redraws_a_share_of_the_labels():
    clean = load_data(DataSettings(name="digits"))
    noisy = load_data(DataSettings(name="digits", target_noise=0.4))
    wrong = float(np.mean(clean.train.y != noisy.train.y))
    assert wrong == pytest.approx(0.4 * 0.9, abs=0.03)
    assert set(np.unique(noisy.train.y)) == set(range(10))
    assert clean.validation is not None
    assert noisy.validation is not None
    np.testing.assert_array_equal(clean.validation.y, noisy.validation.y)
