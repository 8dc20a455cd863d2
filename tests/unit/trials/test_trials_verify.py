"""Presets held to their figures: a real training, and the verdicts on what was measured."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from gradlab.engine.diagnosis.ratios import delta_ratio_per_layer
from gradlab.engine.preset.schema import Expect
from gradlab.engine.trials.verify import Measurement, measure, verification, verify


def preset_with(small: Any, **expect: Any) -> Any:
    return small("circles", train={"epochs": 3}, expect=expect)


def measured(seed: int = 0, status: str = "finished", *findings: str, **figures: float) -> Any:
    return Measurement(seed, status, figures, frozenset(findings), frozenset(findings), 0.1)


def test_a_training_over_seeds(small: Any, trained: Any) -> None:
    told: list[Measurement] = []
    preset = preset_with(
        small, val_accuracy=(0.0, 1.0), epochs=(3, 3), loss=(5.0, 6.0), published={"accuracy": 0.5}
    )
    verdict = verify(
        "tiny", preset, seeds=2, tell=lambda name, measurement: told.append(measurement)
    )
    assert [m.seed for m in told] == [0, 1]
    assert told[0].figures != told[1].figures
    figures = {figure.name: figure for figure in verdict.figures}
    assert set(figures) == {"accuracy", "val_accuracy", "loss", "epochs"}
    assert figures["val_accuracy"].passed and figures["val_accuracy"].inside == 2
    assert figures["epochs"].values == (3.0, 3.0)
    assert figures["loss"].passed is False and figures["loss"].inside == 0
    assert figures["accuracy"].passed is None and figures["accuracy"].published == 0.5
    assert verdict.outcome == "missed" and verdict.seeds == 2
    assert "best_epoch" in told[0].figures and 1 <= told[0].figures["best_epoch"] <= 3

    fresh = trained(preset.model_copy(update={"seed": 1}))
    assert told[1].figures["val_accuracy"] == fresh.epochs[-1].logs["val_accuracy"]
    assert told[1].figures["delta_ratio"] == delta_ratio_per_layer(fresh, 1)


def test_loss_and_accuracy_are_of_the_weights_at_the_end(small: Any, trainer: Any) -> None:
    preset = preset_with(small)
    made = trainer(preset)
    for _ in made.run():
        pass
    (only,) = measure(preset, None, 1)
    assert only.figures["loss"] == made.parts.evaluate(made.parts.dataset.train, "")["loss"]


def test_delta_ratio_is_a_geometric_mean(small: Any, trained: Any) -> None:
    history = trained(small("circles", train={"epochs": 1}))
    norms = [history.steps.series(f"dense{k}", "delta_norm")[0] for k in ("", "_1", "_2")]
    ratios = np.array(norms[:-1]) / np.array(norms[1:])
    assert delta_ratio_per_layer(history, 1) == pytest.approx(
        np.exp(np.log(ratios).mean()), rel=1e-6
    )


def test_the_median_decides_and_the_seeds_are_counted() -> None:
    runs = [measured(i, loss=value) for i, value in enumerate([1.0, 2.0, 9.0])]
    verdict = verification("x", Expect(loss=(1.0, 3.0)), runs)
    (figure,) = verdict.figures
    assert (figure.median, figure.inside, figure.passed) == (2.0, 2, True)
    assert verdict.outcome == "passed"
    assert verification("x", Expect(loss=(3.0, 9.0)), runs).outcome == "missed"


def test_a_published_figure_that_is_not_measured_is_shown_without_a_verdict() -> None:
    spike, loss = verification(
        "x", Expect(published={"spike": "epoch 3"}), [measured(loss=1.0)]
    ).figures
    assert (spike.values, spike.passed, spike.published) == ((), None, "epoch 3")
    assert (loss.name, loss.values, loss.passed) == ("loss", (1.0,), None)


def test_lost_numbers_never_pass() -> None:
    runs = [measured(0, loss=1.0), measured(1, loss=math.nan), measured(2)]
    (figure,) = verification("x", Expect(loss=(-1e9, 1e9)), runs).figures
    assert math.isnan(figure.median)
    assert (figure.inside, figure.passed) == (1, False)


def test_a_band_of_one_number_holds_its_float32() -> None:
    runs = [measured(accuracy=float(np.float32(0.822)))]
    assert verification("x", Expect(accuracy=(0.822, 0.822)), runs).outcome == "passed"


def test_findings_and_status_by_majority() -> None:
    runs = [
        measured(0, "diverged", "non_finite"),
        measured(1, "diverged", "non_finite", "dead_units"),
        measured(2, "finished"),
    ]
    expect = Expect(findings=["non_finite", "dead_units"], status="diverged")
    verdict = verification("x", expect, runs)
    signs = {sign.name: (sign.seen, sign.passed) for sign in verdict.signs}
    assert signs == {
        "status diverged": (2, True),
        "finding non_finite": (2, True),
        "finding dead_units": (1, False),
    }
    assert verdict.outcome == "missed"
    healthy = verification("x", Expect(findings=[]), runs).signs[1]
    assert (healthy.name, healthy.passed) == ("no finding", False)
    assert healthy.otherwise == {"non_finite": 2, "dead_units": 1}


def test_a_finding_that_cleared_was_found_and_does_not_stand() -> None:
    found = frozenset({"poor_initialization"})
    runs = [Measurement(0, "finished", {}, found, frozenset(), 0.1)]
    assert verification("x", Expect(findings=["poor_initialization"]), runs).outcome == "passed"
    assert verification("x", Expect(findings=[]), runs).outcome == "passed"


def test_nothing_expected_is_not_a_pass(small: Any) -> None:
    preset = preset_with(small, published={"accuracy": 0.5}, note="only a plot")
    verdict = verify("plain", preset, seeds=2)
    assert (verdict.outcome, verdict.seeds, verdict.note) == ("unchecked", 2, "only a plot")
    accuracy = next(figure for figure in verdict.figures if figure.name == "accuracy")
    assert accuracy.mean == pytest.approx(sum(accuracy.values) / 2)
    assert accuracy.deviation == pytest.approx(abs(np.diff(accuracy.values)[0]) / 2**0.5)


def test_bands_of_other_metrics_of_epochs_and_of_the_spread(small: Any) -> None:
    preset = small(
        "circles",
        train={"epochs": 2, "metrics": ["rounded_accuracy"]},
        expect={
            "bands": {
                "val_rounded_accuracy": (0.0, 1.0),
                "epoch 2 val_loss": (50.0, 60.0),
                "spread loss": (0.0, 9.0),
            }
        },
    )
    verdict = verify("tiny", preset, seeds=2)
    figures = {figure.name: figure for figure in verdict.figures}
    assert figures["val_rounded_accuracy"].passed and figures["val_rounded_accuracy"].inside == 2
    assert len(figures["epoch 2 val_loss"].values) == 2
    assert figures["epoch 2 val_loss"].passed is False and verdict.outcome == "missed"
    assert figures["spread loss"].passed and 0 < figures["spread loss"].values[0] < 1


def test_the_spread_of_seeds_is_their_deviation_and_of_one_seed_unknown() -> None:
    expect = Expect(bands={"spread loss": (0.9, 1.1)})
    runs = [measured(seed, loss=float(seed)) for seed in range(3)]
    (figure,) = verification("x", expect, runs).figures
    assert figure.values == (1.0,) and figure.passed
    (alone,) = verification("x", expect, runs[:1]).figures
    assert alone.passed is None


def test_a_share_of_the_seeds_decides_where_it_is_asked_for() -> None:
    runs = [measured(0, "finished", "dead_units", loss=1.0), measured(1, loss=9.0)]
    runs += [measured(2, "finished", "dead_units", loss=1.0)]
    expect = {"loss": (0.0, 2.0), "findings": ["dead_units"]}
    assert verification("x", Expect.model_validate(expect), runs).outcome == "passed"
    for name in ("loss", "dead_units"):
        most = Expect.model_validate(expect | {"share": {name: 0.6}})
        every = Expect.model_validate(expect | {"share": {name: 0.7}})
        assert verification("x", most, runs).outcome == "passed"
        assert verification("x", every, runs).outcome == "missed"
