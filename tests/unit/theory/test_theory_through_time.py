"""The gradient one time step earlier: theory against a SimpleRNN before training."""

import numpy as np
import pytest

from gradlab.engine.data.load import load_data
from gradlab.engine.data.summary import summarise
from gradlab.engine.models.build import build
from gradlab.engine.preset.load import load
from gradlab.engine.theory.through_time import time_ratio
from gradlab.engine.training.parts import Parts


@pytest.mark.parametrize(
    ("override", "tolerance"),
    [
        ("model.recurrent_initializer=orthogonal", 0.02),
        ('model.recurrent_initializer={"name"="random_normal","stddev"=0.15}', 0.04),
    ],
)
def test_a_simple_rnn_agrees_with_theory(override, tolerance):
    rows = 'data.options={"n_samples"=1000,"T"=30,"random_state"=1}'
    preset = load("adding-rnn-30", [override, rows, "data.validation=100", "model.width=128"])
    data = load_data(preset.data)
    probe = Parts(preset, data, build(preset, data)).measure(-1, 0)[0]
    norms = np.array(probe.layers[0].time_delta_norm)
    measured = (norms[8] / norms[24]) ** (1 / 16)
    assert time_ratio(preset, summarise(data)) == pytest.approx(measured, rel=tolerance)


@pytest.mark.parametrize(
    "override",
    ["model.cell=LSTM", "model.depth=2", "model.recurrent_initializer=identity"],
)
def test_theory_is_silent_where_its_premises_fail(override):
    preset = load("adding-rnn-30", [override])
    assert time_ratio(preset, summarise(load_data(preset.data))) is None
