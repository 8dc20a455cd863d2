"""Digits, scikit-learn's generators, and the memory tasks."""

import math

import numpy as np
import pytest
from sklearn.datasets import load_digits

from gradlab.engine.data.load import load_data
from gradlab.engine.errors import DataError
from gradlab.engine.preset.schema import DataSettings

# name, options, shape of an input, task, classes, dtype and shape of ten rows of targets
GENERATED = [
    ("circles", {"n_samples": 10}, (2,), "binary", 2, np.float32, (10, 1)),
    ("moons", {"n_samples": 10, "noise": 0.2}, (2,), "binary", 2, np.float32, (10, 1)),
    ("blobs", {"n_samples": 10}, (2,), "classification", 3, np.int32, (10,)),
    ("blobs", {"n_samples": 10, "centers": 2}, (2,), "binary", 2, np.float32, (10, 1)),
    ("classification", {"n_samples": 10}, (20,), "binary", 2, np.float32, (10, 1)),
    (
        "classification",
        {"n_samples": 10, "n_classes": 4, "n_informative": 4, "flip_y": 0.0},
        (20,),
        "classification",
        4,
        np.int32,
        (10,),
    ),
    (
        "regression",
        {"n_samples": 10, "n_features": 20},
        (20,),
        "regression",
        0,
        np.float32,
        (10, 1),
    ),
    ("regression", {"n_samples": 10, "n_targets": 3}, (100,), "regression", 0, np.float32, (10, 3)),
    ("adding", {"n_samples": 10, "T": 7}, (7, 2), "regression", 0, np.float32, (10, 1)),
    (
        "copy",
        {"n_samples": 10, "T": 5, "length": 3, "symbols": 4},
        (11, 6),
        "sequence",
        5,
        np.int32,
        (10, 11),
    ),
    ("copy", {"n_samples": 10, "T": 5}, (25, 10), "sequence", 9, np.int32, (10, 25)),
]


@pytest.mark.parametrize(
    ("name", "options", "input_shape", "task", "classes", "dtype", "y_shape"), GENERATED
)
def test_generators_give_the_shapes_of_their_task(
    name, options, input_shape, task, classes, dtype, y_shape
):
    settings = DataSettings(name=name, validation=0, options=options)
    data = load_data(settings)
    assert data.train.x.shape == (10, *input_shape)
    assert data.input_shape == input_shape
    assert data.train.x.dtype == np.float32
    assert (data.task, data.classes) == (task, classes)
    assert len(data.class_names) == classes
    assert (data.train.y.dtype, data.train.y.shape) == (dtype, y_shape)
    assert data.validation is None
    assert data.test is None

    again, other = load_data(settings), load_data(settings, seed=1)
    np.testing.assert_array_equal(data.train.x, again.train.x)
    np.testing.assert_array_equal(data.train.y, again.train.y)
    assert not np.array_equal(data.train.x, other.train.x)


def test_circles_have_the_published_shares():
    options = {"n_samples": 1000, "noise": 0.1, "random_state": 1}
    data = load_data(DataSettings(name="circles", validation=500, options=options), seed=99)
    assert data.validation is not None
    assert data.train.y.mean() == pytest.approx(0.496)
    assert data.validation.y.mean() == pytest.approx(0.504)
    assert data.class_names == ("outer", "inner")


def test_regression_has_the_published_targets():
    options = {"n_samples": 1000, "n_features": 20, "noise": 0.1, "random_state": 1}
    data = load_data(DataSettings(name="regression", validation=500, options=options))
    assert data.validation is not None
    y = np.concatenate([data.train.y, data.validation.y])
    assert y.std() == pytest.approx(152.7, abs=0.05)
    assert (round(float(y.min())), round(float(y.max()))) == (-436, 575)
    assert data.train.y.var() == pytest.approx(20381, abs=1)
    assert data.validation.y.var() == pytest.approx(26213, abs=1)
    assert data.output_units == 1


def test_digits_are_pictures_in_stored_order():
    data = load_data(DataSettings(name="digits", scale="unit", validation=0.2))
    assert data.validation is not None
    assert (len(data.train), len(data.validation)) == (1437, 360)
    assert data.input_shape == (8, 8)
    assert data.class_names == tuple("0123456789")
    assert data.scaling == "inputs divided by 16"
    stored = load_digits()
    np.testing.assert_array_equal(data.train.x, stored.images[:1437].astype(np.float32) / 16)
    np.testing.assert_array_equal(data.validation.y, stored.target[1437:])


def test_digits_take_only_the_first_rows():
    data = load_data(DataSettings(name="digits", validation=0.25, options={"rows": 100}))
    assert len(data.train) == 75
    two = load_data(DataSettings(name="digits", options={"n_class": 2}))
    assert (two.task, two.class_names) == ("binary", ("0", "1"))


def test_centers_may_be_listed():
    centers = {"n_samples": 40, "centers": [[-9.0, 0.0], [9.0, 0.0]], "cluster_std": 0.1}
    x = load_data(DataSettings(name="blobs", validation=0, options=centers)).train.x
    np.testing.assert_allclose(np.abs(x[:, 0]), 9, atol=1)


@pytest.mark.parametrize("steps", [2, 5, 30])
def test_adding_marks_one_step_of_each_half(steps):
    data = load_data(
        DataSettings(name="adding", validation=0, options={"n_samples": 4000, "T": steps})
    )
    values, marks = data.train.x[..., 0], data.train.x[..., 1]
    half = steps // 2
    np.testing.assert_array_equal(marks[:, :half].sum(axis=1), 1)
    np.testing.assert_array_equal(marks[:, half:].sum(axis=1), 1)
    assert (marks.sum(axis=0) > 0).all()
    assert values.min() >= 0
    assert values.max() < 1
    np.testing.assert_allclose((values * marks).sum(axis=1), data.train.y[:, 0], rtol=1e-6)
    assert np.mean((data.train.y - 1) ** 2) == pytest.approx(1 / 6, abs=0.012)


def test_copy_asks_for_its_symbols_after_the_delay():
    delay = 30
    data = load_data(
        DataSettings(name="copy", validation=0, options={"n_samples": 500, "T": delay})
    )
    x, y = data.train.x.argmax(axis=-1), data.train.y
    assert (data.train.x.sum(axis=-1) == 1).all()
    np.testing.assert_array_equal(x[:, :10], y[:, -10:])
    assert set(np.unique(x[:, :10])) == set(range(1, 9))
    assert (x[:, 10 + delay - 1] == 9).all()
    blanks = np.delete(x, 10 + delay - 1, axis=1)[:, 10:]
    assert not blanks.any()
    assert not y[:, : delay + 10].any()
    # Knowing when to answer, but not what, costs ln 8 for each symbol: the published baseline.
    baseline = (y > 0).sum(axis=1).mean() * math.log(8) / y.shape[1]
    assert baseline == pytest.approx(0.4159, abs=1e-4)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"centers": 1}, "belongs to class"),
        ({"centers": [[0.0], [1.0, 2.0]]}, "do not fit make_blobs"),
    ],
)
def test_rows_that_cannot_be_trained_on_are_refused(options, message):
    with pytest.raises(DataError) as caught:
        load_data(DataSettings(name="blobs", options=options))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_shares_of_classes_reach_scikit_learn():
    options = {"n_samples": 100, "weights": [0.9], "flip_y": 0.0}
    data = load_data(DataSettings(name="classification", validation=0, options=options))
    assert 8 <= data.train.y.sum() <= 12  # shares are of clusters, rounded
