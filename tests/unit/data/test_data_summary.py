"""The data set in numbers, and how light the modules are."""

import json
import subprocess
import sys
from dataclasses import asdict

import pytest
from pydantic import TypeAdapter

from gradlab.engine.data.load import load_data
from gradlab.engine.data.summary import summarise
from gradlab.engine.preset.schema import DataSettings
from gradlab.engine.stream.data_facts import DataFacts


def test_digits_in_numbers():
    facts = summarise(load_data(DataSettings(name="digits", scale="unit", test=0.1)))
    document = json.loads(json.dumps(asdict(facts), allow_nan=False))
    assert TypeAdapter(DataFacts).validate_python(document) == facts
    assert (facts.input_shape, facts.output_units, facts.classes) == ((8, 8), 10, 10)
    assert {name: split.rows for name, split in facts.splits.items() if split} == {
        "train": 1257, "validation": 360, "test": 180
    }  # fmt: skip
    counts = [split.class_counts or {} for split in facts.splits.values() if split]
    assert sum(counts[0].values()) == 1257 and sum(c["3"] for c in counts) == 183
    assert (facts.train.inputs.min, facts.train.inputs.max) == (0, 1)
    assert facts.train.targets is None
    assert facts.attainable_error is not None and facts.attainable_error < 0.05


def test_regression_in_numbers():
    options = {"n_samples": 1000, "n_features": 20, "noise": 0.1, "random_state": 1}
    facts = summarise(load_data(DataSettings(name="regression", validation=0, options=options)))
    assert facts.train.targets is not None
    assert facts.train.targets.std == pytest.approx(152.7, abs=0.05)
    assert facts.train.class_counts is None
    assert facts.splits["validation"] is None


def test_sequence_labels_are_counted_step_by_step():
    facts = summarise(load_data(DataSettings(name="copy", options={"n_samples": 10, "T": 5})))
    counts = facts.train.class_counts
    assert counts is not None
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
