"""Every remedy makes a valid preset, and only remedies that fit are offered."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gradlab.engine.diagnosis import problems
from gradlab.engine.diagnosis.context import make_context
from gradlab.engine.diagnosis.registry import KNOWN
from gradlab.engine.diagnosis.remedies import remedies
from gradlab.engine.findings.finding import Finding
from gradlab.engine.findings.problems import PROBLEMS
from gradlab.engine.preset.edit import dump
from gradlab.engine.preset.load import load_text
from gradlab.engine.preset.overrides import apply
from gradlab.engine.preset.rules import check
from gradlab.engine.preset.schema import Preset

LAYERS = [
    {"class_name": "Dense", "config": {"units": 16, "activation": "sigmoid"}},
    {"class_name": "Dense", "config": {"units": 16, "activation": "sigmoid"}},
    {"class_name": "Dense", "config": {"units": 10, "activation": "softmax"}},
]
PRESETS: dict[str, dict[str, Any]] = {
    "sigmoid": {"data": {"name": "digits"}, "model": {"family": "mlp", "depth": 8, "activation": "sigmoid"}},
    "narrow": {"data": {"name": "circles", "options": {"n_samples": 1000}},
               "model": {"family": "mlp", "depth": 11, "width": 5}},
    "bare": {"data": {"name": "moons"}, "optimizer": {"name": "sgd"}, "train": {"batch_size": 8}},
    "regression": {"data": {"name": "regression"}, "optimizer": {"name": "sgd", "clipnorm": 1.0}},
    "schedule": {"data": {"name": "blobs"}, "optimizer": {"name": "sgd", "learning_rate": {
        "class_name": "ExponentialDecay",
        "config": {"initial_learning_rate": 1.0, "decay_steps": 100, "decay_rate": 0.9}}}},
    "resnet": {"data": {"name": "digits"}, "model": {"family": "resnet", "residual": False}},
    "rnn": {"data": {"name": "adding"}, "model": {"family": "rnn", "cell": "LSTM"}},
    "layers": {"data": {"name": "digits"}, "model": {"family": "layers", "layers": LAYERS}},
    "python": {"data": {"name": "digits"}, "model": {"family": "python", "factory": "m.py:f"}},
}  # fmt: skip


def offered(preset: str, problem: str, **evidence: Any) -> dict[str, dict[str, Any]]:
    found = Finding(problem, (), 0, "critical", evidence, "")
    made = remedies(found, make_context(Preset.model_validate(PRESETS[preset])))
    return {remedy.name: remedy.set for remedy in made}


def test_every_problem_is_known_in_its_order_and_leads_to_others_that_are() -> None:
    assert tuple(KNOWN) == PROBLEMS
    files = {file.stem for file in Path(problems.__file__).parent.glob("[!_]*.py")}
    assert files == set(PROBLEMS)
    for name, problem in KNOWN.items():
        found = Finding(name, (), 0, "critical", {}, "")
        assert set(problem.effects(found)) <= set(PROBLEMS) - {name} and problem.formula
        assert problem.check.startswith("Usually") and problem.check.count(". ") >= 1, name


@pytest.mark.parametrize("problem", PROBLEMS)
@pytest.mark.parametrize("name", PRESETS)
def test_remedied_presets_are_valid(name: str, problem: str) -> None:
    preset = Preset.model_validate(PRESETS[name])
    context = make_context(preset)
    for remedy in remedies(Finding(problem, (), 0, "critical", {}, ""), context):
        document = {"model": {"family": preset.model.family}} | preset.model_dump(
            exclude_unset=True
        )
        edited = Preset.model_validate(apply(document, list(remedy.set.items()))[0])
        assert edited != preset and check(edited) == []
        assert load_text(dump(edited)) == edited
        assert remedy.why and remedy.source


@pytest.mark.parametrize(
    ("preset", "problem", "first"),
    [
        ("sigmoid", "vanishing_gradient", "relu_he"),
        ("narrow", "vanishing_gradient", "tanh_he"),
        ("layers", "vanishing_gradient", "relu_he"),
        ("rnn", "vanishing_gradient", "forget_bias"),
        ("regression", "unscaled_targets", "scale_targets"),
        ("schedule", "learning_rate_high", "lower_learning_rate"),
        ("bare", "no_learning", "adam"),
    ],
)
def test_first_remedies(preset: str, problem: str, first: str) -> None:
    assert next(iter(offered(preset, problem))) == first


def test_layers_are_edited_one_by_one() -> None:
    assert offered("layers", "vanishing_gradient")["relu_he"] == {
        "model.layers.0.config.activation": "relu",
        "model.layers.0.config.kernel_initializer": "he_normal",
        "model.layers.1.config.activation": "relu",
        "model.layers.1.config.kernel_initializer": "he_normal",
    }


@pytest.mark.parametrize(("evidence", "clip"), [({"left_of_gradient": 2e-4}, 0.5), ({}, 0.001)])
def test_a_tight_clip_is_loosened_to_the_usual_gradient(evidence: Any, clip: float) -> None:
    optimizer = {"name": "sgd", "global_clipnorm": 1e-4}
    preset = Preset.model_validate(
        {"data": {"name": "digits"}, "model": {"family": "mlp"}, "optimizer": optimizer}
    )
    found = Finding("clipping_always", (), 0, "warning", evidence, "")
    first = remedies(found, make_context(preset))[0]
    assert first.set == {"optimizer.global_clipnorm": clip}


def test_no_clipping_where_the_optimizer_does_not_care() -> None:
    assert "global_clipnorm" not in offered("sigmoid", "exploding_gradient")
    assert "global_clipnorm" in offered("bare", "exploding_gradient")


def test_no_lower_rate_against_vanishing() -> None:
    for name in PRESETS:
        assert "lower_learning_rate" not in offered(name, "vanishing_gradient")


def test_nothing_the_preset_already_has() -> None:
    assert "global_clipnorm" not in offered("regression", "exploding_gradient")
    assert "residual" in offered("resnet", "vanishing_gradient")
    assert "batch_norm_before" not in offered("resnet", "vanishing_gradient")


def test_a_run_without_a_preset_has_no_remedies() -> None:
    from gradlab.engine.diagnosis.context import Context

    assert remedies(Finding("vanishing_gradient", (), 0, "critical", {}, ""), Context()) == ()
