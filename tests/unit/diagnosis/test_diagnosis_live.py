"""Findings begin, change and clear; a saved run tells what the live one did; causes take their effects in."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from gradlab.engine.diagnosis import live
from gradlab.engine.diagnosis.causes import settle
from gradlab.engine.diagnosis.diagnose import diagnose, too_short
from gradlab.engine.diagnosis.live import Diagnosis, next_look
from gradlab.engine.findings.finding import Finding
from gradlab.engine.findings.order import standing
from gradlab.engine.preset.schema import Preset
from gradlab.engine.stream.events import Started, Status, Steps, Weights
from gradlab.engine.stream.history import History


def follow(made: Any, events: list[Any] | None = None) -> tuple[Diagnosis, list[Any]]:
    """Feed a run to a diagnosis; returns it and what it told."""
    diagnosis = Diagnosis(made.context())
    told = [found for event in events or made.events() for found in diagnosis.add(event)]
    return diagnosis, told + diagnosis.look()


def vanishing_then_learning(steps: np.ndarray) -> np.ndarray:
    return np.where(steps < 500, 1.386, 1.386 * np.exp(-(steps - 500) / 100) + 0.01)


def sick(hand_made: Any, **more: Any) -> Any:
    fading = {(i, "delta_norm"): 0.2 ** (8 - i) for i in range(8)}
    loss = {(None, "loss"): vanishing_then_learning}
    return hand_made(depth=8, series=fading | loss, **more)


def test_vanishing_is_told_within_twenty_steps_and_clears(hand_made: Any) -> None:
    diagnosis, told = follow(sick(hand_made, over=True))
    assert told[0].finding.problem == "vanishing_gradient"
    assert told[0].step <= 20 and told[0].finding.first_step == 0
    assert told[-1].cleared and 500 < told[-1].finding.cleared_step <= 1200
    assert diagnosis.standing == []


def test_non_finite_is_told_within_twenty_steps_of_its_onset(hand_made: Any) -> None:
    losses = np.full(1200, 0.5)
    losses[713:] = np.nan
    _, told = follow(hand_made(series={(None, "loss"): losses}))
    first = next(f for f in told if f.finding.problem == "non_finite")
    assert first.finding.first_step == 713
    assert 713 < first.step <= 733


@pytest.mark.parametrize("block", [1, 7, 64, 1000])
def test_block_lengths_change_nothing(hand_made: Any, block: int) -> None:
    made = sick(hand_made)
    events = made.events()
    begin, probe = events[:2]
    rest = [e for e in events[2:] if not isinstance(e, Steps | Weights)]
    history = made.history()
    values, weights = history.steps.values, history.weights.values[0]
    cut: list[Any] = [begin, probe]
    for first in range(0, made.count, made.steps_per_epoch):
        end = first + made.steps_per_epoch
        for start in range(first, end, block):
            stop = min(start + block, end)
            steps = np.arange(start, stop)
            cut.append(Steps(steps, steps.astype(float), values[start:stop]))
            cut.append(Weights(stop - 1, float(stop), weights))
        cut += [e for e in rest if e.step == end]
    _, told = follow(made, cut)
    _, expected = follow(made)
    assert [(f.step, f.finding.problem, f.cleared) for f in told] == [
        (f.step, f.finding.problem, f.cleared) for f in expected
    ]


@pytest.mark.parametrize("seconds", [0.0, 1e9])
def test_how_long_looks_gather_changes_nothing(
    hand_made: Any, monkeypatch: pytest.MonkeyPatch, seconds: float
) -> None:
    _, expected = follow(sick(hand_made))
    monkeypatch.setattr(live, "GATHER_SECONDS", seconds)
    assert follow(sick(hand_made))[1] == expected


def test_a_pause_does_not_keep_a_finding_back(
    hand_made: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "GATHER_SECONDS", 1e9)
    diagnosis = Diagnosis(sick(hand_made).context())
    told = [found for event in sick(hand_made).events() for found in diagnosis.add(event)]
    assert not any(found.cleared for found in told)
    assert any(found.cleared for found in diagnosis.add(Status("paused", 1200)))


def test_a_saved_run_tells_the_same(hand_made: Any, stuck: Any) -> None:
    for made in (sick(hand_made, over=True), hand_made(series=stuck, over=True)):
        diagnosis, _ = follow(made)
        again = diagnose(made.history(), made.context())
        assert [f.document() for f in again if f.cleared_step is None] == [
            f.document() for f in diagnosis.standing
        ]
    assert [f.problem for f in diagnose(sick(hand_made, over=True).history(), made.context())] == [
        "vanishing_gradient"
    ]


def test_a_resumed_run_does_not_tell_again(hand_made: Any) -> None:
    made = sick(hand_made)
    events = made.events()
    half = next(i for i, e in enumerate(events) if isinstance(e, Weights) and e.step == 299)
    before, first_life = History(), Diagnosis(made.context())
    for event in events[: half + 1]:
        for recorded in (event, *first_life.add(event)):
            before.add(recorded)
    for found in first_life.look():
        before.add(found)
    diagnosis = Diagnosis(made.context())
    diagnosis.catch_up(before, 300)
    assert [f.problem for f in diagnosis.standing] == ["vanishing_gradient"]
    told = diagnosis.add(replace(events[0], step=300))
    for event in events[half + 1 :]:
        told += diagnosis.add(event)
    told += diagnosis.look()
    assert [f.cleared for f in told if f.step > 300][-1]
    assert not any(f.step <= 300 for f in told)


def test_a_long_run_is_kept_small(hand_made: Any) -> None:
    made = hand_made(count=16_000, epochs=160)
    diagnosis, told = follow(made)
    assert told == []
    assert len(diagnosis.history.steps) < 13_000
    assert diagnosis.history.steps.steps[0] == 0


def test_looks_do_not_depend_on_speed() -> None:
    looks, step = [], 5
    while step < 700:
        looks.append(step)
        step = next_look(step, 45)
    assert looks[:5] == [5, 10, 20, 40, 60]
    assert 315 in looks and 630 in looks  # the ends of seven epochs
    assert max(np.diff(looks)) <= 20


def test_a_run_without_statistics_is_judged_on_its_loss(hand_made: Any, stuck: Any) -> None:
    made = hand_made(series=stuck)
    bare: list[Any] = []
    for event in made.events():
        if isinstance(event, Started):
            bare.append(replace(event, columns=event.columns[:2], weight_columns=()))
        elif isinstance(event, Steps):
            bare.append(replace(event, values=event.values[:, :2]))
        elif isinstance(event, Weights):
            bare.append(replace(event, values=event.values[:0]))
        elif type(event).__name__ != "Probe":
            bare.append(event)
    diagnosis, _ = follow(made, bare)
    assert [f.problem for f in diagnosis.standing] == ["no_learning"]


def test_too_short(hand_made: Any) -> None:
    assert "too few" in too_short(hand_made(count=10).history())
    assert "two epochs" in too_short(hand_made(count=150).history())
    assert "100: two epochs" in too_short(hand_made(count=60, steps_per_epoch=20).history())
    assert too_short(hand_made().history()) == ""
    assert "no step" in too_short(History())


def finding(problem: str, severity: Any = "critical", **evidence: Any) -> Finding:
    return Finding(problem, (), 0, severity, evidence, "")


def test_one_cause_one_finding() -> None:
    found = {
        name: finding(name)
        for name in ("non_finite", "exploding_gradient", "dead_units", "unscaled_targets")
    }
    (cause,) = settle(found)
    assert cause.problem == "unscaled_targets"
    assert set(cause.consequences) == {"non_finite", "exploding_gradient", "dead_units"}


def test_a_cause_is_as_grave_as_its_effects() -> None:
    found = {"oscillating_loss": finding("oscillating_loss", "warning"),
             "underfitting": finding("underfitting", "critical")}  # fmt: skip
    assert settle(found)[0].severity == "critical"


def test_unrelated_findings_stand_side_by_side() -> None:
    found = {"split_mismatch": finding("split_mismatch", "warning"),
             "vanishing_gradient": finding("vanishing_gradient")}  # fmt: skip
    assert [f.problem for f in settle(found)] == ["vanishing_gradient", "split_mismatch"]
    told = reversed(settle(found))
    assert [f.problem for f in standing(told)] == ["vanishing_gradient", "split_mismatch"]


def test_an_odd_output_does_not_explain_a_vanished_gradient() -> None:
    found = {
        "output_mismatch": finding("output_mismatch", "warning", fatal=False),
        "vanishing_gradient": finding("vanishing_gradient"),
        "no_learning": finding("no_learning"),
    }
    first, second = settle(found)
    assert (first.problem, first.consequences) == ("vanishing_gradient", ("no_learning",))
    assert second.problem == "output_mismatch"


def saturating(hand_made: Any, ratio: float, top: float) -> Any:
    """A sigmoid net that passes on `ratio` per layer; its last hidden layer comes to lie at the flat ends
    from step 700 on, and then passes on `top`."""
    fade = {
        (i, "delta_norm"): lambda s, i=i: ratio ** (7 - i) * np.where(s < 700, ratio, top)
        for i in range(8)
    }
    flat = {(7, "saturated_share"): lambda s: np.where(s < 700, 0.0, 0.6)}
    return hand_made(depth=8, count=2400, epochs=24, activation="sigmoid", over=True,
                     series=fade | flat | {(None, "loss"): lambda s: 1.386 + 0.001 * np.sin(s)})  # fmt: skip


def test_saturation_on_top_of_a_vanished_gradient_follows_from_it(hand_made: Any) -> None:
    diagnosis, told = follow(saturating(hand_made, 0.24, 0.02))
    (cause,) = diagnosis.standing
    assert cause.problem == "vanishing_gradient" and cause.first_step == 0
    assert set(cause.consequences) == {"saturated_units", "no_learning"}
    assert not any(one.cleared for one in told)


def test_saturation_that_stops_the_gradient_is_the_cause(hand_made: Any) -> None:
    diagnosis, _ = follow(saturating(hand_made, 0.9, 0.0005))
    (cause,) = diagnosis.standing
    assert cause.problem == "saturated_units" and "vanishing_gradient" in cause.consequences


def test_a_rate_beyond_reason_is_not_the_weights_doing() -> None:
    found = {
        "poor_initialization": finding("poor_initialization"),
        "non_finite": finding("non_finite"),
    }
    high = finding("learning_rate_high", rate_over_usual=300.0)
    assert [f.problem for f in settle(found | {"learning_rate_high": high})] == [
        "learning_rate_high", "poor_initialization",
    ]  # fmt: skip
    usual = finding("learning_rate_high", rate_over_usual=10.0)
    assert [f.problem for f in settle(found | {"learning_rate_high": usual})] == [
        "poor_initialization"
    ]


def test_what_has_followed_is_remembered(hand_made: Any) -> None:
    losses = 1.4 * np.exp(np.minimum(np.arange(1200), 40) / 2)
    losses[41:] = np.nan
    series = {(None, "loss"): losses, (None, "grad_norm"): losses, (None, "learning_rate"): 0.05}
    diagnosis, _ = follow(hand_made(series=series, over=True))
    (cause,) = diagnosis.standing
    assert cause.problem == "learning_rate_high"
    assert {"non_finite", "exploding_gradient"} <= set(cause.consequences)


def barely_learning(steps: np.ndarray) -> np.ndarray:
    """A loss that rests at guessing, and then at four fifths of it."""
    return np.where(steps < 500, 1.386, 1.109) + 0.001 * np.sin(steps)


def test_a_net_that_has_barely_begun_to_learn_keeps_its_cause(hand_made: Any) -> None:
    tiny = {"weight_counts": (1, 2, 1), "weight_edges": (-0.03, -0.01, 0.01, 0.03)}
    fading = {(i, "delta_norm"): 0.2 ** (8 - i) for i in range(8)}
    for loss, stands in ((barely_learning, True), (vanishing_then_learning, False)):
        series = fading | {(None, "loss"): loss}
        diagnosis, told = follow(hand_made(depth=8, over=True, series=series, first_probe=tiny))
        assert told[0].finding.problem == "poor_initialization"
        assert [f.problem for f in diagnosis.standing] == ["poor_initialization"] * stands


def test_dead_units_stand_until_the_net_has_outgrown_them(hand_made: Any) -> None:
    def slowly(steps: np.ndarray) -> np.ndarray:
        return np.where(steps < 500, 1.386, 1.18 - 6e-5 * (steps - 500))

    for dead, stands in ((0.8, True), (0.2, False)):
        made = hand_made(series={(None, "loss"): slowly}, probe={"dead_units": dead},
                         first_probe={"dead_units": 0.8})  # fmt: skip
        diagnosis, told = follow(made)
        assert told[0].finding.problem == "dead_units"
        assert ("dead_units" in [f.problem for f in diagnosis.standing]) == stands


def test_context_says_what_guessing_costs(hand_made: Any) -> None:
    assert hand_made().context().guessing_loss == pytest.approx(np.log(4))
    regression = hand_made(task="regression", output="linear", output_units=1)
    assert regression.context().guessing_loss == pytest.approx(1.0)
    assert isinstance(regression.context().preset, Preset)
