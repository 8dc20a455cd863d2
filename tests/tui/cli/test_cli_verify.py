"""`gradlab presets verify`, as a shell runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from command import Done, gradlab

# A proxy that refuses at once: no test reaches a network, whatever the machine.
DEAD_PROXY = {"http_proxy": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9"}

TINY = """
title = "tiny"
[data]
name = "circles"
options = {{ n_samples = 60, random_state = 1 }}
[train]
epochs = 2
[expect]
epochs = [{epochs}, {epochs}]
[expect.origin]
epochs = "theory: as many as were asked for"
[expect.published]
epochs = 2
"""


@pytest.fixture
def verify(tmp_path: Path) -> Callable[..., Done]:
    def run(*arguments: str) -> Done:
        return gradlab("presets", "verify", *arguments, cwd=tmp_path)

    return run


def test_a_miss_exits_1_and_a_pass_beside_it_is_told(verify, tmp_path) -> None:
    (tmp_path / "good.toml").write_text(TINY.format(epochs=2))
    (tmp_path / "bad.toml").write_text(TINY.format(epochs=3))
    done = verify("good.toml", "bad.toml", "--seeds", "2")
    assert done.code == 1
    lines = done.out.splitlines()
    assert lines[0].startswith("good  passed, 2 seeds")
    assert lines[1] == (
        "  epochs           measured 2 / 2 / 2   band 2 to 2 (theory: as many as were asked for)  "
        "2/2 inside   published 2  pass"
    )
    assert any(line.startswith("bad   missed") for line in lines)
    assert "MISS" in done.out
    assert "1/2 good: seed 2/2, finished" in done.err
    assert "1 passed, 1 missed, 0 unchecked, 0 not run" in done.err


def test_json_is_one_document_and_missing_data_are_no_pass(tmp_path) -> None:
    # Keras reads KERAS_HOME when it is imported.
    environment = {**os.environ, **DEAD_PROXY, "KERAS_HOME": str(tmp_path / "keras")}
    (tmp_path / "plain.toml").write_text(TINY.partition("[expect]")[0].format())
    command = [sys.executable, "-m", "gradlab.tui", "presets", "verify"]
    done = subprocess.run(
        [*command, "fashion-test-unscaled", "plain.toml", "--json", "--seeds", "2"],
        capture_output=True, text=True, cwd=tmp_path, env=environment, timeout=240,
    )  # fmt: skip
    assert done.returncode == 0
    document = json.loads(done.stdout)
    assert (document["passed"], document["not run"], document["unchecked"]) == (0, 1, 1)
    fashion, plain = document["presets"]
    assert fashion["outcome"] == "not run" and fashion["reason"].startswith("no data: ")
    assert "digits" in fashion["reason"]
    assert plain["outcome"] == "unchecked" and plain["seeds"] == 2
    loss = next(figure for figure in plain["figures"] if figure["name"] == "loss")
    assert loss["mean"] == pytest.approx(sum(loss["values"]) / 2) and loss["deviation"] > 0


def test_nothing_to_verify_is_wrong_usage(verify) -> None:
    done = verify("--group", "no-such-group")
    assert done.code == 2 and "no preset matches" in done.err


def test_two_processes_give_the_same_verdicts_in_order(verify, tmp_path) -> None:
    (tmp_path / "bad.toml").write_text(TINY.format(epochs=3))
    (tmp_path / "good.toml").write_text(TINY.format(epochs=2))
    done = verify("bad.toml", "good.toml", "--seeds", "2", "--jobs", "2", "--json")
    assert done.code == 1
    document = json.loads(done.out)
    assert [(v["name"], v["outcome"]) for v in document["presets"]] == [
        ("bad", "missed"),
        ("good", "passed"),
    ]
    assert "2/2 good: seed 2/2, finished" in done.err


def test_an_error_in_a_process_is_one_line(verify, tmp_path) -> None:
    data = TINY[TINY.index("name") : TINY.index("[train]")]
    lost = TINY.replace(data, 'name = "csv"\npath = "lost.csv"\ntarget = "y"\n').format(epochs=2)
    (tmp_path / "lost.toml").write_text(lost)
    done = verify("lost.toml", "--jobs", "2", "--seeds", "1")
    assert done.code == 2 and "lost.csv" in done.err
    assert "Traceback" not in done.err
