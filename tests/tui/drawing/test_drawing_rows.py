"""Texts in cells: wide characters take two, and no cell behind them moves."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from gradlab.tui.drawing.rows import Span, changed, filled, fit, fit_inside, plain, shown, wrapped

NAMES = (
    "dense",
    "漢字の名前",
    "naïve",
    "e\u0301te\u0301",
    "🔬 lab 한국어",
    "a\tb\x1b[31m",
    "漢" * 30,
)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("width", [0, 1, 2, 5, 8, 13, 80])
def test_a_text_takes_its_cells_and_no_more(name, width):
    for cut in (fit(name, width), fit_inside(name, width)):
        assert len(cut) == cell_len(shown(cut)) <= width
    row = filled((Span(fit(name, 80)), Span("|")), width)
    assert cell_len(plain([row])) == width
    lines = wrapped(name, max(width, 4))
    assert all(cell_len(shown(line)) <= max(width, 4) for line in lines)


def test_wide_characters_are_shown_and_wrapped_whole():
    assert shown(fit("漢字の名前", 10)) == "漢字の名前"
    assert shown(fit("漢字の名前", 8)) == "漢字の …"
    assert shown(fit_inside("漢字の名前", 8)) == "漢字… 前"
    assert "".join(map(shown, wrapped("漢字の名前と説明", 7))) == "漢字の名前と説明"
    assert fit("a\nb\u0007", 9) == "a?b?"


def test_both_cells_of_a_wide_character_change():
    before, after = (filled((Span(fit(text, 6)),), 6) for text in ("a漢b", "a字b"))
    assert changed(before, after) == [(1, 3)]
    assert changed(before, before) == []
