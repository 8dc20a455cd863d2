"""The pre-flight check: theory against measured nets, and what it says of sick and sound presets."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from gradlab.engine.checks.backward import forward, measure
from gradlab.engine.checks.preflight import preflight
from gradlab.engine.data.load import load_data
from gradlab.engine.data.summary import summarise
from gradlab.engine.measuring.sites import find_sites
from gradlab.engine.models.build import build
from gradlab.engine.preset.load import load
from gradlab.engine.preset.schema import LayersSettings, Preset
from gradlab.engine.stream.events import Started
from gradlab.engine.strict_json import dumps
from gradlab.engine.theory.expectation import expect
from gradlab.tui.followed.predicted import predict_run


def check(preset: Preset | str, *overrides: str) -> dict[str, Any]:
    if isinstance(preset, str):
        preset = load(preset, overrides)
    return preflight(preset, load_data(preset.data, seed=preset.seed))


def problems(document: dict[str, Any]) -> list[str]:
    return [finding["problem"] for finding in document["findings"]]


@pytest.mark.parametrize(
    ("activation", "initializer", "known"),
    [
        ("sigmoid", "glorot_uniform", 0.2361),
        ("sigmoid", "he_normal", 0.3178),
        ("tanh", "glorot_uniform", None),
        ("tanh", "he_normal", 1.0514),
        ("relu", "glorot_normal", 0.7071),
        ("relu", "he_uniform", 1.0),
        ("selu", "lecun_normal", 1.0352),
    ],
)
def test_measured_delta_ratio_agrees_with_prediction(
    activation: str, initializer: str, known: float | None
) -> None:
    document = check(
        "vanishing-sigmoid",
        f"model.activation={activation}",
        f"model.initializer={initializer}",
        "model.depth=20",
        "data.scale=standard",
    )
    ratio = document["delta_ratio_per_layer"]
    assert ratio["reliable"]
    assert ratio["measured"] == pytest.approx(ratio["predicted"], rel=0.05)
    if known is not None:
        # the first layers are still on their way to the fixed point of the table
        assert ratio["measured"] == pytest.approx(known, rel=0.06)
    for layer in document["layers"][:-1]:
        predicted, measured = layer["predicted"], layer["measured"]
        assert measured["delta_ratio"] == pytest.approx(predicted["delta_ratio"], rel=0.15)


def test_vanishing_sigmoid_is_told_before_training() -> None:
    document = check("vanishing-sigmoid")
    assert document["delta_ratio_per_layer"]["measured"] == pytest.approx(0.236, rel=0.05)
    [finding] = document["findings"]
    assert finding["problem"] == "vanishing_gradient"
    assert finding["first_step"] == 0
    assert finding["layers"][0] == "dense" and "output" not in finding["layers"]
    assert finding["remedies"][0]["set"] == {
        "model.activation": "relu",
        "model.initializer": "he_normal",
    }
    loss = document["initial_loss"]
    assert loss["uninformed"] == pytest.approx(math.log(10))
    assert loss["measured"] == pytest.approx(loss["expected"], rel=0.1)
    assert '"family":"mlp"' in dumps(document)


@pytest.mark.parametrize(
    ("preset", "overrides"),
    [
        ("vanishing-cured", ()),
        ("fashion-bn-he-digits", ()),
        ("depth-20-cured", ()),
        ("adding-irnn-100", ()),
        ("regression-nan", ("data.target_scale=standard",)),
        ("regression-nan", ("data.target_scale=half",)),
    ],
)
def test_a_healthy_preset_has_no_findings(preset: str, overrides: tuple[str, ...]) -> None:
    assert problems(check(preset, *overrides)) == []


@pytest.mark.parametrize(
    ("preset", "overrides", "problem"),
    [
        ("circles-tanh-5", (), "poor_initialization"),
        ("vanishing-cured", ("model.initializer={name='random_normal',stddev=1.0}",),
         "poor_initialization"),
        ("regression-nan", (), "unscaled_targets"),
        ("regression-nan", ("data.target_scale=standard", "model.output_activation=sigmoid"),
         "output_mismatch"),
        ("vanishing-cured", ("model.output_activation=linear",), "output_mismatch"),
        ("vanishing-cured", ("data.test=0.2", "data.test_scale=none"), "split_mismatch"),
        ("vanishing-cured", ("model.bias_initializer={name='constant',value=-9.0}",), "dead_units"),
    ],
)  # fmt: skip
def test_a_sick_preset_is_named_with_a_remedy(
    preset: str, overrides: tuple[str, ...], problem: str
) -> None:
    document = check(preset, *overrides)
    assert problems(document)[0] == problem
    assert document["findings"][0]["remedies"]


def test_raw_bytes_are_unscaled_inputs() -> None:
    rows = load("vanishing-cured", ["data.scale=none"])
    dataset = load_data(rows.data)
    assert problems(preflight(rows, dataset)) == []  # 0 to 16 is not yet a harm
    loud = type(dataset.train)(dataset.train.x * 16, dataset.train.y)
    raw = type(dataset)(**{**vars(dataset), "train": loud, "validation": None})
    assert problems(preflight(rows, raw)) == ["unscaled_inputs"]


@pytest.mark.parametrize("kind", ["conv", "recurrent", "residual", "normalized", "noisy"])
def test_every_family_is_measured(kind: str, small: Any) -> None:
    document = check(small(kind))
    measured = [layer["measured"] for layer in document["layers"]]
    assert all(0 < layer["delta_norm"] < math.inf for layer in measured)
    assert measured[-1]["delta_norm"] == 1.0
    assert math.isfinite(document["initial_loss"]["measured"])
    over_time = measured[0]["time_delta_ratio"]
    assert (over_time is not None) == (kind == "recurrent")
    if over_time is not None:
        assert 0 < over_time < 1


def test_batch_normalization_by_theory() -> None:
    document = check("vanishing-sigmoid", "model.normalization=before", "data.scale=standard")
    ratio = document["delta_ratio_per_layer"]
    assert ratio["measured"] == pytest.approx(ratio["predicted"], rel=0.1)
    assert not ratio["reliable"] and "Batch norm" in ratio["note"]


def test_check_finding_and_chart_expect_the_same() -> None:
    preset = load("vanishing-sigmoid")
    dataset = load_data(preset.data, seed=preset.seed)
    document = preflight(preset, dataset)
    expected = document["delta_ratio_per_layer"]["predicted"]
    [finding] = document["findings"]
    assert finding["evidence"]["predicted_delta_ratio_per_layer"] == expected
    sites = find_sites(build(preset, dataset), dataset.train.x[0])
    started = Started(tuple(site.info for site in sites), (), (), 1, 1, data=summarise(dataset))
    profile = predict_run(preset, started).profile
    assert profile is not None
    assert list(profile) == [layer["predicted"]["delta_norm"] for layer in document["layers"]]
    assert (profile[0] / profile[-2]) ** (1 / (len(profile) - 2)) == pytest.approx(expected)


def test_a_list_of_dense_layers_is_predicted_like_the_same_mlp() -> None:
    overrides = ("model.depth=4", "model.width=64")
    mlp = check("vanishing-sigmoid", *overrides)
    hidden = {"units": 64, "activation": "sigmoid"}
    layers = [{"class_name": "Flatten"}, *[{"class_name": "Dense", "config": hidden}] * 4]
    layers += [{"class_name": "Dense", "config": {"units": 10, "activation": "softmax"}}]
    preset = load("vanishing-sigmoid")
    document = check(
        preset.model_copy(update={"model": LayersSettings(family="layers", layers=layers)})
    )
    for name in ("predicted", "reliable"):
        assert document["delta_ratio_per_layer"][name] == mlp["delta_ratio_per_layer"][name]
    assert [layer["predicted"] for layer in document["layers"]] == [
        layer["predicted"] for layer in mlp["layers"]
    ]
    other = [*layers[:2], {"class_name": "Dropout", "config": {"rate": 0.1}}, *layers[2:]]
    assert (
        expect(
            preset.model_copy(update={"model": LayersSettings(family="layers", layers=other)}), {}
        )
        is None
    )


def test_a_gradient_beyond_float32_is_still_measured() -> None:
    document = check("vanishing-sigmoid", "model.depth=90", "model.width=64")
    lowest = document["layers"][0]
    assert lowest["predicted"]["delta_norm"] < 1e-50
    assert math.log(lowest["measured"]["delta_norm"]) == pytest.approx(
        math.log(lowest["predicted"]["delta_norm"]), rel=0.03
    )


def test_the_check_leaves_the_model_as_training_finds_it(small: Any) -> None:
    preset = small("dense")
    dataset = load_data(preset.data)
    model = build(preset, dataset)
    before = [np.array(weight) for weight in model.get_weights()]
    sites = find_sites(model, dataset.train.x[0])
    _, calls, tape = forward(model, dataset.train.x[:8])
    first = measure(sites, calls, tape, seed=1)
    _, calls, tape = forward(model, dataset.train.x[:8])
    assert measure(sites, calls, tape, seed=1) == first
    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def test_a_linear_net_of_scaled_identities_is_exact() -> None:
    document = check(
        Preset.model_validate(
            {
                "data": {"name": "digits", "scale": "unit"},
                "model": {
                    "family": "mlp",
                    "depth": 6,
                    "width": 64,
                    "activation": "linear",
                    "initializer": {"name": "identity", "gain": 1.5},
                },
            }
        )
    )
    assert document["delta_ratio_per_layer"]["measured"] == pytest.approx(1.5, rel=1e-5)
    assert document["delta_ratio_per_layer"]["predicted"] == pytest.approx(1.5, rel=1e-12)


def test_an_output_of_logits_fits_a_loss_that_expects_them() -> None:
    logits = "model.output_activation=linear"
    loss = "train.loss={name='sparse_categorical_crossentropy',from_logits=true}"
    assert problems(check("vanishing-cured", logits, loss)) == []
    assert problems(check("vanishing-cured", logits)) == ["output_mismatch"]


def test_weights_are_held_against_what_the_initializer_prescribes() -> None:
    preset = load("digits-resnet")
    layers = preflight(preset, load_data(preset.data))["layers"]
    for layer in layers:
        weights = layer["weights"]
        prescribed = (2 / weights["fan_in"]) ** 0.5  # he_normal
        if layer["name"] == "output":
            prescribed = (2 / (weights["fan_in"] + weights["fan_out"])) ** 0.5
            assert weights["limit"] == pytest.approx(3**0.5 * prescribed)
        assert weights["prescribed_std"] == pytest.approx(prescribed)
        assert weights["drawn_std"] == pytest.approx(prescribed, rel=0.1)
