"""The data set in numbers, and how light the modules are."""

import json
import subprocess
import sys

import pytest

from gradlab.engine.data.load import load
from gradlab.engine.data.summary import summarise
from gradlab.engine.preset.schema import DataSettings


def test_digits_in_numbers():
    summary = summarise(load(DataSettings(name="digits", scale="unit", test=0.1)))
    assert json.loads(json.dumps(summary, allow_nan=False)) == summary
    assert (summary["input_shape"], summary["output_units"], summary["classes"]) == ([8, 8], 10, 10)
    train, validation, test = (summary["splits"][name] for name in ("train", "validation", "test"))
    assert (train["rows"], validation["rows"], test["rows"]) == (1257, 360, 180)
    assert sum(train["class_counts"].values()) == 1257
    counts = [sum(split["class_counts"]["3"] for split in (train, validation, test))]
    assert counts == [183]
    assert (train["inputs"]["min"], train["inputs"]["max"]) == (0, 1)
    assert train["targets"] is None


def test_regression_in_numbers():
    options = {"n_samples": 1000, "n_features": 20, "noise": 0.1, "random_state": 1}
    summary = summarise(load(DataSettings(name="regression", validation=0, options=options)))
    train = summary["splits"]["train"]
    assert train["targets"]["std"] == pytest.approx(152.7, abs=0.05)
    assert train["class_counts"] is None
    assert summary["splits"]["validation"] is None


def test_sequence_labels_are_counted_step_by_step():
    summary = summarise(load(DataSettings(name="copy", options={"n_samples": 10, "T": 5})))
    counts = summary["splits"]["train"]["class_counts"]
    assert counts["blank"] == 8 * 15
    assert sum(counts.values()) == 8 * 25


def test_modules_import_without_keras_and_scikit_learn():
    script = (
        "import sys, gradlab.engine.data.load, gradlab.engine.data.summary\n"
        "import gradlab.engine.sets.pictures, gradlab.engine.sets.generated\n"
        "import gradlab.engine.data.files, gradlab.engine.data.scaling\n"
        "print({'keras', 'tensorflow', 'sklearn'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "set()"
