"""Charts of several runs on the same axes, and the rows of the compare screen."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from recorded_runs import record

from gradlab.engine.comparison.opened import Opened, open_runs
from gradlab.tui.charts.overlays import (
    CURVES,
    available_axes,
    available_curves,
    curve_overlay,
    profile_overlay,
    ratio_map,
    step_at,
)
from gradlab.tui.drawing.charts import render
from gradlab.tui.drawing.ratio_map import (
    RatioSpec,
    ratio_legend,
    ratio_spans,
    render_ratio,
    scale_of,
)
from gradlab.tui.drawing.rows import plain
from gradlab.tui.tables.comparison_rows import difference_rows, finding_rows, result_rows, run_row


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[Opened]:
    """A of 4 layers and 30 steps, B of 4 layers and 50 steps, C of 7 layers."""
    root: Path = tmp_path_factory.mktemp("runs")
    paths = [record(root), record(root, epochs=5), record(root, layers=7)]
    return open_runs(paths)


def line(text: str, start: str) -> str:
    return next(row for row in text.split("\n") if row.strip().startswith(start))


def test_a_run_keeps_its_letter_and_colour_in_every_chart(runs):
    profile = profile_overlay(runs, "delta_norm", [None] * 3)
    curves = curve_overlay(runs, CURVES[0])
    for spec in (profile, curves):
        lines = [(s.label, s.style) for s in spec.series if not s.dim]
        assert lines == [("A", "line-1"), ("B", "line-2"), ("C", "line-3")]


def test_letters_are_written_on_the_lines(runs):
    drawn = plain(render(profile_overlay(runs[:2], "delta_norm", [None] * 2), 60, 14))
    assert drawn.count("A") > 3
    curves = plain(render(curve_overlay(runs[:2], CURVES[0]), 80, 20))
    assert curves.count("A") >= 2 and curves.count("B") >= 2


def test_what_was_recorded_is_ghosted_behind_two_runs_only(runs):
    assert sum(s.dim for s in curve_overlay(runs[:2], CURVES[0]).series) == 2
    assert not any(s.dim for s in curve_overlay(runs, CURVES[0]).series)


def test_nets_of_other_depth_are_drawn_by_relative_depth(runs):
    same, other = (profile_overlay(some, "delta_norm", [5, 5]) for some in (runs[:2], runs[1:]))
    assert same.x_label == "layer" and same.x_limits == (0.5, 4.5)
    assert other.x_label == "depth" and other.x_limits == (0.0, 1.0)
    assert [len(s.x) for s in other.series] == [4, 7] and other.series[1].x[-1] == 1.0
    assert "step 5" in same.title


@pytest.mark.parametrize(
    "axis, end", [("step", 49), ("epoch", 4.9), ("examples", 49 * 32), ("time", 49)]
)
def test_curves_are_placed_on_every_axis(runs, axis, end):
    assert axis in available_axes(runs)
    spec = curve_overlay(runs, CURVES[0], axis)
    assert spec.series[1].x[-1] == pytest.approx(end)
    assert step_at(runs[1], end, axis) == 49 and step_at(runs[0], end, axis) == 29


def test_an_axis_that_a_run_cannot_be_placed_on_is_left_out(runs):
    blind = replace(runs[0], info={})
    assert available_axes([blind, runs[1]]) == ("step", "epoch", "time")


def test_only_what_was_recorded_is_offered(runs):
    names = [view.name for view in available_curves(runs)]
    assert "Loss" in names and "Accuracy" in names and "Validation loss" not in names


def test_a_finding_is_marked_with_its_runs_letter(runs):
    marks = [(mark.label, mark.x) for mark in curve_overlay(runs[:2], CURVES[0]).marks]
    assert marks == [("A vanishing gradient", 3.0), ("B vanishing gradient", 3.0)]


def test_the_ratio_says_whose_norms_are_larger(runs):
    spec = ratio_map(runs[0], runs[2], (0, 2), "delta_norm")
    assert spec.layers == tuple(f"dense_{i}" for i in range(4)) and spec.styles == (
        "line-1",
        "line-3",
    )
    assert spec.values[0, 0] == pytest.approx(6, abs=0.1)  # 4^-4 over 4^-7
    assert spec.values[0, -1] == pytest.approx(0, abs=0.1)
    drawn = plain(render_ratio(spec, 60, 6)).split("\n")
    assert set(drawn[0].split("dense_3")[1].strip()) == {"·"}
    assert "█" in drawn[4 if "dense_0" in drawn[4] else 3]
    turned = plain(render_ratio(ratio_map(runs[2], runs[0], (2, 0), "delta_norm"), 60, 8))
    assert "≡" in turned and "█" not in turned


@pytest.mark.parametrize("size", [(1, 1), (5, 2), (24, 4), (80, 12), (200, 40)])
def test_a_map_fills_any_size(size):
    values = np.array([[1.0, -1.0], [np.inf, np.nan], [-np.inf, 0.0]])
    spec = RatioSpec(("a", "b"), np.array([0, 1, 2]), values)
    rows = render_ratio(spec, *size)
    assert [len(line) for line in plain(rows).split("\n")] == [size[0]] * size[1]
    assert "2^1 b" not in plain([ratio_legend(spec)]) and "2^1 A" in plain([ratio_legend(spec)])
    assert scale_of(spec) == 1.0


def test_the_cursor_tells_the_factor(runs):
    spec = ratio_map(runs[0], runs[2], (0, 2), "delta_norm")
    assert "A 64" in plain([ratio_spans(spec, 0, 0.0)]) or "A 63" in plain(
        [ratio_spans(spec, 0, 0.0)]
    )


def test_runs_without_a_common_step_say_so(runs, tmp_path):
    from recorded_runs import PRESET

    from gradlab.engine.runs.writer import RunWriter

    empty = open_runs([RunWriter.create(tmp_path, PRESET, preset_name="empty").path])[0]
    spec = ratio_map(runs[0], empty, (0, 1), "delta_norm")
    assert "no step yet" in plain(render_ratio(spec, 60, 3))
    assert curve_overlay([empty], CURVES[0]).series == ()
    assert available_curves([empty]) == ()


@pytest.mark.parametrize("width", [60, 78, 120])
def test_rows_fit_and_name_the_baseline(runs, width):
    rows = [run_row(runs, 1, width), *difference_rows(runs, width), *result_rows(runs, 1, width)]
    assert all(len(text) <= width for text in plain(rows).split("\n"))
    assert "B*" in plain(rows)


def test_results_tell_the_delta_and_its_direction(runs):
    rows = plain(result_rows(runs[:2], 0, 120))
    loss = line(rows, "loss")
    assert "↓" in loss and "0.6667" in loss and "-0.267 better" in loss
    turned = line(plain(result_rows(runs[:2], 1, 120)), "loss")
    assert "+0.267 worse" in turned
    assert line(rows, "steps").split() == ["steps", "30", "50"]


def test_findings_stand_on_one_axis(runs):
    rows = plain(finding_rows(runs[:2], "step", 90)).split("\n")
    assert [row.index("✖") for row in rows[:2]] == [rows[0].index("✖")] * 2
    assert rows[0].rstrip().endswith(" 3") and rows[1].count("─") > rows[0].count("─")
    assert "0 to 49 steps" in rows[-1]
    assert finding_rows([replace(runs[0], history=type(runs[0].history)())], "step", 60)[0][0].text
