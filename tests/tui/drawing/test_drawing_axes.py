import math
from itertools import product

import pytest

from gradlab.tui.drawing.axes import above, counting, decades, linear, tick_label


@pytest.mark.parametrize(
    "value, text",
    [
        (0, "0"),
        (0.25, "0.25"),
        (1438, "1438"),
        (20000, "20k"),
        (1.5e6, "1.5M"),
        (3e-5, "3e-05"),
        (-12, "-12"),
    ],
)
def test_numbers_are_short(value, text):
    assert tick_label(value) == text


def test_an_axis_of_steps_moves_its_end_in_jumps():
    ends = {counting(0, last, 6).high for last in range(100, 10_000)}
    assert len(ends) <= 20
    assert all(counting(0, last, 6).high >= last for last in range(1, 3000, 7))


def test_an_axis_of_steps_has_whole_ticks():
    axis = counting(3, 47, 5)
    assert all(tick == int(tick) and axis.low <= tick <= axis.high for tick in axis.ticks)
    assert len(axis.ticks) >= 3


def test_a_linear_axis_holds_its_data_and_ends_on_ticks():
    axis = linear(2.27, 2.74, 5)
    assert axis.low <= 2.27 and axis.high >= 2.74
    assert axis.ticks[0] == axis.low and axis.ticks[-1] == axis.high
    assert axis.labels == ("2.2", "2.3", "2.4", "2.5", "2.6", "2.7", "2.8")


@pytest.mark.parametrize(
    "low, high", [(0, 0), (5, 5), (-1e-12, 1e-12), (-1.7e308, 1.7e308), (1e300, 1e300)]
)
def test_a_linear_axis_survives_constant_and_huge_data(low, high):
    axis = linear(low, high, 5)
    assert math.isfinite(axis.low) and math.isfinite(axis.high) and axis.low < axis.high


def test_a_log_axis_has_a_tick_a_decade():
    axis = decades(-7.3, -0.4, 10)
    assert (axis.low, axis.high) == (-8, 0)
    assert axis.labels == tuple(f"1e{e}" for e in range(0, -9, -1))


def test_a_log_axis_of_one_decade_has_ticks_at_one_two_and_five():
    axis = decades(math.log10(0.03), math.log10(0.2), 6)
    assert axis.labels == ("2e-2", "5e-2", "1e-1", "2e-1")


def test_a_log_axis_of_a_constant_has_a_length():
    axis = decades(-3, -3, 5)
    assert axis.low <= -3 <= axis.high and axis.low < axis.high


def test_above_is_the_next_round_number():
    assert above(143) == 150
    assert above(150) == 150
    assert above(1e-4) == pytest.approx(1e-4)


def test_decades_name_both_ends():
    for low, span, count in product(range(-12, 1), range(2, 14), (1, 2, 4, 6)):
        axis = decades(low, low + span, count)
        assert axis.ticks[0] == low + span and axis.ticks[-1] == low
        assert len(axis.ticks) == len(set(axis.ticks)) <= max(count, 2) + 2
        assert list(axis.ticks) == sorted(axis.ticks, reverse=True)
