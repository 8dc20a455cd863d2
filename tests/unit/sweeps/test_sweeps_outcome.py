"""What a sweep comes to, from runs whose results are written by hand."""

import math
from dataclasses import replace
from pathlib import Path

import pytest
from recorded_sweep import swept

from gradlab.engine.sweeps.outcome import (
    Outcome,
    document,
    effects,
    measures,
    outcome,
    ranked,
    score,
    verdict,
)
from gradlab.engine.sweeps.picture import sections
from gradlab.engine.sweeps.plan import read_plan


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """Two depths by two widths, three seeds each; depth does much, width little."""

    def accuracy(settings: dict, seed: int) -> float:
        deep, wide = settings["model.depth"] == 2, settings["model.width"] == 8
        return 0.5 + 0.3 * deep + 0.02 * wide + 0.001 * (seed + deep * seed % 2)

    sweep = swept(tmp_path_factory.mktemp("sweep"), accuracy)
    return outcome(sweep, read_plan(sweep))


def test_every_point_has_its_runs_values(found: Outcome) -> None:
    assert found.metric == "val_accuracy"
    assert [len(point.finite) for point in found.points] == [3] * 4
    assert found.statuses == {"finished": 12}
    assert found.progress == 1
    assert {"val_accuracy", "loss", "healthy", "delta_ratio"} <= set(measures(found))


def test_main_effects_are_means_over_the_others(found: Outcome) -> None:
    depth, width = effects(found)
    (one, low), (two, high) = depth.means
    assert (one, two) == (1, 2)
    assert high - low == pytest.approx(0.3, abs=0.005)
    assert depth.explained > 0.98 > width.explained
    assert depth.explained + width.explained == pytest.approx(1, abs=0.01)


def test_the_best_is_told_apart_only_where_it_is(found: Outcome, tmp_path: Path) -> None:
    said = verdict(found)
    assert said["best"]["settings"] == {"model.depth": 2, "model.width": 8}
    assert said["worst"]["settings"] == {"model.depth": 1, "model.width": 4}
    assert said["told_apart"] and said["low"] <= said["difference"] <= said["high"]

    def luck(settings: dict, seed: int) -> float:
        return 0.5 + 0.1 * ((7 * seed + 3 * settings["model.depth"] + settings["model.width"]) % 5)

    sweep = swept(tmp_path, luck)
    said = verdict(outcome(sweep, read_plan(sweep)))
    assert said["told_apart"] is False
    assert said["alike"] > 0 and said["low"] < 0 < said["high"]


def test_one_seed_a_point_proves_nothing(tmp_path: Path) -> None:
    sweep = swept(tmp_path, lambda settings, seed: 0.1 * settings["model.depth"], repeats=1)
    said = verdict(outcome(sweep, read_plan(sweep)))
    assert said["best"]["settings"]["model.depth"] == 2
    assert said["told_apart"] is said["low"] is None


def test_the_document_and_other_measures(found: Outcome) -> None:
    made = document(found)
    assert [row["n"] for row in made["points"]] == [3] * 4
    assert all(row["low"] <= row["mean"] <= row["high"] for row in made["points"])
    healthy = outcome(found.sweep, found.plan, "healthy")
    assert {value for point in healthy.points for value in point.values} <= {0.0, 1.0}
    ratio = outcome(found.sweep, found.plan, "delta_ratio")
    assert ratio.points[0].mean == pytest.approx(0.25, rel=0.05)
    assert score("delta_ratio", 1.0) > score("delta_ratio", 1.3) > score("delta_ratio", 0.5)
    by_loss = outcome(found.sweep, found.plan, "loss")
    assert ranked(by_loss)[0].mean <= ranked(by_loss)[-1].mean


def test_a_sweep_without_runs_yet(tmp_path: Path) -> None:
    sweep = swept(tmp_path, lambda settings, seed: 0.5, only=0)
    empty = outcome(sweep, read_plan(sweep))
    assert empty.statuses == {"waiting": 12}
    assert empty.progress == 0
    assert verdict(empty)["best"] is None
    assert math.isnan(empty.points[0].mean)


def test_the_picture_for_a_page_is_a_map_of_two_settings(found: Outcome) -> None:
    ((caption, svg),) = sections(found)
    assert caption.startswith("val_accuracy over model.depth and model.width")
    assert "model.depth</text>" in svg and "val_accuracy</text>" in svg
    for point in found.points:
        assert f">{point.mean:.3g}</text>" in svg
    bare = [replace(point, values=(math.nan,) * 3) for point in found.points]
    assert sections(replace(found, points=tuple(bare))) == []


def test_the_picture_of_one_setting_is_a_line_with_its_band(found: Outcome) -> None:
    depths = [replace(found.points[0], settings={"model.depth": depth}) for depth in (1, 2, 3)]
    one = replace(found, plan=replace(found.plan, keys=("model.depth",)), points=tuple(depths))
    ((caption, svg),) = sections(one)
    assert caption.startswith("val_accuracy against model.depth")
    assert "PolyCollection" in svg or "FillBetween" in svg
