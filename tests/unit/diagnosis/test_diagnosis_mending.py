"""What unseen nets got wrong: rates, outputs, normalization, clearing, and what is said of them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
import pytest

from gradlab.engine.data.summary import summarise
from gradlab.engine.diagnosis.context import make_context
from gradlab.engine.diagnosis.live import Diagnosis
from gradlab.engine.diagnosis.remedies import remedies
from gradlab.engine.findings.finding import Finding
from gradlab.engine.preset.schema import Preset


def told_by(made: Any) -> list[Any]:
    diagnosis = Diagnosis(made.context())
    return [found for event in made.events() for found in diagnosis.add(event)] + diagnosis.look()


def restless(rate: float, **optimizer: Any) -> dict[str, Any]:
    """A net that stays where guessing is, with updates of a third of its weights."""
    series = {
        (None, "loss"): lambda s: 1.386 + 0.1 * np.sin(s) + 1e-4 * s,
        (None, "learning_rate"): rate,
        ("*", "update_ratio"): 0.3,
    }
    settings = {"name": "sgd", "learning_rate": rate} | optimizer
    return {"series": series, "preset": {"optimizer": settings}, "steps_per_epoch": 300}


def test_a_high_rate_is_told_within_100_steps_and_since_the_first(hand_made: Any) -> None:
    told = told_by(hand_made(count=600, **restless(0.2)))
    first = next(one for one in told if one.finding.problem == "learning_rate_high")
    assert (first.step, first.finding.first_step) == (100, 0)


def test_momentum_is_part_of_the_rate(hand_made: Any) -> None:
    for momentum, told in ((0.0, False), (0.9, False), (0.99, True)):
        made = hand_made(count=100, **restless(0.03, momentum=momentum))
        assert ("learning_rate_high" in made.problems()) == told, momentum


def test_a_clip_is_part_of_the_rate(hand_made: Any) -> None:
    for name, told in (("sgd", False), ("adam", True)):
        made = hand_made(count=100, **restless(0.2, name=name, clipnorm=0.01))
        made.series |= {
            ("*", "grad_norm"): 1.0, ("*", "grad_norm_clipped"): 0.01,
            (5, "grad_norm"): 1.0, (5, "grad_norm_clipped"): 0.01,
        }  # fmt: skip
        assert ("learning_rate_high" in made.problems()) == told, name


def test_an_output_that_cannot_work_comes_first_and_one_that_does_is_no_alarm(
    hand_made: Any,
) -> None:
    wide = {"min": -400.0, "max": 500.0, "mean": 2.0, "std": 150.0}
    split = {"rows": 500, "inputs": {"min": -3, "max": 3, "mean": 0.0, "std": 1.0}, "targets": wide,
             "class_counts": None}  # fmt: skip
    data = {"splits": {"train": split, "validation": split, "test": None}}
    flat = {(None, "loss"): lambda s: 2.2e4 + np.sin(s)}
    made = hand_made(task="regression", output="sigmoid", output_units=1, data=data, series=flat)
    standing = [one.finding.problem for one in told_by(made) if not one.cleared]
    assert {"output_mismatch", "unscaled_targets"} <= set(standing)
    diagnosis = Diagnosis(made.context())
    for event in made.events():
        diagnosis.add(event)
    diagnosis.look()
    assert diagnosis.standing[0].problem == "output_mismatch"
    works = hand_made(output="relu", loss="categorical_crossentropy").problems()
    assert works["output_mismatch"].severity == "warning"


@pytest.mark.parametrize(
    ("task", "reason"),
    [("binary", "one sigmoid"), ("classification", "softmax"), ("regression", "squared error")],
)
def test_the_output_s_remedy_gives_the_reason_of_its_task(
    hand_made: Any, task: str, reason: str
) -> None:
    context = hand_made(task=task, preset={"model": {"output_activation": "relu"}}).context()
    (remedy,) = remedies(Finding("output_mismatch", (), 0, "critical", {}, ""), context)
    others = {"one sigmoid", "softmax", "squared error"} - {reason}
    assert reason in remedy.why and not any(other in remedy.why for other in others)


@pytest.mark.parametrize(("rows", "told"), [(1, True), (2, True), (8, False)])
def test_normalization_over_one_or_two_rows_is_named(
    hand_made: Any, stuck: Any, rows: int, told: bool
) -> None:
    preset = {"model": {"normalization": "before"}, "train": {"batch_size": rows}}
    memorised = {"accuracy": 0.7, "val_accuracy": 0.25}
    found = hand_made(series=stuck, preset=preset, logs=memorised).problems()
    assert ("noisy_normalization" in found) == told
    if told:
        diagnosis = Diagnosis(hand_made(preset=preset).context())
        for event in hand_made(series=stuck, preset=preset, logs=memorised).events():
            diagnosis.add(event)
        diagnosis.look()
        (cause,) = diagnosis.standing
        assert cause.problem == "noisy_normalization"
        assert cause.remedies[0].set == {"train.batch_size": 32}


def test_averages_that_lag_are_no_memorising(hand_made: Any) -> None:
    lagging = {"accuracy": 0.99, "val_accuracy": 0.5}
    short = {"count": 250, "steps_per_epoch": 25, "logs": lagging}
    learned = {(None, "loss"): 0.1}
    assert "overfitting" in hand_made(series=learned, **short).problems()
    normalized = {"model": {"normalization": "before"}}
    assert hand_made(series=learned, preset=normalized, **short).problems() == {}


def test_labels_that_the_inputs_do_not_tell_are_named_as_such(hand_made: Any) -> None:
    told = hand_made(logs={"accuracy": 0.99, "val_accuracy": 0.26}).problems()["overfitting"]
    assert "no better than guessing" in told.message
    told = hand_made(logs={"accuracy": 0.99, "val_accuracy": 0.84}).problems()["overfitting"]
    assert "guessing" not in told.message


def test_a_schedule_that_has_ended_is_said_so(hand_made: Any) -> None:
    schedule = {"class_name": "CosineDecay",
                "config": {"initial_learning_rate": 0.001, "decay_steps": 100}}  # fmt: skip
    ended = {
        (None, "loss"): 1.386,
        (None, "learning_rate"): lambda s: np.where(s < 100, 0.001, 0.0),
        ("*", "update_ratio"): 0.0,
        (5, "update_ratio"): 0.0,
    }
    made = hand_made(series=ended, preset={"optimizer": {"learning_rate": schedule}})
    finding = made.problems()["learning_rate_low"]
    assert "come down to 0" in finding.message and "0 is 0 of" not in finding.message
    first = remedies(finding, made.context())[0]
    assert first.set == {"optimizer.learning_rate": 0.001}


def test_one_bad_column_is_named(hand_made: Any, stuck: Any) -> None:
    made = hand_made(count=20, series=stuck)
    split = asdict(made.context().data)["splits"]["train"]
    wild = dict(split, inputs={"min": -3.0, "max": 4e5, "mean": 1e4, "std": 9e4})
    made.data = {
        "splits": {"train": wild, "validation": wild, "test": None},
        "largest_column": {"index": 2, "rms": 2e5, "others": 1.0},
    }
    made.series[(None, "loss")] = 1e4
    assert made.problems()["unscaled_inputs"].message.startswith(
        "Column 3 of the inputs is 200,000"
    )


def test_the_data_tell_their_largest_column() -> None:
    from gradlab.engine.data.load import load_data

    preset = Preset.model_validate({"data": {"name": "moons", "options": {"n_samples": 200}}})
    dataset = load_data(preset.data)
    dataset.train.x[:, 1] *= 1000
    column = summarise(dataset).largest_column
    assert column and column.index == 1 and column.rms > 100 * column.others


def test_targets_whose_first_steps_kill_the_units(hand_made: Any) -> None:
    far = {"min": 900.0, "max": 1100.0, "mean": 1000.0, "std": 30.0}
    split = {"rows": 500, "inputs": {"min": -3, "max": 3, "mean": 0.0, "std": 1.0}, "targets": far,
             "class_counts": None}  # fmt: skip
    data = {"splits": {"train": split, "validation": split, "test": None}}
    flat = {(None, "loss"): lambda s: 5e4 + np.sin(s), ("*", "zero_share"): 1.0}
    made = hand_made(task="regression", output="linear", output_units=1, data=data, series=flat)
    assert "have killed units" in made.problems()["unscaled_targets"].message


def test_unscaled_targets_stand_until_the_net_has_outgrown_them(hand_made: Any) -> None:
    far = {"min": 25.0, "max": 350.0, "mean": 150.0, "std": 77.0}
    split = {"rows": 500, "inputs": {"min": -3, "max": 3, "mean": 0.0, "std": 1.0}, "targets": far,
             "class_counts": None}  # fmt: skip
    data = {"splits": {"train": split, "validation": split, "test": None}}
    for share_left, standing in ((0.8, ["unscaled_targets"]), (0.3, [])):

        def losses(s: np.ndarray, left: float = share_left) -> np.ndarray:
            return np.where(s < 60, 1e9, 77.0**2 * left)

        made = hand_made(
            task="regression", output="linear", output_units=1, data=data,
            series={(None, "loss"): losses, (None, "grad_norm"): lambda s: np.where(s < 3, 1.0, 1e5)},
        )  # fmt: skip
        diagnosis = Diagnosis(made.context())
        for event in made.events():
            diagnosis.add(event)
        diagnosis.look()
        assert [f.problem for f in diagnosis.standing] == standing, share_left
        assert "unscaled_targets" in [f.problem for f in (*diagnosis.standing, *diagnosis.cleared)]


def offered(document: dict[str, Any], problem: str, **evidence: Any) -> list[str]:
    found = Finding(problem, (), 0, "critical", evidence, "")
    preset = Preset.model_validate({"data": {"name": "moons"}} | document)
    return [remedy.name for remedy in remedies(found, make_context(preset))]


def test_a_linear_net_is_offered_a_bend() -> None:
    linear = {"model": {"family": "mlp", "activation": "linear"}}
    for problem in ("no_learning", "underfitting"):
        assert offered(linear, problem)[0] == "relu_he"
        assert "relu_he" not in offered({"model": {"family": "mlp", "activation": "relu"}}, problem)


def test_a_net_without_a_bend_is_told_so(hand_made: Any, stuck: Any) -> None:
    for activation, told in (("linear", True), ("tanh", False)):
        made = hand_made(series=stuck, preset={"model": {"activation": activation}})
        assert ("one linear map" in made.problems()["no_learning"].message) == told


def test_the_recurrent_initializer_is_offered() -> None:
    recurrent = {
        "data": {"name": "adding"},
        "model": {"family": "rnn", "cell": "SimpleRNN", "recurrent_initializer": "random_normal"},
    }
    for problem in ("vanishing_gradient", "exploding_gradient"):
        assert "recurrent_orthogonal" in offered(recurrent, problem)[:2]


def test_rows_of_their_own_are_not_drawn_at_random() -> None:
    own = {"data": {"name": "csv", "path": "a.csv", "validation": "b.csv"}}
    assert "random_split" not in offered(own, "split_mismatch", split="validation")
    shared = {"data": {"name": "csv", "path": "a.csv"}}
    assert "random_split" in offered(shared, "split_mismatch", split="validation")


def test_more_epochs_are_for_a_loss_that_falls() -> None:
    assert "more_epochs" in offered({}, "underfitting", improvement=0.05)
    assert "more_epochs" not in offered({}, "underfitting", improvement=0.0)
