"""Each rule fires on its symptom and is silent on what merely looks like it."""

from __future__ import annotations

import math
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pytest

from gradlab.engine.diagnosis.causes import settle
from gradlab.engine.diagnosis.delta_profile import delta_profile
from gradlab.engine.diagnosis.fit import bias_and_variance
from gradlab.engine.diagnosis.problems.oscillating_loss import swings
from gradlab.engine.diagnosis.problems.output_mismatch import mismatch
from gradlab.engine.stream.data_facts import Moments


def falling(depth: int, ratio: float) -> dict[Any, float]:
    """Delta that shrinks by `ratio` at every hidden layer."""
    return {(i, "delta_norm"): ratio ** (depth - i) for i in range(depth)}


def test_profile_measures_the_drop_from_the_largest_layer_above() -> None:
    deltas = np.tile([0.001, 0.01, 0.1, 10.0, 1.0], (4, 1))
    found = delta_profile(deltas)
    assert found.top == 3
    assert found.drop == pytest.approx([-4, -3, -2, 1, 0])
    assert found.per_layer == pytest.approx(10 ** (-4 / 3))


def test_profile_without_what_some_layers_lose() -> None:
    found = delta_profile(np.tile([1e-5, 1e-4, 1e-2, 0.1, 1.0], (4, 1)))
    assert found.total_without([1]) == pytest.approx(1e-3)
    assert found.total_without([]) == pytest.approx(found.total)
    assert found.total_without([0, 1, 2, 3]) == pytest.approx(1.0)


def test_profile_without_layers_that_cut_the_gradient() -> None:
    found = delta_profile(np.tile([0.0, 0.0, 0.0, 0.1, 1.0], (4, 1)))
    assert found.total == 0
    assert math.isnan(found.total_without([2]))
    assert found.total_without([0, 3]) == 0


def test_profile_knows_nothing_where_no_gradient_is() -> None:
    assert math.isnan(delta_profile(np.zeros((3, 4))).total)


def test_healthy_run_is_silent(hand_made: Any) -> None:
    assert hand_made(over=True).problems() == {}


@pytest.mark.parametrize("count", [20, 200])
def test_steady_decay_vanishes_before_anything_is_learned(
    hand_made: Any, stuck: Any, count: int
) -> None:
    found = hand_made(depth=8, count=count, series=stuck | falling(8, 0.25)).problems()
    finding = found["vanishing_gradient"]
    assert finding.evidence["delta_ratio_per_layer"] == pytest.approx(0.25)
    assert finding.layers == tuple(f"dense_{i}" for i in range(4))
    assert finding.severity == "critical"
    assert finding.message.startswith("The gradient shrinks 4 times at every layer")


def test_small_delta_of_a_net_that_learns_is_no_vanishing(hand_made: Any) -> None:
    assert hand_made(depth=8, series=falling(8, 0.25)).problems() == {}


def test_slow_decay_vanishes_only_once_the_net_has_stalled(hand_made: Any, stuck: Any) -> None:
    gentle = stuck | falling(16, 0.7)
    assert "vanishing_gradient" not in hand_made(depth=16, count=200, series=gentle).problems()
    assert "vanishing_gradient" in hand_made(depth=16, count=1200, series=gentle).problems()


def test_starved_lower_layers_vanish_early(hand_made: Any, stuck: Any) -> None:
    series = stuck | falling(12, 0.55) | {(0, "update_ratio"): 1e-7}
    assert "vanishing_gradient" in hand_made(depth=12, count=40, series=series).problems()


def test_nan_is_found_at_its_step(hand_made: Any) -> None:
    losses = np.ones(40)
    losses[33:] = np.nan
    found = hand_made(count=40, series={(None, "loss"): losses}).problems()["non_finite"]
    assert found.first_step == 33
    assert found.evidence["last_finite_loss"] == 1.0


def test_exploding_in_time_needs_the_loss_to_grow_too(hand_made: Any) -> None:
    growing = 1.4 * np.exp(np.arange(40) / 2)
    found = hand_made(count=40, series={(None, "loss"): growing, (None, "grad_norm"): growing})
    assert "exploding_gradient" in found.problems()
    # A converged net may see gradients a thousand times those of its best steps.
    spike = np.full(1200, 1e-6)
    spike[-3:] = 1e-2
    quiet = hand_made(series={(None, "loss"): spike, (None, "grad_norm"): spike})
    assert "exploding_gradient" not in quiet.problems()


def test_one_odd_row_is_no_explosion(hand_made: Any, stuck: Any) -> None:
    losses = np.full(60, 1.38)
    losses[-4] = 1e7
    assert (
        "exploding_gradient" not in hand_made(count=60, series={(None, "loss"): losses}).problems()
    )


def test_exploding_by_depth(hand_made: Any, stuck: Any) -> None:
    series = stuck | falling(6, 1 / 8)
    series |= {(i, "delta_norm"): 8.0 ** (6 - i) for i in range(6)}
    finding = hand_made(depth=6, count=20, series=series).problems()["exploding_gradient"]
    assert finding.evidence["delta_ratio_per_layer"] == pytest.approx(8.0)


def test_tanh_stacks_may_differ_by_seventy(hand_made: Any, stuck: Any) -> None:
    series = stuck | {(i, "delta_norm"): 1.4 ** (12 - i) for i in range(12)}
    assert "exploding_gradient" not in hand_made(depth=12, count=100, series=series).problems()


def test_dead_units_count_over_the_probe_batch(hand_made: Any, stuck: Any) -> None:
    found = hand_made(count=400, series=stuck, probe={"dead_units": 0.7}).problems()
    assert "70 % of the units" in found["dead_units"].message
    sparse = stuck | {("*", "zero_share"): 0.9}
    assert "dead_units" not in hand_made(count=400, series=sparse).problems()


def test_dead_units_of_a_fine_net_are_let_be(hand_made: Any) -> None:
    assert hand_made(probe={"dead_units": 0.7}, over=True).problems() == {}


def test_a_silent_layer_is_dead_before_any_probe(hand_made: Any, stuck: Any) -> None:
    found = hand_made(count=20, series=stuck | {(2, "zero_share"): 1.0}).problems()["dead_units"]
    assert (found.layers, found.severity) == (("dense_2",), "critical")


def test_saturated_layers(hand_made: Any, stuck: Any) -> None:
    made = hand_made(activation="tanh", count=40, series=stuck | {("*", "saturated_share"): 0.8})
    assert "saturated_units" in made.problems()
    one = hand_made(activation="tanh", count=40, series=stuck | {(0, "saturated_share"): 0.8})
    assert "saturated_units" not in one.problems()
    learned = hand_made(activation="tanh", series={("*", "saturated_share"): 0.8})
    assert "saturated_units" not in learned.problems()


def test_layers_that_normalize_are_not_dead_before_the_first_step(
    hand_made: Any, stuck: Any
) -> None:
    dead: dict[str, Any] = {
        "series": stuck,
        "probe": {"dead_units": 0.9},
        "first_probe": {"dead_units": 0.9},
    }
    plain, normalized = {}, {"model": {"normalization": "before"}}
    for count, preset, told in (
        (20, plain, True),
        (20, normalized, False),
        (400, normalized, True),
    ):
        found = hand_made(count=count, preset=preset, **dead).problems()
        assert ("dead_units" in found) == told, (count, preset)


@pytest.mark.parametrize(("first_loss", "told"), [(2.0, False), (500.0, True)])
def test_small_targets_are_no_explosion(hand_made: Any, first_loss: float, told: bool) -> None:
    moments = {"min": 0.0, "max": 0.5, "mean": 0.25, "std": 0.06}
    made = hand_made(task="regression", output="linear", output_units=1, count=20,
                     series={(None, "loss"): first_loss})  # fmt: skip
    data = asdict(made.context().data)
    made.data = {
        "splits": {**data["splits"], "train": {**data["splits"]["train"], "targets": moments}}
    }
    assert first_loss > 100 * made.context().guessing_loss
    assert ("exploding_gradient" in made.problems()) == told


def test_no_learning_takes_time_and_a_flat_loss(hand_made: Any, stuck: Any) -> None:
    assert "no_learning" in hand_made(series=stuck).problems()
    assert "no_learning" not in hand_made(count=300, series=stuck).problems()


def test_slow_learning_projects_the_planned_end(hand_made: Any) -> None:
    slow = {(None, "loss"): lambda s: 1.386 - 0.00006 * s}
    assert "slow_learning" in hand_made(epochs=14, series=slow).problems()
    assert "slow_learning" not in hand_made(epochs=200, count=2100, series=slow).problems()


def test_rates(hand_made: Any, stuck: Any) -> None:
    low = stuck | {
        (None, "learning_rate"): 1e-6,
        ("*", "update_ratio"): 1e-7,
        (5, "update_ratio"): 1e-7,
    }
    assert "learning_rate_low" in hand_made(count=400, series=low).problems()
    runaway = 1.4 * np.exp(np.arange(40) / 2)
    high = {(None, "loss"): runaway, (None, "grad_norm"): runaway, (None, "learning_rate"): 0.05}
    assert "learning_rate_high" in hand_made(count=40, series=high).problems()
    usual = high | {(None, "learning_rate"): 0.001}
    assert "learning_rate_high" not in hand_made(count=40, series=usual).problems()


def test_swings_of_epochs(hand_made: Any) -> None:
    assert swings(np.array([0.5, 0.6, 0.5, 0.51, 0.5, 0.7]), 0.03) == 3
    assert swings(np.array([0.1, 0.6, 0.59, 0.8, 0.79, 0.9]), 0.03) == 1
    up_down = [0.5 + 0.06 * (i % 2) for i in range(12)]
    losses = [1.0 + 0.3 * (i % 2) for i in range(12)]
    logs = {"accuracy": up_down, "val_accuracy": up_down, "loss": losses}
    assert "oscillating_loss" in hand_made(logs=logs).problems()
    assert "oscillating_loss" not in hand_made(logs=logs | {"accuracy": 0.5}).problems()
    falling = [loss * 0.9**epoch for epoch, loss in enumerate(losses)]
    assert "oscillating_loss" not in hand_made(logs=logs | {"loss": falling}).problems()


@pytest.mark.parametrize(
    ("training", "held_out", "names"),
    [
        (0.01, 0.16, ("overfitting",)),
        (0.15, 0.16, ("underfitting",)),
        (0.15, 0.30, ("underfitting", "overfitting")),
        (0.005, 0.01, ()),
    ],
)
def test_bias_and_variance_of_the_slides(training: float, held_out: float, names: Any) -> None:
    assert bias_and_variance(training, held_out) == names


def test_overfitting_and_underfitting_in_a_run(hand_made: Any) -> None:
    over = {"accuracy": 0.99, "val_accuracy": 0.84}
    assert set(hand_made(logs=over).problems()) == {"overfitting"}
    level = {(None, "loss"): 0.5}
    under = hand_made(series=level, logs={"accuracy": 0.85, "val_accuracy": 0.84}, over=True)
    assert "underfitting" in under.problems()
    noisy = {"attainable_error": 0.16}  # circles: the data leave 16 % errors
    fair = hand_made(
        series=level, data=noisy, logs={"accuracy": 0.84, "val_accuracy": 0.84}, over=True
    )
    assert fair.problems() == {}


def test_a_rise_of_one_epoch_is_no_overfitting(hand_made: Any) -> None:
    logs = {"accuracy": 0.99, "val_accuracy": 0.92, "val_loss": [0.3] * 11 + [0.9]}
    assert hand_made(logs=logs).problems() == {}
    logs["val_loss"] = [0.3] * 8 + [0.9] * 4
    assert "overfitting" in hand_made(logs=logs).problems()


def test_unscaled_targets_need_harm(hand_made: Any) -> None:
    wide = {"min": -400.0, "max": 500.0, "mean": 2.0, "std": 150.0}
    split = {"rows": 500, "inputs": {"min": -3, "max": 3, "mean": 0.0, "std": 1.0}, "targets": wide,
             "class_counts": None}  # fmt: skip
    data = {"splits": {"train": split, "validation": split, "test": None}}
    losses = 2e4 * np.exp(np.arange(40) / 2)
    made = hand_made(task="regression", output="linear", output_units=1, data=data, count=40,
                     series={(None, "loss"): losses, (None, "grad_norm"): losses})  # fmt: skip
    assert "unscaled_targets" in made.problems()
    fine = {(None, "loss"): lambda s: 2e4 * np.exp(-s / 50) + 1}
    made = hand_made(task="regression", output="linear", output_units=1, data=data, series=fine)
    assert made.problems() == {}


def inputs(std: float, mean: float = 0.0) -> dict[str, Any]:
    split = {"rows": 500, "inputs": {"min": -3 * std, "max": 3 * std, "mean": mean, "std": std},
             "targets": None, "class_counts": {str(i): 50 for i in range(4)}}  # fmt: skip
    return {"splits": {"train": split, "validation": split, "test": None}}


def test_unscaled_inputs(hand_made: Any, stuck: Any) -> None:
    assert "unscaled_inputs" in hand_made(count=20, series=stuck, data=inputs(80.0)).problems()
    assert "unscaled_inputs" not in hand_made(count=20, series=stuck, data=inputs(1.5)).problems()
    assert "unscaled_inputs" not in hand_made(count=20, series=stuck, data=inputs(6.0)).problems()
    normalized = {"model": {"normalization": "before"}}
    made = hand_made(count=20, series=stuck, data=inputs(80.0), preset=normalized)
    assert "unscaled_inputs" not in made.problems()


def test_split_mismatch(hand_made: Any) -> None:
    data = inputs(1.0)
    other = dict(data["splits"]["train"], inputs={"min": 0, "max": 255, "mean": 0.0, "std": 80.0})
    data["splits"]["test"] = other
    made = hand_made(data=data, over=True, test={"test_loss": 83.0})
    finding = made.problems()["split_mismatch"]
    assert finding.severity == "critical"
    assert finding.evidence["input_std_over_training"] == pytest.approx(80.0)
    shifted = inputs(1.0) | {"shift": {"validation": 2.0}}
    assert "split_mismatch" in hand_made(data=shifted).problems()


@pytest.mark.parametrize(
    ("activation", "units", "loss", "task", "weight"),
    [
        ("softmax", 1, "binary_crossentropy", "binary", "fatal"),
        ("relu", 3, "categorical_crossentropy", "classification", "fatal"),
        ("linear", 1, "binary_crossentropy", "binary", "fatal"),
        ("sigmoid", 3, "categorical_crossentropy", "classification", "harmful"),
        ("softmax", 3, "binary_crossentropy", "classification", "harmful"),
        ("linear", 10, "mean_squared_error", "classification", "harmful"),
        ("softmax", 10, "mean_squared_error", "classification", "doubtful"),
        ("sigmoid", 1, "binary_crossentropy", "binary", None),
        ("softmax", 10, "sparse_categorical_crossentropy", "classification", None),
        ("linear", 1, "mean_squared_error", "regression", None),
        ("tanh", 1, "hinge", "binary", None),
    ],
)
def test_outputs_and_losses(activation: str, units: int, loss: str, task: str, weight: Any) -> None:
    found = mismatch(activation, units, loss, task=task)
    assert (found and found[0]) == weight


def test_several_labels_at_once() -> None:
    labels = Moments(min=0.0, max=1.0, mean=0.6, std=0.49)

    def weight(activation: str, loss: str, targets: Moments) -> str | None:
        found = mismatch(activation, 3, loss, task="regression", targets=targets)
        return found[0] if found else None

    assert weight("sigmoid", "binary_crossentropy", labels) is None
    assert weight("softmax", "binary_crossentropy", labels) == "harmful"
    assert weight("linear", "binary_crossentropy", labels) == "fatal"
    assert weight("softmax", "mean_squared_error", labels) == "harmful"
    assert weight("softmax", "mean_squared_error", replace(labels, mean=1 / 3)) is None
    assert weight("sigmoid", "binary_crossentropy", replace(labels, max=7.0)) == "harmful"


def test_outputs_that_cannot_reach_the_targets() -> None:
    targets = Moments(min=-4.0, max=9.0, mean=0.0, std=2.0)
    found = mismatch("sigmoid", 1, "mean_squared_error", task="regression", targets=targets)
    assert found and found[0] == "fatal" and "-4 to 9" in found[1]
    assert mismatch("relu", 1, "mae", task="regression", targets=replace(targets, min=0.0)) is None


def test_output_mismatch_that_may_work_needs_harm(hand_made: Any, stuck: Any) -> None:
    odd = {"output": "sigmoid", "loss": "categorical_crossentropy"}
    assert hand_made(**odd, over=True).problems() == {}
    assert "output_mismatch" in hand_made(**odd, series=stuck, over=True).problems()


def weights(mean: float, std: float) -> dict[str, Any]:
    edges = np.linspace(mean - 3 * std - 1e-9, mean + 3 * std + 1e-9, 41)
    centers = (edges[1:] + edges[:-1]) / 2
    counts = 1000 * np.exp(-(((centers - mean) / max(std, 1e-9)) ** 2) / 2)
    return {
        "weight_counts": tuple(counts.astype(int).tolist()),
        "weight_edges": tuple(edges.tolist()),
    }


def test_weights_of_the_wrong_size_need_a_symptom(hand_made: Any, stuck: Any) -> None:
    tiny, sick = weights(0.0, 0.01), stuck | falling(8, 0.1)
    found = hand_made(depth=8, count=20, series=sick, first_probe=tiny).problems()
    assert found["poor_initialization"].evidence["weight_variance_over_suited"] < 0.01
    assert hand_made(depth=8, first_probe=tiny).problems() == {}
    sound = hand_made(depth=8, count=20, series=sick).problems()
    assert "poor_initialization" not in sound


def test_weights_of_one_sign(hand_made: Any, stuck: Any) -> None:
    made = hand_made(activation="tanh", count=20, first_probe=weights(0.5, 0.28),
                     series=stuck | {("*", "saturated_share"): 0.9})  # fmt: skip
    assert "one sign" in made.problems()["poor_initialization"].message


def test_weights_all_alike(hand_made: Any, stuck: Any) -> None:
    zeros = {"weight_counts": (0, 1024), "weight_edges": (-1e-12, 0.0, 1e-12)}
    made = hand_made(count=20, series=stuck, first_probe=zeros)
    assert "start equal" in made.problems()["poor_initialization"].message


def test_clipping_always(hand_made: Any, stuck: Any) -> None:
    clipped = {
        ("*", "grad_norm"): 100.0,
        ("*", "grad_norm_clipped"): 1.0,
        (5, "grad_norm_clipped"): 1.0,
    }
    assert "clipping_always" in hand_made(series=stuck | clipped).problems()
    assert hand_made(series=clipped).problems() == {}
    crawling = {(None, "loss"): lambda s: 1.386 * (1 - 6e-5 * s)}  # falls by 1.6 % in a window
    assert "clipping_always" in hand_made(series=crawling | clipped).problems()


def test_dropout_is_not_underfitting(hand_made: Any) -> None:
    level = {(None, "loss"): 0.9}
    dropped = {"accuracy": 0.85, "val_accuracy": 0.96}
    assert hand_made(series=level, logs=dropped, over=True).problems() == {}
    short = dropped | {"val_accuracy": 0.80}
    assert "underfitting" in hand_made(series=level, logs=short, over=True).problems()


def test_penalties_are_no_explosion_and_no_lack_of_learning(hand_made: Any) -> None:
    kernels = {"weight_counts": (0, 100), "weight_edges": (0.0, 1.0, 3.0)}  # 5 x 100 weights of 2
    penalized = {"model": {"kernel_regularizer": {"name": "l1_l2", "l1": 0.1, "l2": 0.2}}}
    falling_to_it = {(None, "loss"): lambda s: 1.386 * np.exp(-s / 200) + 500.0}
    run = {"series": falling_to_it, "probe": kernels, "first_probe": kernels}
    run |= {"logs": {"accuracy": 0.97, "val_accuracy": 0.97}}
    view = hand_made(preset=penalized, **run).view()
    assert view.growth.first_loss == pytest.approx(1.0, abs=0.01)
    assert view.progress > 0.95
    assert "exploding_gradient" not in hand_made(count=20, preset=penalized, **run).problems()
    assert "exploding_gradient" in hand_made(count=20, **run).problems()


def test_bias_and_variance_at_once_are_one_finding(hand_made: Any) -> None:
    both = {"accuracy": 0.85, "val_accuracy": 0.70}
    made = hand_made(series={(None, "loss"): 0.5}, logs=both, over=True)
    (cause,) = settle(made.problems())
    assert cause.problem == "high_bias_and_variance"
    assert set(cause.consequences) == {"overfitting", "underfitting"}


def test_weights_that_have_come_to_nothing(hand_made: Any, stuck: Any) -> None:
    for std, told in ((0.0005, True), (0.05, False)):
        found = hand_made(series=stuck, probe=weights(0.0, std)).problems()
        assert ("weights_to_zero" in found) == told, std
    assert "weights_to_zero" not in hand_made(probe=weights(0.0, 0.0005)).problems()
