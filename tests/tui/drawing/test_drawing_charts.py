import numpy as np
import pytest

from gradlab.tui.drawing.chart_layout import scaled
from gradlab.tui.drawing.chart_spec import ChartSpec, Guide, Mark, Series, positions, readout
from gradlab.tui.drawing.charts import render
from gradlab.tui.drawing.rows import plain
from gradlab.tui.terminal.ascii import in_ascii

X = np.arange(120)
SIZES = [
    (1, 1),
    (2, 1),
    (1, 2),
    (5, 3),
    (12, 4),
    (23, 5),
    (24, 5),
    (29, 6),
    (30, 5),
    (80, 20),
    (160, 50),
]
ODD = {
    "empty": np.empty(0),
    "one point": np.array([2.0]),
    "constant": np.full(120, 0.5),
    "zeros": np.zeros(120),
    "negative": -np.ones(120),
    "nan": np.full(120, np.nan),
    "infinite": np.full(120, np.inf),
    "mixed": np.where(X % 7 == 0, np.nan, np.where(X % 11 == 0, -np.inf, 10.0 ** (X / 4.0 - 20))),
    "float range": np.geomspace(1e-45, 3e38, 120),
    "huge": np.where(X % 2 == 0, 1.7e308, -1.7e308),
}


def lines(spec, width=60, height=14):
    return plain(render(spec, width, height)).split("\n")


@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize("name", ODD)
def test_any_data_fills_any_size_exactly(name, log):
    y = ODD[name]
    for glyphs in ("braille", "hd", "ascii"):
        spec = ChartSpec(
            (Series("a", X[: len(y)], y), Series("b", X[: len(y)], y, dashed=True, points=True)),
            log=log,
            marks=(Mark(3, "began"), Mark(1e9, "later")),
            guides=(Guide(1e-3, "1e-3"), Guide(0.0, "0")),
            cursor=40,
            glyphs=glyphs,
        )
        for width, height in SIZES:
            rows = render(spec, width, height)
            assert len(rows) == height
            assert {sum(len(span.text) for span in row) for row in rows} == {width}


def test_two_builds_are_identical():
    spec = ChartSpec((Series("a", X, np.exp(-X / 9.0)),), log=True)
    assert render(spec, 70, 16) == render(spec, 70, 16)


def test_nothing_to_draw_is_a_sentence():
    assert "Waits." in plain(render(ChartSpec(empty="Waits."), 40, 5))
    assert "No value so far is a finite number" in plain(
        render(ChartSpec((Series("a", X, ODD["nan"]),)), 60, 5)
    )
    assert "Every value is zero" in plain(
        render(ChartSpec((Series("a", X, ODD["zeros"]),), log=True), 60, 5)
    )


def test_a_log_axis_has_decades():
    text = plain(render(ChartSpec((Series("a", X, np.geomspace(1e-8, 1, 120)),), log=True), 60, 14))
    assert "1e0┤" in text and "1e-3┤" in text and "1e-6┤" in text


def test_what_is_not_finite_is_a_gap_a_sign_and_a_count():
    y = np.full(120, 0.5)
    y[40:60] = np.nan
    y[100] = np.inf
    picture = lines(ChartSpec((Series("a", X, y),)), 80)
    assert picture[0].count("×") == 2
    assert "21 not finite" in picture[-2]
    row = next(
        line for line in picture[1:-2] if "⠒" in line or "⠤" in line or "⠉" in line or "⣀" in line
    )
    plot = row[picture[0].index("×") : picture[0].index("×") + 8]
    assert plot.strip() == ""


def test_zeros_on_a_log_axis_are_marked_at_the_bottom():
    y = np.full(120, 0.5)
    y[60:] = 0
    picture = lines(ChartSpec((Series("a", X, y),), log=True))
    assert "0" in picture[-3][10:]
    assert "60 zero" in picture[-2]


def test_lines_are_labelled_where_they_end():
    picture = lines(ChartSpec((Series("up", X, X / 120), Series("down", X, 1 - X / 120))))
    assert picture.index(next(p for p in picture if p.rstrip().endswith("up"))) < 3
    assert picture.index(next(p for p in picture if p.rstrip().endswith("down"))) > 8


def test_labels_that_meet_take_neighbouring_rows():
    picture = plain(render(ChartSpec((Series("first", X, X), Series("second", X, X))), 60, 14))
    assert "first" in picture and "second" in picture


def test_styles_name_the_lines_and_too_many_are_dimmed():
    spec = ChartSpec(tuple(Series(f"s{i}", X, X + 40.0 * i) for i in range(12)))
    styles = {span.style for row in render(spec, 80, 30) for span in row}
    assert {"line-1", "line-8", "dim", "axis"} <= styles
    assert "line-9" not in styles


def test_guides_are_in_view_and_marks_carry_their_label():
    spec = ChartSpec(
        (Series("a", X, np.full(120, 1e-6)),),
        log=True,
        guides=(Guide(1e-3, "1e-3"),),
        marks=(Mark(50, "began"),),
    )
    picture = plain(render(spec, 70, 16))
    assert "┄┄┄" in picture and "┊ began" in picture


def test_ascii_is_ascii():
    y = np.where(X > 100, np.nan, np.exp(-X / 20.0))
    spec = ChartSpec(
        (Series("a", X, y, points=True), Series("b", X, y * 0.3)),
        marks=(Mark(50, "a rather long name of a finding that does not fit"),),
        guides=(Guide(0.5, "half"),),
        cursor=30,
        glyphs="ascii",
    )
    assert "?" not in in_ascii(plain(render(spec, 60, 14)))


def test_names_from_a_user_cannot_move_the_cells():
    spec = ChartSpec((Series("層\n[red]", X, X * 1.0),))
    rows = render(spec, 60, 10)
    assert {sum(len(span.text) for span in row) for row in rows} == {60}
    assert "層?[red]" in plain(rows)


def test_a_growing_smooth_line_changes_few_rows():
    def rows(steps):
        x = np.arange(steps)
        return render(ChartSpec((Series("loss", x, 2 + np.exp(-x / 200)),)), 80, 20)

    differing = sum(a != b for a, b in zip(rows(1100), rows(1120), strict=True))
    assert 1 <= differing <= 3


def test_readout_gives_each_line_at_its_nearest_record():
    spec = ChartSpec(
        (
            Series("train", X, X * 2.0),
            Series("val", np.array([45, 90]), np.array([7.0, np.nan])),
            Series("raw", X, X * 1.0, dim=True),
        )
    )
    assert readout(spec, 50.4) == (50.0, [("train", 100.0, "line-1"), ("val", 7.0, "line-2")])
    assert np.isnan(readout(spec, 88)[1][1][1])
    assert readout(ChartSpec(), 3.0) == (3.0, [])
    assert len(positions(spec)) == 120


def test_scaled_counts_what_it_leaves_out():
    left_out = scaled(
        ChartSpec((Series("a", X[:5], np.array([1, 0, -1, np.nan, np.inf])),), log=True)
    )
    assert (left_out.not_finite, left_out.not_positive) == (2, 2)


def test_text_of_changed_cells_only():
    from gradlab.tui.drawing.rows import Span, changed

    old = (Span("abc", "axis"), Span("def", "dim"))
    assert changed(old, (Span("abcdef", "axis"),)) == [(3, 6)]
    assert changed(old, old) == []
    long = (Span("x" + "a" * 40 + "y"),)
    assert changed(long, (Span("X" + "a" * 40 + "Y"),)) == [(0, 1), (41, 42)]
