"""`gradlab run --repeats`: each seed is the run that it would be alone, and compiled once for all."""

import json

import numpy as np
import pytest

from gradlab.engine.preset.load import load
from gradlab.engine.runs.documents import read_info
from gradlab.engine.runs.followed import open_run
from gradlab.engine.session import Session
from gradlab.engine.trials.repeats import seeded
from gradlab.tui.cli.repeats import repeat_and_report

SETTINGS = ["train.epochs=3", "model.dropout=0.2", "data.validation=0.2"]


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Three seeds of a small net."""
    folder = tmp_path_factory.mktemp("repeats")
    code = repeat_and_report(
        "circles-tanh-5", SETTINGS, 3, set(),
        name=None, trust=False, runs_dir=folder, as_json=False, quiet=True,
    )  # fmt: skip
    assert code == 0
    return sorted(folder.iterdir())


def test_each_seed_is_a_run_of_one_group(runs):
    infos = [read_info(run)[0] for run in runs]
    first = load("circles-tanh-5").seed
    assert sorted(info["seed"] for info in infos) == [first, first + 1, first + 2]
    assert len({info["group"] for info in infos}) == 1
    assert infos[0]["group"].startswith("circles-tanh-5-")


def test_each_run_is_what_its_seed_gives_alone(runs, tmp_path):
    presets = {preset.seed: preset for preset in seeded(load("circles-tanh-5", SETTINGS), 3)}
    last = max(runs, key=lambda run: read_info(run)[0]["seed"])
    alone = Session(presets[max(presets)], runs_dir=tmp_path)
    alone.start()
    assert alone.join(120)
    one, other = open_run(last).history, open_run(alone.run_dir).history
    np.testing.assert_array_equal(one.steps.series("", "loss"), other.steps.series("", "loss"))
    assert [epoch.logs for epoch in one.epochs] == [epoch.logs for epoch in other.epochs]


def test_the_document(tmp_path, capsys):
    repeat_and_report(
        "circles-tanh-5", SETTINGS, 3, set(),
        name="mine", trust=False, runs_dir=tmp_path, as_json=True, quiet=True,
    )  # fmt: skip
    document = json.loads(capsys.readouterr().out)
    assert document["statuses"] == {"finished": 3}
    result = document["results"]["loss"]
    assert result["n"] == 3
    assert result["low"] <= result["mean"] <= result["high"]
    assert sorted(document["runs"]) == sorted(run.name for run in tmp_path.iterdir())
