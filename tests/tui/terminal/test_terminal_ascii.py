import subprocess
import sys

import pytest

from gradlab.tui.drawing import charts, heatmaps, pictures, ratio_map, ridges
from gradlab.tui.terminal.ascii import SIGNS, in_ascii
from gradlab.tui.words import text as words

DRAWN = (
    words.BLOCKS + words.TICK, ridges.BARS, pictures.LEVELS, pictures.POINTS, ratio_map.ABOVE,
    ratio_map.BELOW, ratio_map.EQUAL, heatmaps.SHADES, charts.POINTS, "─│└┤┬┌┐┘├┴┼┊┄×◆▲…",
)  # fmt: skip


@pytest.mark.parametrize("signs", DRAWN)
def test_every_sign_that_is_drawn_has_one_in_ascii(signs):
    plain = in_ascii(signs)
    assert plain.isascii() and len(plain) == len(signs) and "?" not in plain


@pytest.mark.parametrize(
    "scale", [pictures.POINTS, pictures.LEVELS, ratio_map.ABOVE, ratio_map.BELOW]
)
def test_what_differs_in_unicode_differs_in_ascii(scale):
    assert len(set(in_ascii(scale))) == len(scale)


def test_the_two_sides_of_a_ratio_stay_apart():
    assert not set(in_ascii(ratio_map.ABOVE)) & set(in_ascii(ratio_map.BELOW))


def test_cells_stay_where_they_are():
    assert in_ascii("層é●") == "???o"
    assert in_ascii("plain") == "plain"
    assert all(len(signs) == len(plain) for signs, plain in SIGNS)


def test_a_stream_that_shows_only_ascii_gets_signs():
    program = (
        "from gradlab.tui.terminal.door import install_doors\n"
        "install_doors(); print('▸ ███▌ 0.5 ± 0.1 é')"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONIOENCODING": "ascii"}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout == "> #### 0.5 ~ 0.1 ?\n"
