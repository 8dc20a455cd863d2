"""`gradlab demo`, on a screen of 80x24."""

from __future__ import annotations

from pathlib import Path

import pytest
from command import Done, gradlab

from gradlab.engine.runs.followed import open_run
from gradlab.engine.runs.ids import find_run


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> tuple[Done, Path]:
    folder = tmp_path_factory.mktemp("demo")
    return gradlab("demo", "-q", "--runs-dir", "kept", cwd=folder, COLUMNS="80"), folder / "kept"


def test_a_broken_net_is_diagnosed_and_cured(shown: tuple[Done, Path]) -> None:
    done, runs = shown
    assert (done.code, done.err) == (0, "")
    broken, cured = (open_run(find_run(name, runs)) for name in ("@last~1", "@last"))
    assert [f.problem for f in broken.history.standing] == ["vanishing_gradient"]
    assert cured.history.standing == []
    assert cured.info["parent"] == broken.id
    accuracies = [run.history.epochs[-1].logs["val_accuracy"] for run in (broken, cured)]
    assert accuracies[0] < 0.2 < 0.9 < accuracies[1]
    (row,) = (line for line in done.out.splitlines() if line.startswith("val_accuracy"))
    assert all(f"{value:.4g}" in row for value in accuracies)


def test_each_part_fits_a_small_terminal(shown: tuple[Done, Path]) -> None:
    parts = shown[0].out.partition("\n4  ")
    for part in (parts[0], parts[2]):
        lines = part.splitlines()
        assert len(lines) < 24
        assert max(map(len, lines)) <= 80
