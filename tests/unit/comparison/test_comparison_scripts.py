"""Runs of scripts beside each other and beside a preset's: only what is known to differ is named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from recorded_runs import record, started, training

from gradlab.engine.comparison.differences import differences
from gradlab.engine.comparison.document import same_loss
from gradlab.engine.comparison.opened import open_runs
from gradlab.engine.runs.writer import RunWriter

COMPILED = {
    "optimizer": {
        "class_name": "Adam",
        "config": {"name": "adam", "learning_rate": 0.0010000000474974513, "clipnorm": None},
    }
}


def scripted(root: Path, text: str, *arguments: str) -> Path:
    """The run of a script with these arguments."""
    writer = RunWriter.create(root, None, preset_name="sequential", argv=["mine.py", *arguments])
    (writer.path / "script.py").write_text(text)
    (writer.path / "model.json").write_text(json.dumps({"compile_config": COMPILED}))
    for event in training(started()):
        writer.write(event)
    return writer.path


@pytest.mark.parametrize(
    ("text", "arguments", "expected"),
    [
        ("a = 1", ["--seed", "3"], {}),
        ("a = 1", ["--seed", "4"], {"arguments": ["--seed 3", "--seed 4"]}),
        ("a = 2", ["--seed", "3"], {"script": ["mine.py 2aab5485", "mine.py b3a2053f"]}),
    ],
)
def test_scripts_differ_in_text_and_arguments(
    tmp_path: Path, text: str, arguments: list[str], expected: dict[str, list[str]]
) -> None:
    runs = [scripted(tmp_path, "a = 1", "--seed", "3"), scripted(tmp_path, text, *arguments)]
    opened = open_runs(runs)
    assert differences(opened) == expected
    assert same_loss(opened)


def test_beside_a_preset_a_script_tells_what_it_was_compiled_with(tmp_path: Path) -> None:
    opened = open_runs([scripted(tmp_path, "a = 1"), record(tmp_path)])
    # The preset leaves the rate to Keras.
    assert differences(opened) == {
        "optimizer.learning_rate": [0.001, None],
        "preset": ["sequential", "vanishing-sigmoid"],
        "script": ["mine.py 2aab5485", None],
    }
    assert differences(opened, everything=True)["optimizer.name"] == ["adam", "adam"]
    assert not same_loss(opened)
