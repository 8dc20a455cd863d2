"""Faults in pairs are mended together, and remedies are sized by what was measured."""

from __future__ import annotations

from typing import Any

import pytest

from gradlab.engine.diagnosis.context import Context, make_context
from gradlab.engine.diagnosis.plan import MOST, plan, together
from gradlab.engine.diagnosis.remedies import remedies
from gradlab.engine.diagnosis.weights import critical_gain
from gradlab.engine.findings.finding import Finding, Remedy
from gradlab.engine.preset.schema import Preset

WIDE = {"min": 25.0, "max": 350.0, "mean": 152.0, "std": 77.0}
RAW = {"min": 0.0, "max": 255.0, "mean": 80.0, "std": 70.0}


def found(problem: str, **evidence: Any) -> Finding:
    return Finding(problem, (), 0, "critical", evidence, "")


def first(context: Context, problem: str, **evidence: Any) -> Remedy:
    return remedies(found(problem, **evidence), context)[0]


def rows(**moments: Any) -> dict[str, Any]:
    """Data of which inputs or targets are as given."""
    split = {"rows": 300, "inputs": {"min": -2.0, "max": 2.0, "mean": 0.0, "std": 1.0},
             "targets": None, "class_counts": None}  # fmt: skip
    split |= moments
    return {"splits": {"train": split, "validation": split, "test": None}}


def test_unscaled_targets_behind_an_output_that_cannot_reach_them(hand_made: Any) -> None:
    made = hand_made(
        task="regression",
        data=rows(targets=WIDE),
        preset={"model": {"output_activation": "sigmoid"}},
    )
    remedy = first(made.context(), "output_mismatch", fatal=True)
    assert remedy.name == "matching_output+scale_targets"
    assert remedy.set["model.output_activation"] == "auto"
    assert remedy.set["data.target_scale"] == "standard"
    assert "1 matching_output against output_mismatch, 2 scale_targets against" in remedy.why


@pytest.mark.parametrize(
    ("problem", "case", "second"),
    [
        ("vanishing_gradient", {"preset": {"optimizer": {"name": "sgd", "learning_rate": 1e-5}}},
         "higher_learning_rate"),
        ("output_mismatch", {"preset": {"model": {"output_activation": "relu"},
                                        "optimizer": {"name": "adam", "learning_rate": 0.5}}},
         "lower_learning_rate"),
        ("learning_rate_low", {"preset": {"model": {"dropout": 0.9}, "optimizer": {
            "name": "sgd", "learning_rate": 1e-5}}}, "usual_dropout"),
        ("learning_rate_high", {"activation": "sigmoid", "depth": 9,
                                "preset": {"model": {"activation": "sigmoid"}}}, "relu_he"),
        ("regularized_too_much", {"preset": {"model": {"dropout": 0.9}, "optimizer": {
            "name": "sgd", "learning_rate": 0.01, "global_clipnorm": 1e-4}}}, "looser_global_clipnorm"),
    ],
)  # fmt: skip
def test_the_other_half_comes_along(
    hand_made: Any, problem: str, case: dict[str, Any], second: str
) -> None:
    name = first(hand_made(**case).context(), problem).name
    assert name.split("+")[1:] == [second]


def test_a_single_fault_has_a_single_remedy(hand_made: Any) -> None:
    made = hand_made(preset={"optimizer": {"name": "sgd", "learning_rate": 0.1, "momentum": 0.9}})
    for problem in ("vanishing_gradient", "learning_rate_high", "no_learning", "dead_units"):
        assert "+" not in first(made.context(), problem).name
    fits = hand_made(preset={"optimizer": {"learning_rate": 0.3}}).context()
    assert "+" not in first(fits, "overfitting").name


def test_a_plan_has_at_most_three_steps_none_of_which_undoes_another(hand_made: Any) -> None:
    made = hand_made(
        task="regression",
        data=rows(targets=WIDE, inputs=RAW),
        preset={
            "model": {"output_activation": "tanh", "dropout": 0.95},
            "optimizer": {"name": "sgd", "learning_rate": 5.0, "momentum": 0.999},
        },
    )
    context = made.context()
    steps = plan(found("output_mismatch"), Remedy("a", {"data.scale": "unit"}, "", ""), context)
    assert len(steps) == MOST
    keys = [key for step in steps for key in step.remedy.set]
    assert len(keys) == len(set(keys))
    assert together(steps).set == {k: v for s in steps for k, v in s.remedy.set.items()}


def test_a_rate_is_sized_by_the_updates_that_it_made(hand_made: Any) -> None:
    fast = hand_made(preset={"optimizer": {"name": "sgd", "learning_rate": 0.06}}).context()
    for measured, rate in ((0.02, 0.009), (0.5, 0.001), (1e-6, 0.02)):
        remedy = first(fast, "learning_rate_high", update_ratio=measured)
        assert remedy.set == {"optimizer.learning_rate": pytest.approx(rate)}, measured
    slow = hand_made(preset={"optimizer": {"name": "sgd", "learning_rate": 4e-4}}).context()
    for measured, rate in ((3e-5, 0.04), (1e-3, 0.01), (1e-9, 0.1)):
        remedy = first(slow, "learning_rate_low", update_ratio=measured)
        assert remedy.set == {"optimizer.learning_rate": pytest.approx(rate)}, measured


@pytest.mark.parametrize(("name", "gain"), [("relu", 2.0), ("elu", 1.5), ("gelu", 2.2)])
def test_weights_are_sized_for_their_activation(name: str, gain: float) -> None:
    assert critical_gain(name) == gain


def test_an_activation_without_an_initializer_of_its_own_gets_its_gain(hand_made: Any) -> None:
    made = hand_made(activation="gelu", preset={"model": {"initializer": "random_normal"}})
    offered = {r.name: r.set for r in remedies(found("poor_initialization"), made.context())}
    assert offered["initializer_gain_2.2"]["model.initializer"]["config"]["scale"] == 2.2


def test_a_recurrent_kernel_out_of_proportion_is_named(hand_made: Any, stuck: Any) -> None:
    recurrent = {"family": "rnn", "cell": "SimpleRNN", "width": 64, "depth": 1}
    document = {"data": {"name": "adding"}, "model": recurrent}
    for initializer, told in (
        ({"name": "random_normal", "stddev": 1.0}, True),
        ("orthogonal", False),
    ):
        preset = Preset.model_validate(
            document | {"model": recurrent | {"recurrent_initializer": initializer}}
        )
        view = hand_made(series=stuck).view()
        view.context = make_context(preset, view.context.data)
        from gradlab.engine.diagnosis.rules import find

        poor = find(view).get("poor_initialization")
        assert (poor is not None) == told
        if poor:
            assert remedies(poor, view.context)[0].name == "recurrent_orthogonal"
