import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradlab.tui.drawing.chart_spec import ChartSpec, Series
from gradlab.tui.drawing.charts import render
from gradlab.tui.drawing.heatmaps import HeatmapSpec, heat_layout
from gradlab.tui.drawing.rows import plain
from gradlab.tui.drawing.zoom import cut_chart, cut_heatmap, panned, zoomed

WHOLE = (0.0, 1000.0)


def test_zooming_keeps_what_is_inspected_in_its_place():
    assert zoomed(None, WHOLE, 0.5, 250.0) == (125.0, 625.0)
    assert zoomed((125.0, 625.0), WHOLE, 2.0, 250.0) is None


@given(
    st.lists(
        st.one_of(
            st.tuples(st.sampled_from((0.5, 0.7, 1.5, 2.0)), st.floats(-100, 1100)),
            st.tuples(st.just(0.0), st.floats(-3, 3)),
        ),
        max_size=12,
    )
)
def test_no_window_leaves_the_axis(moves):
    window = None
    for factor, at in moves:
        window = zoomed(window, WHOLE, factor, at) if factor else panned(window, WHOLE, at)
        assert window is None or 0 <= window[0] < window[1] <= 1000


def test_a_spike_survives_every_zoom():
    x = np.arange(100_000, dtype=np.float64)
    y = np.ones(len(x))
    y[54_321] = 1e6
    spec = ChartSpec((Series("loss", x, y),), log=True)
    window = None
    while window is None or window[1] - window[0] > 50:
        window = zoomed(window, (0.0, 99_999.0), 0.5, 54_321.0)
        shown = cut_chart(spec, window)
        assert len(shown.series[0].x) < len(x) and shown.series[0].y.max() == 1e6
        assert "1e6" in plain(render(shown, 60, 15))


@pytest.mark.parametrize("window", [(120.0, 180.0), (100.0, 199.0)])
def test_a_heatmap_begins_where_its_window_does(window):
    x = np.arange(0, 1000, 50, dtype=np.float64)
    spec = HeatmapSpec(("1 a", "2 b"), x, np.ones((len(x), 2)))
    part = cut_heatmap(spec, window)
    place = heat_layout(part, 60, 10)
    assert place is not None and (place.low, place.high) == window
    assert part.x[0] == window[0] and part.x[-1] <= window[1]
