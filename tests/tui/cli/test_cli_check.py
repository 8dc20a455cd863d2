"""`gradlab check`, as a shell runs it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command import Done, gradlab


def check(*arguments: str, cwd: Path) -> Done:
    return gradlab("check", *arguments, cwd=cwd, COLUMNS="80")


def test_text_shows_layers_loss_data_finding_and_what_to_do(tmp_path: Path):
    done = check("vanishing-sigmoid", "--set", "model.depth=6", cwd=tmp_path)
    assert done.code == 0, done.err
    assert max(map(len, done.out.splitlines())) <= 80 + len("model.initializer=he_normal")
    lines = done.out.splitlines()
    first, drawn = (line for line in lines if line.startswith("dense "))
    top, _ = (line for line in lines if line.startswith("output "))
    assert drawn.split()[-6:-3] == ["256", "0.0791", "0.0793"]  # fan out, sigma, drawn
    assert first.count("█") < top.count("█") / 2
    assert "┃" in first and "┃" in top
    text = " ".join(done.out.split())
    assert "delta ratio per layer: measured 0.23" in text
    assert "first loss (sparse_categorical_crossentropy)" in text
    assert "data: digits (classification), 1,437 training rows of 8x8" in text
    assert "✖ vanishing_gradient: " in text
    assert "try: --set model.activation=relu --set model.initializer=he_normal" in text
    assert lines[-1] == "next: gradlab fix vanishing-sigmoid --set model.depth=6"
    assert list(tmp_path.iterdir()) == []


def test_json_is_strict_and_a_finding_fails_on_request(tmp_path: Path):
    done = check("vanishing-sigmoid", "--json", "--fail-on", "vanishing_gradient", cwd=tmp_path)
    assert done.code == 3, done.err
    document = json.loads(done.out, parse_constant=pytest.fail)
    assert {
        "preset", "layers", "delta_ratio_per_layer", "initial_loss", "data", "findings",
    } <= set(document)  # fmt: skip
    assert document["preset"] == "vanishing-sigmoid"
    assert set(document["layers"][0]) >= {"name", "predicted", "measured"}
    assert document["delta_ratio_per_layer"]["predicted"] == pytest.approx(0.236, rel=0.01)


def test_mistakes_are_one_line_and_exit_2(tmp_path: Path):
    done = check("vanishing-sigmoid", "--fail-on", "vanishing", cwd=tmp_path)
    assert (done.code, done.out) == (2, "")
    assert "--fail-on: unknown finding vanishing" in done.err
    done = check("vanishing-sigmod", cwd=tmp_path)
    assert done.code == 2
    assert 'did you mean "vanishing-sigmoid"' in done.err.lower()


def test_a_grid_is_looked_at_without_training() -> None:
    grid = ("circles-tanh-5", "model.depth=1..3")
    document = json.loads(gradlab("check", *grid, "--json").out)
    assert [point["settings"]["model.depth"] for point in document["points"]] == [1, 2, 3]
    assert document["points"][0]["measured"] == "NaN"
    shown = gradlab("check", *grid, "--chart").out
    assert "measured" in shown and "first/last layer" in shown


def test_grids_that_cannot_be_looked_at() -> None:
    for arguments, said in (
        (["--chart"], "--chart draws a grid"),
        (["model.depth=1..3", "--lr-range"], "--lr-range takes one preset"),
        (["model.depth=0..3"], "point model.depth=0: "),
        (["model.depth=1..3", "--fail-on", "any"], "--fail-on judges one preset"),
    ):
        done = gradlab("check", "circles-tanh-5", *arguments)
        assert (done.code, done.out) == (2, "")
        assert said in done.err
