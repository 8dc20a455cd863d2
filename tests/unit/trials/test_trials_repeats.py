"""Seeds of a preset, and what their results come to."""

import math

import pytest

from gradlab.engine.errors import PresetError
from gradlab.engine.preset.load import load, load_text
from gradlab.engine.trials.repeats import interval, seeded, summed_up


def summary(seed: int, accuracy: float, problems: tuple[str, ...] = ()) -> dict:
    found = [{"problem": problem} for problem in problems]
    return {
        "run": f"run-{seed}", "seed": seed, "preset": "p", "status": "finished",
        "final": {"accuracy": accuracy}, "findings": found,
    }  # fmt: skip


def test_seeds_follow_the_presets_own_on_the_same_data():
    preset = load_text('seed = 7\n[data]\nname = "circles"\n')
    presets = seeded(preset, 3)
    assert [one.seed for one in presets] == [7, 8, 9]
    assert {one.data.options["random_state"] for one in presets} == {7}
    assert seeded(load("circles-tanh-5"), 2)[1].data == load("circles-tanh-5").data


@pytest.mark.parametrize("count", [0, 1, 1001])
def test_numbers_of_repeats(count):
    with pytest.raises(PresetError, match=r"--repeats .* from 2 to 1000"):
        seeded(load("circles-tanh-5"), count)


def test_seeds_end_somewhere():
    with pytest.raises(PresetError, match=r"2\^32"):
        seeded(load("circles-tanh-5", ["seed=4294967290"]), 9)


def test_the_interval_is_scipys_and_always_the_same():
    values = [0.5, 0.6, 0.7, 0.75, 0.9]
    low, high = interval(values)
    assert low < sum(values) / 5 < high
    assert interval(values) == (low, high)
    assert interval([*values, math.nan]) == (low, high)
    assert interval([1.0, 2.0]) is None
    assert interval([0.5, 0.5, 0.5]) == (0.5, 0.5)


def test_summing_up():
    summaries = [summary(1, 0.5, ("vanishing_gradient",)), summary(2, 0.7), summary(3, math.nan)]
    document = summed_up(summaries, "g")
    result = document["results"]["accuracy"]
    assert (document["seeds"], document["statuses"]) == ([1, 2, 3], {"finished": 3})
    assert (result["n"], result["low"]) == (2, None)
    assert result["mean"] == pytest.approx(0.6)
    assert document["findings"] == {"vanishing_gradient": pytest.approx(1 / 3)}
    assert summed_up([], "g")["results"] == {}
