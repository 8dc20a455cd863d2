"""Settings far from the usual: the table, and the findings that rest on it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from gradlab.engine.diagnosis.context import make_context
from gradlab.engine.diagnosis.remedies import remedies
from gradlab.engine.diagnosis.usual import USUAL, settings, unusual
from gradlab.engine.preset.overrides import apply
from gradlab.engine.preset.schema import Preset

PAGE = (Path(__file__).parents[3] / "docs" / "references.md").read_text("utf-8")
FLAT = {(None, "loss"): 1.38}


def preset_of(**tables: Any) -> Preset:
    model = {"family": "mlp"} | tables.pop("model", {})
    return Preset.model_validate({"data": {"name": "moons"}, "model": model} | tables)


def test_every_range_holds_its_usual_value_and_names_a_source_of_the_page() -> None:
    entries = re.findall(r"^- \*\*(.+?)\.\*\*", PAGE, re.MULTILINE)
    for name, usual in USUAL.items():
        assert usual.low <= usual.value <= usual.high and usual.beyond(usual.value) == 1, name
        assert any(entry in usual.source for entry in entries), name


@pytest.mark.parametrize(
    ("kind", "value", "times"),
    [("dropout", 0.96, 10), ("momentum", 0.999, 10), ("l2", 0.5, 50), ("max_value", 0.01, 100),
     ("epsilon", 1.0, 1000), ("beta_2", 0.5, 5), ("dropout", 0.5, 1), ("beta_2", 0.99, 1)],
)  # fmt: skip
def test_how_far_beyond(kind: str, value: float, times: float) -> None:
    assert USUAL[kind].beyond(value) == pytest.approx(times)


@pytest.mark.parametrize(
    ("tables", "key"),
    [
        ({"model": {"dropout": 0.9}}, "model.dropout"),
        ({"model": {"kernel_regularizer": {"name": "l2", "l2": 0.5}}}, "model.kernel_regularizer.l2"),
        ({"model": {"kernel_constraint": {"class_name": "MaxNorm", "config": {"max_value": 0.01}}}},
         "model.kernel_constraint.max_value"),
        ({"model": {"noise": {"after": 5.0}}}, "model.noise.after"),
        ({"optimizer": {"name": "adamw", "weight_decay": 3.0}}, "optimizer.weight_decay"),
        ({"train": {"loss": {"class_name": "BinaryCrossentropy", "config": {"label_smoothing": 0.9}}}},
         "train.loss.label_smoothing"),
        ({"model": {"family": "layers", "layers": [
            {"class_name": "Dropout", "config": {"rate": 0.95}},
            {"class_name": "Dense", "config": {"units": 1, "activation": "sigmoid"}}]}},
         "model.layers.0.config.rate"),
    ],
)  # fmt: skip
def test_what_is_beyond_its_range_is_found_wherever_it_stands_and_put_right(
    tables: dict[str, Any], key: str
) -> None:
    preset = preset_of(**tables)
    (setting,) = unusual(preset, "holds back")
    assert setting.key == key
    document = {"model": {"family": preset.model.family}} | preset.model_dump(exclude_unset=True)
    edited, _ = apply(document, list(setting.put(setting.usual.value).items()))
    assert not unusual(Preset.model_validate(edited), "holds back")


def test_usual_settings_are_left_alone() -> None:
    usual = preset_of(
        model={"dropout": 0.5, "kernel_regularizer": "l2", "kernel_constraint": "unit_norm"},
        optimizer={"name": "nadam", "beta_1": 0.5, "beta_2": 0.99, "epsilon": 1e-8},
    )
    assert [s.key for s in settings(usual)] == [
        "optimizer.beta_1", "optimizer.beta_2", "optimizer.epsilon", "model.dropout",
        "model.input_dropout", "model.noise.input", "model.noise.before", "model.noise.after",
        "model.kernel_regularizer.l2",
    ]  # fmt: skip
    assert not unusual(usual, "holds back", "too far", "too short")


def test_a_net_that_is_held_back_is_told_why_and_one_that_learns_is_not(hand_made: Any) -> None:
    held = {"preset": {"model": {"dropout": 0.9}}}
    made = hand_made(series=FLAT, over=True, **held)
    finding = made.problems()["regularized_too_much"]
    assert "model.dropout is 0.9, where at most 0.6 is usual" in finding.message
    assert finding.severity == "critical"
    assert remedies(finding, made.context())[0].set == {"model.dropout": 0.2}
    assert "regularized_too_much" not in hand_made(over=True, **held).problems()
    mild = {"preset": {"model": {"dropout": 0.5}}}
    assert "regularized_too_much" not in hand_made(series=FLAT, over=True, **mild).problems()


def test_an_argument_is_named_where_its_effect_shows(hand_made: Any) -> None:
    slow = {"optimizer": {"name": "adam", "epsilon": 1.0}}
    made = hand_made(series=FLAT, over=True, preset=slow)
    finding = made.problems()["unusual_optimizer"]
    assert finding.evidence["setting"] == "optimizer.epsilon"
    assert remedies(finding, made.context())[0].set == {"optimizer.epsilon": 1e-7}
    assert "unusual_optimizer" not in hand_made(over=True, preset=slow).problems()
    heavy = {"optimizer": {"name": "sgd", "momentum": 0.999}}
    broken = {(None, "loss"): lambda s: 1.4 * 1.02**s}
    assert "unusual_optimizer" in hand_made(count=600, series=broken, preset=heavy).problems()


def test_several_strong_settings_are_put_right_one_by_one_and_together() -> None:
    from gradlab.engine.findings.finding import Finding

    preset = preset_of(model={"dropout": 0.9, "kernel_regularizer": {"name": "l2", "l2": 1.0}})
    finding = Finding("regularized_too_much", (), 0, "critical", {}, "")
    offered = {r.name: r.set for r in remedies(finding, make_context(preset))}
    assert list(offered) == ["usual_l2", "usual_dropout", "usual_regularization"]
    assert len(offered["usual_regularization"]) == 2
