"""Charts of the probe batch and of clipping, on histories whose numbers are known."""

from dataclasses import replace

import numpy as np
import pytest
from charts_history import history

from gradlab.engine.comparison.probed import pooled_together, pooled_weights
from gradlab.engine.stream.clipping import clipped_by_epoch, clipping
from gradlab.engine.stream.events import CLIP_SCALARS, STEP_SCALARS, Column, Probe, Started, Steps
from gradlab.engine.stream.history import History
from gradlab.tui.charts.clipped import angle_chart, clipped_chart
from gradlab.tui.charts.measured import pooled_chart, time_chart
from gradlab.tui.charts.profile import signal_chart
from gradlab.tui.words.weight_tables import clipping_line, weight_lines


def with_time(*norms: tuple[float, ...]) -> History:
    """A run whose first layer is recurrent, measured once for each row of norms."""
    run, info = History(), history()
    run.add(info.started)
    for epoch, row in enumerate(norms, -1):
        layers = info.probes[0].layers
        run.add(
            Probe(epoch, 50 * (epoch + 1), (replace(layers[0], time_delta_norm=row), *layers[1:]))
        )
    return run


def test_the_gradient_by_time_step_shows_both_ends_of_the_training_and_the_slope():
    spec = time_chart(with_time((0.25, 0.5, 1.0), (0.1, 0.1, 0.1), (4.0, 2.0, 1.0)), ratio=0.5)
    now, before, slope = spec.series
    np.testing.assert_array_equal(now.y, [4, 2, 1])
    np.testing.assert_array_equal(before.y, [0.25, 0.5, 1])
    np.testing.assert_allclose(slope.y, before.y)
    assert before.dashed and slope.dashed and not now.dashed and spec.log


def test_all_weights_are_pooled_by_their_number():
    run = history()
    narrow, wide = run.probes[0].layers[0], run.probes[0].layers[1]
    probe = Probe(
        0, 50,
        (replace(narrow, weight_counts=(64,), weight_edges=(0.0, 1.0)),
         replace(wide, weight_counts=(10, 10), weight_edges=(-1.0, 0.0, 1.0))),
    )  # fmt: skip
    shares, edges = pooled_weights(probe, run.layers[:2])
    assert shares.sum() == pytest.approx(1)
    # 64 weights of each: those of the first between 0 and 1, half of the second's below 0
    assert shares[edges[1:] <= 1e-9].sum() == pytest.approx(32 / 128)
    other, ends = pooled_together([run, run])
    np.testing.assert_array_equal(other[0], other[1])
    assert ends[0] == -1 and ends[-1] == 1
    assert pooled_together([History()])[0] == [None]
    assert [series.label for series in pooled_chart(run).series] == ["step 50", "step 0"]


def clipped_run() -> History:
    """Two epochs of two steps: norm 4 clipped to 1 and turned by 30 degrees, but in the last step."""
    columns = tuple(Column("", name) for name in (*STEP_SCALARS, *CLIP_SCALARS))
    run = History()
    run.add(Started((), columns, (), 2, 2))
    rows = np.array([[1, 1, 4, 1, 30]] * 3 + [[1, 1, 0.5, 0.5, 0]], np.float32)
    run.add(Steps(np.arange(4), np.arange(4.0), rows))
    return run


def test_clipping_is_told_by_epoch_by_size_and_by_direction():
    run = clipped_run()
    found = clipping(run.steps)
    assert (found.share, found.left) == (0.75, 0.25)
    assert (found.angle, found.largest_angle) == (30, 30)
    steps, shares = clipped_by_epoch(run)
    assert steps.tolist() == [2, 4] and shares.tolist() == [1, 0.5]
    assert clipped_chart(run).series[0].y.tolist() == [1, 0.5]
    assert angle_chart(run).series[0].y.max() == 30
    line = clipping_line({"clipping": vars(found)})
    assert "75% of the steps, to 0.25" in line and "turned by 30°" in line
    assert clipping(history().steps) is None


def test_activations_by_depth_at_the_first_step_and_at_another():
    run = history()
    columns = tuple(Column(layer.name, "activation_mean") for layer in run.layers)
    values = np.outer(np.arange(1, 4), np.arange(len(columns))).astype(np.float32)
    run.add(replace(run.started, columns=columns, step=0))
    run.add(Steps(np.arange(3), np.arange(3.0), values))
    now, first = signal_chart(run, "activation_mean").series
    np.testing.assert_array_equal(now.y, 3 * np.arange(len(columns)))
    np.testing.assert_array_equal(first.y, np.arange(len(columns)))
    assert signal_chart(run, "activation_mean", step=1).series[0].label == "step 1"


def test_weights_get_a_row_for_each_layer_where_that_tells_more():
    quiet = {"name": "dense", "weight_norm_first": 3.0, "weight_norm": 3.1, "dead_units": 0.0}
    only = weight_lines({"layers": [quiet]})
    assert only == ["weight norm of all kernels: 3 at first, 3.1 at the end"]
    shrunk = quiet | {"name": "top", "weight_norm": 0.4, "dead_units": 0.5}
    head, titles, *rows = weight_lines({"layers": [quiet, shrunk]})
    assert "4.243 at first, 3.126 at the end" in head
    assert titles.split()[:3] == ["layer", "weights", "first"] and "dead units" in titles
    assert rows[1].split() == ["top", "3", "0.4", "50%"]
    assert weight_lines({"layers": [{"name": "old"}]}) == []
