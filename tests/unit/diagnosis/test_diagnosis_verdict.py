"""The verdict on a run and its fork, from histories of known numbers."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import pytest

from gradlab.engine.diagnosis.ratios import delta_ratio_per_layer
from gradlab.engine.diagnosis.verdict import judge
from gradlab.engine.findings.finding import Finding
from gradlab.engine.stream.data_facts import DataFacts, Moments, SplitFacts
from gradlab.engine.stream.events import Column, Epoch, Finished, Found, LayerInfo, Started, Steps
from gradlab.engine.stream.history import History
from gradlab.engine.strict_json import dumps

LAYERS = 11


def make_history(
    ratio: float,
    *,
    held_out: int | None = None,
    steps: int = 30,
    logs: tuple[dict[str, float], ...] = (),
    problems: tuple[str, ...] = (),
    status: str | None = None,
) -> History:
    """A run of eleven hidden layers whose delta falls by `ratio` per layer; an epoch is ten steps."""
    layers = tuple(
        LayerInfo(f"dense_{k}", "Dense", k, 8, 8, 72, "tanh", "GlorotUniform", output=k == LAYERS)
        for k in range(LAYERS + 1)
    )
    columns = (Column("", "loss"), *(Column(layer.name, "delta_norm") for layer in layers))
    history = History()
    split = SplitFacts(held_out, Moments(0.0, 1.0, 0.5, 0.3))
    data = DataFacts(
        "digits", "classification", (8, 8), 10, 10, (), "", {"train": split, "validation": split}
    )
    history.add(
        Started(layers, columns, (), steps_per_epoch=10, epochs=3, data=data if held_out else None)
    )
    row = [2.3, *(ratio ** (LAYERS - 1 - k) for k in range(LAYERS)), 1.0]
    history.add(
        Steps(np.arange(steps), np.arange(steps), np.tile(np.array(row, np.float32), (steps, 1)))
    )
    for problem in problems:
        history.add(Found(5, Finding(problem, (), 5, "critical", {}, "")))
    for epoch, values in enumerate(logs):
        history.add(Epoch(epoch, 10 * (epoch + 1), values, float(epoch)))
    if status:
        history.add(Finished(status, steps, len(logs), 1.0))
    return history


SICK = ({"val_accuracy": 0.10, "val_loss": 2.30},) * 3
SOUND = tuple({"val_accuracy": a, "val_loss": 1 - a} for a in (0.80, 0.93, 0.97))


def test_a_cure_is_named_with_its_evidence():
    before = make_history(0.2353, logs=SICK, problems=("vanishing_gradient",))
    after = make_history(0.99, logs=SOUND)
    verdict = judge(before, after)
    assert verdict.outcome == "cured"
    assert verdict.gone == ("vanishing_gradient",)
    assert verdict.delta_ratio.before == pytest.approx(0.2353, rel=1e-4)
    assert verdict.delta_ratio.after == pytest.approx(0.99, rel=1e-4)
    assert verdict.delta_ratio.change == "better"
    assert verdict.validation and verdict.validation.name == "val_accuracy"
    assert verdict.sentence == (
        "cured after 3 epochs: delta ratio 0.235 -> 0.99 per layer; vanishing_gradient gone from "
        "step 0 on; validation accuracy 0.1 -> 0.97; validation loss 2.3 -> 0.03"
    )
    assert '"outcome":"cured"' in dumps(asdict(verdict))


def test_only_epochs_that_both_have_ended_count():
    before = make_history(1.0, logs=(SOUND[0], SOUND[2]), steps=20)
    after = make_history(1.0, logs=(SOUND[0],), steps=10)
    verdict = judge(before, after)
    assert (verdict.outcome, verdict.epochs, verdict.steps) == ("unchanged", 1, 10)


def test_a_finding_that_began_after_the_forks_last_step_is_not_called_gone():
    before = make_history(1.0, steps=30, problems=("overfitting",))
    after = make_history(1.0, steps=4)
    assert judge(before, after).gone == ()


def test_findings_traded_for_others_are_not_a_cure():
    before = make_history(0.2, logs=SICK, problems=("vanishing_gradient",))
    after = make_history(1.0, logs=SICK, problems=("dead_units",))
    verdict = judge(before, after)
    assert verdict.outcome != "cured"
    assert verdict.new == ("dead_units",)


def test_a_finding_that_goes_at_the_price_of_accuracy_is_worse():
    before = make_history(1.0, logs=SOUND, problems=("overfitting",))
    after = make_history(1.0, logs=SICK)
    assert judge(before, after).outcome == "worse"


def test_new_findings_alone_are_worse():
    before = make_history(1.0, logs=SOUND)
    after = make_history(1.0, logs=SOUND, problems=("oscillating_loss",))
    assert judge(before, after).outcome == "worse"


@pytest.mark.parametrize(
    ("gain", "outcome"), [(0.05, "better"), (0.01, "unchanged"), (-0.05, "worse")]
)
def test_small_changes_of_accuracy_are_noise(gain: float, outcome: str):
    before = make_history(1.0, logs=({"val_accuracy": 0.8},))
    after = make_history(1.0, logs=({"val_accuracy": 0.8 + gain},))
    assert judge(before, after).outcome == outcome


@pytest.mark.parametrize(("rows", "outcome"), [(25, "unchanged"), (2500, "better")])
def test_a_change_of_two_rows_of_25_is_noise(rows: int, outcome: str):
    before = make_history(1.0, held_out=rows, logs=({"val_accuracy": 0.52},))
    after = make_history(1.0, held_out=rows, logs=({"val_accuracy": 0.60},))
    assert judge(before, after).outcome == outcome


def test_the_loss_decides_where_the_score_cannot():
    before = make_history(
        1.0, logs=({"val_accuracy": 0.6, "val_loss": 0.6},), problems=("dead_units",)
    )
    after = make_history(1.0, logs=({"val_accuracy": 0.6, "val_loss": 0.8},))
    verdict = judge(before, after)
    assert verdict.outcome == "worse"
    assert verdict.validation and verdict.validation.name == "val_loss"


def test_a_loss_that_is_no_number_any_more_outweighs_a_better_score():
    before = make_history(0.9, logs=({"val_accuracy": 0.3, "val_loss": 2.3},))
    after = make_history(0.9, logs=({"val_accuracy": 0.6, "val_loss": float("nan")},))
    assert judge(before, after).outcome == "worse"
    assert judge(after, before).outcome == "better"


def test_losses_on_other_scales_are_not_compared_but_divergence_is():
    before = make_history(1.0, logs=({"val_loss": 20000.0},))
    after = make_history(1.0, logs=({"val_loss": 0.5},))
    assert judge(before, after).outcome == "better"
    assert judge(before, after, same_loss=False).outcome == "unchanged"
    diverged = make_history(1.0, logs=({"val_loss": np.nan},), status="diverged")
    assert judge(diverged, after, same_loss=False).outcome == "better"
    assert judge(after, diverged).outcome == "worse"


def test_before_the_first_step_the_verdict_is_open():
    before = make_history(1.0)
    assert judge(before, History()).outcome == "open"
    assert judge(History(), History()).sentence.startswith("open")


def test_a_gradient_of_exactly_zero_is_a_ratio_of_zero():
    assert delta_ratio_per_layer(make_history(0.0)) == 0.0


def test_one_hidden_layer_has_no_ratio():
    history = make_history(0.5)
    assert history.started
    layers = history.started.layers[LAYERS - 1 :]
    lone = History()
    lone.add(Started(layers, history.started.columns, (), steps_per_epoch=10, epochs=1))
    assert delta_ratio_per_layer(lone) is None
