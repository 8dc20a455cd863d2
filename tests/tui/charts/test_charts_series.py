import os
import time

import numpy as np
import pytest
from charts_history import finding, history, rows

from gradlab.engine.machine.load import Machine
from gradlab.engine.stream.events import Steps
from gradlab.engine.stream.history import History
from gradlab.tui.charts.clipped import angle_chart, clipped_chart
from gradlab.tui.charts.machine import machine_chart
from gradlab.tui.charts.measured import pooled_chart, time_chart
from gradlab.tui.charts.profile import profile_chart, signal_chart
from gradlab.tui.charts.series import (
    accuracy_chart,
    histogram_chart,
    layer_chart,
    layer_heatmap,
    learning_rate_chart,
    loss_chart,
    matches,
    ridges,
    unit_chart,
)
from gradlab.tui.charts.smoothing import SMOOTHINGS
from gradlab.tui.drawing.charts import render
from gradlab.tui.drawing.heatmaps import render_heatmap
from gradlab.tui.drawing.ridges import render_ridges
from gradlab.tui.drawing.rows import plain

CHARTS = {
    "loss": loss_chart,
    "accuracy": accuracy_chart,
    "learning rate": learning_rate_chart,
    "norms": lambda run: layer_chart(run, "grad_norm"),
    "ratio": lambda run: layer_chart(run, "update_ratio"),
    "shares": lambda run: layer_chart(run, "zero_share"),
    "units": unit_chart,
    "weights": lambda run: histogram_chart(run.probes, "dense_1"),
    "profile": profile_chart,
    "all weights": pooled_chart,
    "signal": lambda run: signal_chart(run, "activation_mean"),
    "time": time_chart,
    "clipped": clipped_chart,
    "angle": angle_chart,
}
ONLY_SOME_HAVE = ("shares", "signal", "time", "clipped", "angle")
"""Charts that this run of dense layers without a clip has nothing for."""


@pytest.mark.parametrize("name", CHARTS)
def test_every_chart_draws_before_the_start_and_during_a_run(name):
    early = CHARTS[name](History())
    assert early.series == ()
    assert plain(render(early, 70, 12)).strip() == early.empty
    drawn = "┤" in plain(render(CHARTS[name](history()), 70, 12))
    assert drawn != (name in ONLY_SOME_HAVE)


def test_lines_are_smoothed_more_or_not_at_all_over_what_was_recorded():
    run = history()
    usual, more, recorded = (loss_chart(run, share).series[0].y for share in SMOOTHINGS)
    rough = [np.abs(np.diff(y)).mean() for y in (usual, more, recorded)]
    assert rough[1] < rough[0] < rough[2]
    np.testing.assert_array_equal(recorded, run.steps.series("", "loss"))
    assert [s.label for s in loss_chart(run, 0.0).series] == ["train", "val"]
    first, *_, raw = layer_chart(run, "grad_norm", smoothing=SMOOTHINGS[1]).series
    assert not first.dim and raw.dim and len(raw.y) == len(run.steps)
    assert layer_chart(run, "grad_norm", smoothing=0.0).title == "Gradient norms, as recorded"


def test_processor_and_memory_of_a_process_are_seen_once_a_second():
    machine = Machine(os.getpid())
    machine.look(10.0)
    assert not machine.loads and machine_chart(machine.loads).series == ()
    spent = time.process_time()
    while time.process_time() < spent + 0.1:
        pass
    machine.look(10.5)
    machine.look(11.0)
    machine.look(13.0)
    first, second = machine.loads
    assert (first.seconds, second.seconds) == (1.0, 3.0)
    assert first.processor * os.cpu_count() > 5 and second.processor < first.processor
    assert 0 < first.memory < 100 and first.resident > 2**20
    assert "┤" in plain(render(machine_chart(machine.loads), 70, 12))
    Machine(2**22 + 1).look(1.0)  # no such process


def test_loss_lies_smoothed_over_each_batch():
    spec = loss_chart(history())
    assert [s.label for s in spec.series] == ["train", "val", "batch"]
    assert spec.series[2].dim and not spec.series[0].dim
    np.testing.assert_allclose(spec.series[0].y[0], 2.7, rtol=1e-3)
    np.testing.assert_array_equal(spec.series[1].x, [50, 100])


def test_layers_between_the_first_and_the_last_are_context():
    spec = layer_chart(history(), "grad_norm")
    assert [s.dim for s in spec.series] == [False, True, True, True, True, False]
    assert spec.log


def test_a_filter_that_leaves_few_layers_shows_them_in_full():
    spec = layer_chart(history(), "delta_norm", layers="_[123]$")
    assert [s.label for s in spec.series] == ["2 dense_1", "3 dense_2", "4 dense_3"]
    assert not any(s.dim for s in spec.series)
    assert "No layer matches" in layer_chart(history(), "delta_norm", layers="conv").empty


def test_an_unfinished_filter_is_taken_as_text():
    assert matches("dense[", "dense[0]") and not matches("dense(", "dense_1")


def test_smoothed_context_keeps_its_size_across_decades():
    spec = layer_chart(history(), "delta_norm")
    np.testing.assert_allclose(spec.series[1].y, 0.25**4, rtol=1e-5)


def test_the_update_ratio_has_its_guide():
    spec = layer_chart(history(), "update_ratio")
    assert [g.y for g in spec.guides] == [1e-3]
    np.testing.assert_array_equal(spec.series[0].x, np.arange(9, 100, 10))


def test_the_profile_reads_the_newest_step_or_the_one_asked_for():
    run = history()
    changed = rows(100, 101)
    run.add(Steps(changed.steps, changed.times, changed.values * 10))
    newest, earlier = profile_chart(run), profile_chart(run, step=40)
    assert "step 100" in newest.title and "step 40" in earlier.title
    delta = earlier.series[0]
    assert (delta.label, earlier.series[1].label) == ("delta", "weights")
    np.testing.assert_allclose(delta.y, 0.25 ** np.arange(5, -1, -1.0), rtol=1e-6)
    np.testing.assert_allclose(newest.series[0].y, 10 * delta.y, rtol=1e-6)


def test_the_profile_falls_to_the_left_and_marks_layers_with_findings():
    run = history()
    run.add(finding())
    spec = profile_chart(run, predicted=0.25 ** np.arange(5, -1, -1.0))
    assert [m.x for m in spec.marks] == [1.0, 2.0]
    assert spec.series[2].dashed
    picture = plain(render(spec, 70, 16)).split("\n")
    places = [row.index("●") for row in picture if "●" in row]
    assert places == sorted(places, reverse=True) and len(places) >= 5
    assert picture[-2].count("▲") == 2


def test_cleared_findings_leave_the_charts():
    run = history()
    run.add(finding())
    assert [m.label for m in loss_chart(run).marks] == ["vanishing gradient"]
    run.add(finding(cleared=True))
    assert loss_chart(run).marks == () and profile_chart(run).marks == ()


def test_nan_gradients_reach_the_chart_as_nan():
    run = history()
    broken = rows(100, 120)
    broken.values[:, 3:] = np.nan
    run.add(broken)
    spec = layer_chart(run, "delta_norm")
    assert all(np.isnan(s.y[-1]) for s in spec.series)
    assert "not finite" in plain(render(profile_chart(run), 70, 14)) or "No value" in plain(
        render(profile_chart(run), 70, 14)
    )
    assert "×" in plain(render_heatmap(layer_heatmap(run), 60, 10))


def test_a_heatmap_holds_at_most_its_rows_whatever_the_length():
    spec = layer_heatmap(history(steps=5000))
    assert len(spec.x) <= 512 and spec.values.shape == (len(spec.x), 6)
    assert spec.layers[0] == "1 dense_0"


def test_a_heatmap_marks_layers_where_findings_began():
    run = history()
    run.add(finding())
    assert layer_heatmap(run).marks == (
        (0, 3.0, "vanishing_gradient"),
        (1, 3.0, "vanishing_gradient"),
    )


def test_histograms_compare_the_first_measurement_with_the_newest():
    spec = histogram_chart(history().probes, "dense_1", "activation")
    assert [s.label for s in spec.series] == ["step 50", "step 0"]
    np.testing.assert_allclose(spec.series[0].y, [0, 0.25, 0.25, 0.5, 0.5, 0.25, 0.25, 0])
    np.testing.assert_allclose(spec.series[0].x, [0, 0, 1, 1, 2, 2, 3, 3])


def test_ridges_draw_every_layer_top_layer_first():
    picture = plain(render_ridges(ridges(history().probes[-1]), 60, 10)).split("\n")
    names = [" ".join(row.split()[:2]) for row in picture if "dense" in row]
    assert names == [f"{i + 1} dense_{i}" for i in range(5, -1, -1)]
    assert "dead 25%" in picture[0] and "sat 50%" in picture[0]


def test_the_profile_says_its_message():
    spec = profile_chart(history(40, 6, 0.25))
    assert spec.note == "÷4 per layer" and spec.x_ends == ("input", "output")
    picture = plain(render(spec, 60, 16)).split("\n")
    assert any("÷4 per layer" in row for row in picture)
    assert picture[-1].startswith("input ") and picture[-1].rstrip().endswith("output")
    assert any("● delta" in row for row in picture)
