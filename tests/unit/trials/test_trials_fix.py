"""The search for a cure, on real short trainings."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gradlab.engine.data.load import load_data
from gradlab.engine.diagnosis.verdict import Change, Measure, Verdict
from gradlab.engine.errors import PresetError
from gradlab.engine.findings.finding import Remedy
from gradlab.engine.preset.load import load, load_text, read, resolve
from gradlab.engine.strict_json import dumps
from gradlab.engine.trials.cured import cured_text, refuse_overwriting, write_cured
from gradlab.engine.trials.fix import Attempt, better, find_cure
from gradlab.engine.trials.trial import Course, trial_length

SMALL_SIGMOID = ["model.depth=7", "model.width=32"]


def test_vanishing_sigmoid_is_cured_by_relu_and_he_weights(tmp_path: Path):
    source = resolve("vanishing-sigmoid")
    text, told = read(source), []
    cure = find_cure(text, SMALL_SIGMOID, budget=135, tell=told.append)
    assert cure.status == "cured"
    assert [finding.problem for finding in cure.before.findings] == ["vanishing_gradient"]
    assert cure.after.findings == ()
    assert cure.changes == {"model.activation": "relu", "model.initializer": "he_normal"}
    assert [(a.remedy.name, a.kept) for a in cure.attempts] == [("relu_he", True)]
    assert cure.verdict and cure.verdict.outcome == "cured"
    assert cure.verdict.gone == ("vanishing_gradient",)
    assert cure.verdict.delta_ratio.before == pytest.approx(0.24, rel=0.1)
    assert cure.verdict.delta_ratio.after and cure.verdict.delta_ratio.after > 0.8
    assert cure.verdict.validation and cure.verdict.validation.name == "val_accuracy"
    assert cure.verdict.validation.change == "better"
    assert told[0].startswith("training the preset for 135 steps (3 epochs)")
    assert '"status":"cured"' in dumps(cure.document())

    target = tmp_path / "presets" / "mine.toml"
    made = cured_text(text, SMALL_SIGMOID, cure, source=source, target=target)
    assert '# try "before"' in made  # the user's comments stay
    write_cured(made, target)
    fixed = load(target)
    assert fixed.model == cure.after.preset.model
    assert (fixed.optimizer, fixed.train) == (cure.after.preset.optimizer, cure.after.preset.train)
    assert fixed.expect.findings is None and fixed.experiments == []
    with pytest.raises(PresetError, match="exists and is not overwritten"):
        write_cured(made, target)


def test_a_healthy_preset_is_left_alone():
    cure = find_cure(
        read(resolve("vanishing-cured")), ["model.depth=3", "model.width=64"], budget=90
    )
    assert (cure.status, cure.changes, cure.attempts) == ("healthy", {}, [])
    assert cure.after is cure.before


def test_scaled_targets_are_compared_by_explained_variance():
    cure = find_cure(read(resolve("regression-nan")), budget=320)
    assert cure.status == "cured"
    assert cure.before.history.status.status == "diverged"
    assert cure.changes == {"data.target_scale": "standard"}
    assert cure.verdict and cure.verdict.validation
    assert cure.verdict.validation.name == "val_r2"
    assert cure.verdict.validation.after and cure.verdict.validation.after > 0.8


NOISE = """
    [data]
    name = "circles"
    options = { n_samples = 125, noise = 5.0, random_state = 1 }
    [model]
    family = "mlp"
    depth = 2
    width = 4
    activation = "tanh"
    [optimizer]
    name = "sgd"
    [train]
    epochs = 60
    batch_size = 50
"""


def test_what_had_no_time_to_learn_is_not_called_cured():
    hopeless = [
        'model.initializer="zeros"',
        'model.activation="sigmoid"',
        "optimizer.learning_rate=1e-6",
    ]
    cure = find_cure(NOISE, hopeless, budget=40)
    assert cure.before.findings[0].problem == "poor_initialization"
    assert cure.status != "cured"


@pytest.mark.slow
def test_of_the_remedies_behind_the_first_two_go_on():
    told: list[str] = []
    cure = find_cure(NOISE, budget=120, tell=told.append)
    assert cure.status != "cured"
    epochs = [attempt.verdict.epochs for attempt in cure.attempts]
    problems = {attempt.problem for attempt in cure.attempts}
    assert set(epochs) == {15, 60} and epochs.count(60) <= 3 * len(problems)
    assert any("going on with" in line for line in told)


@pytest.mark.parametrize(
    ("overrides", "budget", "epochs", "rows", "whole"),
    [
        (["train.epochs=500"], None, 500, 500, True),  # a small net is trained to its end
        (["train.epochs=5000"], None, 625, 500, False),
        (["train.epochs=500"], 100, 6, 500, False),
        (["train.batch_size=10"], 20, 1, 200, False),  # an epoch is longer than the budget
        (["train.epochs=2"], 10_000, 2, 500, True),
    ],
)
def test_length_of_a_trial(
    overrides: list[str], budget: int | None, epochs: int, rows: int, whole: bool
):
    preset = load("circles-tanh-5", overrides)
    length = trial_length(preset, load_data(preset.data), budget)
    assert (length.epochs, length.rows, length.whole) == (epochs, rows, whole)


def test_a_large_net_gets_a_short_trial():
    preset = load("fashion-bn-he-digits", ["train.epochs=1000"])
    length = trial_length(preset, load_data(preset.data))
    assert 600 - 45 < length.steps < 2000


def test_trials_repeat_to_the_bit_though_one_rests_while_another_runs():
    preset = load_text(
        '[data]\nname = "circles"\noptions = { n_samples = 100, random_state = 1 }\n'
        '[train]\nepochs = 20\nbatch_size = 20\n[model]\nfamily = "mlp"\nwidth = 4\ndropout = 0.2'
    )
    length = trial_length(preset, load_data(preset.data), budget=20)
    resting = Course(preset, length)
    assert len(resting.run(2).history.epochs) == 2
    first, second = Course(preset, length).run(), resting.run()
    assert first.findings == second.findings
    np.testing.assert_array_equal(first.history.steps.values, second.history.steps.values)
    assert len(first.history.epochs) == length.epochs == 5
    assert first.history.started and first.history.started.epochs == 20


def test_the_target_is_refused_before_the_work_begins(tmp_path: Path):
    taken = tmp_path / "taken.toml"
    taken.write_text("mine")
    with pytest.raises(PresetError, match="not overwritten"):
        refuse_overwriting(taken)
    with pytest.raises(PresetError, match=r"must end in \.toml"):
        refuse_overwriting(tmp_path / "preset.txt")


def test_losses_of_two_kinds_are_not_compared() -> None:
    def attempt(loss: float, change: Change) -> Attempt:
        measure = Measure("val_loss", 2.0, loss, change)
        delta = Measure("delta_ratio_per_layer", None, None, "unknown")
        verdict = Verdict("better", "", 9, 1, (), (), (), delta, measure, (delta, measure))
        return Attempt("no_learning", Remedy("r", {}, "", ""), verdict, (), False, 1.0)

    assert better(attempt(0.5, "better"), attempt(1.0, "better"))
    assert not better(attempt(0.5, "unknown"), attempt(1.0, "better"))
    assert not better(attempt(0.5, "better"), attempt(1.0, "unknown"))
