"""What differs, and what it did to the results."""

import math
from pathlib import Path

import pytest
from compared_runs import compared

from gradlab.engine.comparison.differences import differences, settings_of
from gradlab.engine.comparison.opened import letter, open_runs
from gradlab.engine.comparison.results import Result, direction, results
from gradlab.engine.runs.files import read_json, write_json


def test_only_what_differs_is_listed(tmp_path: Path):
    runs = open_runs([compared(tmp_path), compared(tmp_path, "cured", activation="relu", seed=3)])
    assert differences(runs) == {
        "seed": [0, 3],
        "model.activation": ["sigmoid", "relu"],
        "preset": ["sick", "cured"],
    }
    everything = differences(runs, everything=True)
    assert everything["train.batch_size"] == [32, 32]
    assert {"versions.keras", "git_commit", "host"} <= everything.keys()


def test_versions_and_revision_count_as_differences(tmp_path: Path):
    paths = [compared(tmp_path), compared(tmp_path)]
    info, _ = read_json(paths[1] / "run.json")
    info["versions"]["keras"], info["git_commit"] = "2.0", "abc"
    write_json(paths[1] / "run.json", info, durable=False)
    found = differences(open_runs(paths))
    assert found["versions.keras"][1] == "2.0"
    assert found["git_commit"][1] == "abc"
    assert len(found) == 2


def test_keras_objects_stay_whole_and_absent_tables_do_not_hide_filled_ones():
    flat = settings_of(
        {
            "title": "left out",
            "data": {"name": "moons", "options": {"noise": 0.1}},
            "optimizer": {"schedule": {"name": "cosine", "decay_steps": 5}},
        }
    )
    assert flat == {
        "data.name": "moons",
        "data.options.noise": 0.1,
        "optimizer.schedule": {"name": "cosine", "decay_steps": 5},
    }


def test_deltas_are_taken_from_the_baseline_and_know_their_direction(tmp_path: Path):
    runs = open_runs([compared(tmp_path, val_accuracy=0.3), compared(tmp_path, val_accuracy=0.9)])
    rows = {row.metric: row for row in results(runs, baseline=1)}
    row = rows["val_accuracy"]
    assert row.values == pytest.approx((0.3, 0.9))
    assert row.deltas == pytest.approx((-0.6, 0.0))
    assert (row.better, row.gain(0), row.gain(1)) == ("higher", "worse", "same")
    assert rows["best val_accuracy"].values == pytest.approx((0.3, 0.9))
    assert rows["steps"].better is None and rows["steps"].gain(0) == "unknown"
    assert direction("val_loss") == "lower"


@pytest.mark.parametrize(
    ("values", "gain"),
    [
        ((1.0, math.nan), "worse"),
        ((math.nan, 1.0), "better"),
        ((math.inf, math.nan), "same"),
        ((1.0, 0.5), "better"),
        ((None, 0.5), "unknown"),
    ],
)
def test_a_finite_loss_is_better_than_one_that_is_not(values: tuple, gain: str):
    delta = None if None in values else values[1] - values[0]
    assert Result("loss", "lower", values, (0.0, delta)).gain(1) == gain


def test_letters_go_on_behind_z():
    assert [letter(i) for i in (0, 25, 26, 27)] == ["A", "Z", "AA", "AB"]
