"""Checks over many settings or rates: each agrees with the check of one preset, or with arithmetic."""

import math

import numpy as np
import pytest

from gradlab.engine.checks.over_grid import gradient_ratio
from gradlab.engine.checks.preflight import preflight
from gradlab.engine.checks.rate_range import LOWEST, rate_range, suggestion
from gradlab.engine.data.load import load_data
from gradlab.engine.errors import PresetError


def test_a_point_is_what_the_check_of_one_preset_says(small):
    preset = small("dense")
    alone = preflight(preset, load_data(preset.data))["delta_ratio_per_layer"]
    found = gradient_ratio(preset)
    assert found.measured == pytest.approx(alone["measured"], rel=1e-6)
    assert found.predicted == pytest.approx(alone["predicted"])
    assert found.arriving == pytest.approx(found.measured**3)


def test_one_hidden_layer_has_no_ratio(small):
    found = gradient_ratio(small("circles", model={"depth": 1}))
    assert math.isnan(found.measured) and math.isnan(found.arriving)


def test_the_range_test_trains_until_the_loss_rises(small, trainer):
    parts = trainer(small("circles")).parts
    found = rate_range(parts)
    assert found.rates[0] == LOWEST
    assert len(found.rates) == len(found.losses) == len(found.smoothed)
    assert 1e-3 < found.suggested < 1
    assert float(parts.optimizer.learning_rate.numpy()) == pytest.approx(found.rates[-1])


def test_the_suggestion_is_a_tenth_of_the_best_rate():
    rates = np.geomspace(1e-4, 1, 5)
    assert suggestion(rates, [1.0, 0.9, 0.5, 0.8, math.nan]) == pytest.approx(1e-3)
    assert suggestion(rates, [1.0, 1.0, 1.1, 2.0, math.inf]) is None


def test_a_schedule_leaves_no_rate_to_choose(small, trainer):
    schedule = {
        "class_name": "ExponentialDecay",
        "config": {"initial_learning_rate": 0.1, "decay_steps": 10, "decay_rate": 0.9},
    }
    with pytest.raises(PresetError, match="is a schedule"):
        rate_range(trainer(small("circles", optimizer={"learning_rate": schedule})).parts)
