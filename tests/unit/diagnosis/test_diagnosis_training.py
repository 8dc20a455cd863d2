"""Real short trainings: what is wrong is found, what is well is left alone, and the run is not changed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gradlab.engine.data.load import load_data
from gradlab.engine.data.summary import summarise
from gradlab.engine.diagnosis.context import make_context
from gradlab.engine.diagnosis.diagnose import context_of, diagnose
from gradlab.engine.diagnosis.live import Diagnosis
from gradlab.engine.models.build import build
from gradlab.engine.preset.schema import Preset
from gradlab.engine.runs.followed import open_run
from gradlab.engine.session import Session
from gradlab.engine.stream.events import Event, Finished, Found, Steps
from gradlab.engine.training.parts import Parts
from gradlab.engine.training.trainer import Trainer

CIRCLES = {"name": "circles", "validation": 300,
           "options": {"n_samples": 1000, "noise": 0.1, "random_state": 1}}  # fmt: skip
REGRESSION = {"name": "regression", "validation": 500,
              "options": {"n_samples": 1000, "n_features": 20, "noise": 0.1, "random_state": 1}}  # fmt: skip


def preset(data: dict[str, Any], model: dict[str, Any], **tables: Any) -> Preset:
    return Preset.model_validate({"data": data, "model": {"family": "mlp"} | model, **tables})


SIGMOID = preset(
    CIRCLES, {"depth": 8, "width": 5, "activation": "sigmoid", "initializer": "he_uniform"},
    train={"epochs": 8},
)  # fmt: skip


def train(sick: Preset) -> tuple[Diagnosis, list[Found]]:
    dataset = load_data(sick.data)
    diagnosis = Diagnosis(make_context(sick, summarise(dataset)))
    told: list[Found] = []
    for event in Trainer(Parts(sick, dataset, build(sick, dataset))).run():
        told += diagnosis.add(event)
    return diagnosis, told


def test_nan_after_unscaled_targets_is_one_finding() -> None:
    sick = preset(
        REGRESSION, {"depth": 1, "width": 25, "initializer": "he_uniform"},
        optimizer={"name": "sgd", "learning_rate": 0.01, "momentum": 0.9}, train={"epochs": 2},
    )  # fmt: skip
    diagnosis, told = train(sick)
    (finding,) = diagnosis.standing
    assert finding.problem == "unscaled_targets"
    assert "non_finite" in finding.consequences
    assert told[0].step <= 20
    assert finding.remedies[0].set == {"data.target_scale": "standard"}


def test_a_stuck_sigmoid_net_keeps_its_cause_when_its_top_saturates() -> None:
    sick = preset(
        {"name": "digits", "scale": "unit", "split": "random"},
        {"depth": 11, "width": 64, "activation": "sigmoid", "initializer": "glorot_uniform"},
        optimizer={"name": "adam", "learning_rate": 0.01}, train={"epochs": 20},
    )  # fmt: skip
    diagnosis, told = train(sick)
    (finding,) = diagnosis.standing
    assert finding.problem == "vanishing_gradient" and not any(one.cleared for one in told)
    assert "saturated_units" in finding.consequences


def test_targets_between_zero_and_a_half_are_no_explosion(tmp_path: Path) -> None:
    x = np.random.default_rng(0).normal(size=(400, 8)).astype(np.float32)
    signal = x.sum(axis=1)
    y = 0.5 * (signal - signal.min()) / np.ptp(signal)
    np.savez(tmp_path / "small.npz", x=x, y=y)
    small = preset(
        {"name": "npz", "path": str(tmp_path / "small.npz"), "split": "random"},
        {"depth": 2, "width": 64, "initializer": "he_normal"}, train={"epochs": 4},
    )  # fmt: skip
    _, told = train(small)
    assert [one.finding.problem for one in told] == []


def test_batch_normalization_is_not_judged_before_it_has_seen_data() -> None:
    deep = preset(
        {"name": "digits", "scale": "unit", "split": "random"},
        {"depth": 12, "width": 4, "initializer": "he_normal", "normalization": "before"},
        train={"epochs": 1, "jit": "off"},
    )  # fmt: skip
    _, told = train(deep)
    assert "dead_units" not in [one.finding.problem for one in told]


def test_weight_decay_that_leaves_nothing_is_no_explosion() -> None:
    penalized = preset(
        {"name": "digits", "scale": "unit", "split": "random"},
        {"depth": 2, "width": 64, "initializer": "he_normal",
         "kernel_regularizer": {"name": "l2", "l2": 1.0}},
        optimizer={"name": "sgd", "learning_rate": 0.01}, train={"epochs": 8},
    )  # fmt: skip
    diagnosis, told = train(penalized)
    (finding,) = diagnosis.standing
    assert finding.problem == "weights_to_zero" and finding.layers == ("dense", "dense_1")
    assert "exploding_gradient" not in [one.finding.problem for one in told]
    weaker = {"model.kernel_regularizer": {"name": "l2", "l2": 0.01}}
    assert finding.remedies[0].set == weaker


def test_healthy_digits_are_silent() -> None:
    well = preset(
        {"name": "digits", "scale": "unit", "split": "random"},
        {"depth": 2, "width": 64, "initializer": "he_normal"}, train={"epochs": 4},
    )  # fmt: skip
    diagnosis, told = train(well)
    assert told == [] and diagnosis.standing == []


def test_circles_leave_errors_that_no_net_can_avoid() -> None:
    facts = summarise(load_data(SIGMOID.data))
    assert 0.1 < facts.attainable_error < 0.25
    assert facts.shift["validation"] < 0.3


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> tuple[Session, list[Event]]:
    """A diagnosed session that has ended, and all that it told."""
    session = Session(
        SIGMOID, runs_dir=tmp_path_factory.mktemp("runs"), preset_name="circle-sigmoid"
    )
    session.start()
    assert session.join(120)
    return session, session.drain()


def test_a_session_tells_findings_and_its_saved_run_tells_them_again(
    watched: tuple[Session, list[Event]],
) -> None:
    session, events = watched
    assert session.error is None and session.run_dir is not None
    found = [event for event in events if isinstance(event, Found)]
    assert found[0].step <= 20 and found[0].finding.problem == "vanishing_gradient"
    assert isinstance(events[-1], Finished)

    reader = open_run(session.run_dir)
    summary = reader.outcome
    assert [f["problem"] for f in summary["findings"]] == ["vanishing_gradient"]
    history = reader.history
    again = diagnose(history, context_of(history, reader.info))
    assert [f.document() for f in again if f.cleared_step is None] == summary["findings"]


def test_diagnosis_does_not_change_the_run(watched: tuple[Session, list[Event]]) -> None:
    dataset = load_data(SIGMOID.data)
    plain = Trainer(Parts(SIGMOID, dataset, build(SIGMOID, dataset))).run()
    losses, beside = (
        np.concatenate([event.values[:, 0] for event in events if isinstance(event, Steps)])
        for events in (plain, watched[1])
    )
    assert np.array_equal(losses, beside)


def test_without_a_probe_the_loss_is_judged(tmp_path: Path) -> None:
    sick = SIGMOID.model_copy(
        update={"probe": SIGMOID.probe.model_copy(update={"enabled": False}),
                "train": SIGMOID.train.model_copy(update={"epochs": 40})}
    )  # fmt: skip
    diagnosis, _ = train(sick)
    assert [f.problem for f in diagnosis.standing] == ["no_learning"]


@pytest.mark.parametrize("json", [True, False])
def test_runs_diagnose_is_a_gate(tmp_path: Path, json: bool, capsys: Any) -> None:
    from recorded_runs import record
    from typer.testing import CliRunner

    from gradlab.engine.strict_json import restored
    from gradlab.tui.cli.app import app

    run = record(tmp_path)
    arguments = ["runs", "diagnose", str(run), "--fail-on", "any"]
    result = CliRunner().invoke(app, [*arguments, *(["--json"] if json else [])])
    assert result.exit_code in (0, 3)
    if json:
        import json as reader

        document = restored(reader.loads(result.stdout))
        assert document["steps"] == 30 and document["run"] == run.name
        assert (result.exit_code == 3) == bool(document["findings"])
