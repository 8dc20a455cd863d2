"""`gradlab fix`, as a shell runs it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from command import Done, gradlab

from gradlab.engine.data.load import load_data
from gradlab.engine.preset.load import load

PRESET = """
title = "Prices"

[data]
name = "csv"
path = "prices.csv"        # one row for each house
task = "regression"

[model]
family = "mlp"
width = 8

[optimizer]
name = "sgd"
learning_rate = 0.05

[train]
epochs = 10
batch_size = 16
"""


def fix(*arguments: str, cwd: Path) -> Done:
    return gradlab("fix", *arguments, cwd=cwd, COLUMNS="80")


@pytest.fixture
def prices(tmp_path: Path) -> Path:
    """A preset of the user's own whose targets are in the thousands."""
    random = np.random.default_rng(0)
    x = random.normal(size=(200, 3))
    y = 50_000 + 20_000 * x @ [1.0, -2.0, 0.5]
    rows = "\n".join(",".join(f"{v:.4f}" for v in row) for row in np.column_stack([x, y]))
    folder = tmp_path / "houses"
    folder.mkdir()
    (folder / "prices.csv").write_text(f"a,b,c,price\n{rows}\n")
    (folder / "houses.toml").write_text(PRESET)
    return folder / "houses.toml"


def test_the_cured_preset_is_written_beside_the_user(prices: Path, tmp_path: Path):
    done = fix("houses/houses.toml", "--budget", "100", cwd=tmp_path)
    assert done.code == 0, done.err
    assert "unscaled_targets: trying scale_targets" in done.err
    text = " ".join(done.out.split())
    assert text.startswith("houses: cured; 100 steps (10 epochs) a trial")
    assert "scale_targets unscaled_targets cured val_r2" in text
    assert "cure: --set data.target_scale=standard" in text
    assert text.endswith("next: gradlab run presets/houses-fixed.toml")
    written = tmp_path / "presets" / "houses-fixed.toml"
    assert "# one row for each house" in written.read_text()
    fixed = load(written)
    assert fixed.data.target_scale == "standard"
    assert len(load_data(fixed.data, base=written.parent).train) == 160

    again = fix("houses/houses.toml", cwd=tmp_path)
    assert (again.code, again.out) == (2, "")
    assert "not overwritten" in again.err


def test_json_is_strict_and_healthy_is_0(tmp_path: Path):
    overrides = ["--set", "model.depth=2", "--set", "model.width=32"]
    done = fix("vanishing-cured", "--json", "--budget", "90", *overrides, cwd=tmp_path)
    assert done.code == 0, done.err
    document = json.loads(done.out, parse_constant=pytest.fail)
    assert (document["status"], document["tried"], document["written"]) == ("healthy", [], None)
    assert document["before"]["findings"] == []
    assert list(tmp_path.iterdir()) == []
