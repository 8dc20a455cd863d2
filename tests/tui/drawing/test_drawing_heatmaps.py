import numpy as np
import pytest

from gradlab.tui.drawing.heatmaps import (
    ASCII_SHADES,
    HeatmapSpec,
    heat_layout,
    heat_readout,
    legend,
    levels,
    render_heatmap,
)
from gradlab.tui.drawing.ridges import Ridge, RidgeSpec, rebinned, render_ridges
from gradlab.tui.drawing.rows import plain
from gradlab.tui.terminal.ascii import in_ascii

STEPS = np.arange(200)
LAYERS = tuple(f"dense_{i}" for i in range(8))


def spec(values=None, **changes):
    if values is None:
        values = np.tile(10.0 ** -np.arange(7, -1, -1.0), (len(STEPS), 1))
    return HeatmapSpec(LAYERS[: values.shape[1]], STEPS[: len(values)], values, **changes)


@pytest.mark.parametrize("fill", [1.0, 0.0, -1.0, np.nan, np.inf, 1e-45, 3e38])
def test_any_value_fills_any_size_exactly(fill):
    for width, height in [(1, 1), (3, 2), (24, 4), (40, 3), (60, 30), (160, 5)]:
        rows = render_heatmap(spec(np.full((200, 8), fill), cursor=(2, 50)), width, height)
        assert len(rows) == height
        assert {sum(len(s.text) for s in row) for row in rows} == {width}


def test_the_top_layer_is_on_top_and_denser_glyphs_are_larger_norms():
    picture = plain(render_heatmap(spec(), 60, 9)).split("\n")
    assert [row.split()[0] for row in picture[:8]] == list(reversed(LAYERS))
    assert "█" in picture[0] and "░" in picture[7]
    shades = ["░▒▓█".index(row.split()[1][0]) for row in picture[:8]]
    assert shades == sorted(shades, reverse=True) and len(set(shades)) == 4


def test_levels_are_few_round_and_cover_the_data():
    scale = levels(spec())
    assert (scale.low, scale.high) == (-7, 0) and scale.count <= 12
    wide = levels(spec(np.array([[1e-45, 3e38]])))
    assert wide.count <= 12 and wide.low <= -45 and wide.high >= 38


def test_colour_is_never_the_only_signal():
    rows = render_heatmap(spec(), 60, 9)
    pairs = {(s.text[0], s.style) for row in rows for s in row if s.style.startswith("heat-")}
    assert len({text for text, _ in pairs}) == 4
    ascii_rows = in_ascii(plain(render_heatmap(spec(shades=ASCII_SHADES), 60, 9)))
    assert len(set(ascii_rows) & set(".:-=+*#%@")) >= 6


def test_neighbouring_cells_of_a_level_are_one_span():
    assert max(len(row) for row in render_heatmap(spec(), 120, 9)) <= 6


def test_one_bad_step_among_many_is_seen():
    values = np.ones((200, 8))
    values[123, 3] = np.nan
    picture = plain(render_heatmap(spec(values), 40, 9)).split("\n")
    assert [("×" in row) for row in picture].index(True) == 4
    assert sum(row.count("×") for row in picture) == 1


def test_zero_is_not_small():
    values = np.ones((200, 2))
    values[:, 0] = 0
    top, bottom = plain(render_heatmap(spec(values), 20, 2)).split("\n")
    assert set(bottom) == {"0"} and "0" not in top


def test_more_layers_than_rows_share_rows():
    values = np.ones((50, 40))
    many = HeatmapSpec(tuple(f"l{i}" for i in range(40)), STEPS[:50], values)
    place = heat_layout(many, 40, 6)
    assert place is not None
    covered = [layer for row in range(place.height) for layer in place.layers_in(row)]
    assert sorted(covered) == list(range(40))


def test_findings_are_marked_where_they_began():
    picture = plain(render_heatmap(spec(marks=((0, 100.0, "vanishing_gradient"),)), 60, 9)).split(
        "\n"
    )
    assert "◀" in picture[7] and "◀" not in picture[0]


def test_readout_is_exact():
    assert heat_readout(spec(), 2, 56.3) == (56.0, pytest.approx(1e-5))


def test_the_legend_spans_the_levels():
    text = plain([legend(spec())])
    assert text.startswith(" log10 -7 ░") and text.endswith("█ 0")


def test_rebinning_keeps_the_total():
    ridge = Ridge("a", (3, 5, 2), (0.0, 1.0, 2.0, 4.0))
    np.testing.assert_allclose(rebinned(ridge, np.linspace(-1, 5, 50)).sum(), 10)
    np.testing.assert_allclose(rebinned(ridge, np.array([0.0, 0.5, 1.0])), [1.5, 1.5])


def test_ridges_fill_any_size_exactly():
    one = Ridge("dense", (0, 4, 1), (0.0, 0.1, 0.2, 0.3), "dead 12%", True)
    for ridges in ((), (one,), (Ridge("empty", (0,), (0.0, 1.0)), one), (one,) * 30):
        for width, height in [(1, 1), (10, 2), (24, 3), (60, 12), (160, 50)]:
            rows = render_ridges(RidgeSpec(ridges), width, height)
            assert len(rows) == height
            assert {sum(len(s.text) for s in row) for row in rows} == {width}
