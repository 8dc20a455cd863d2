"""A saved model says of its data what the training said of it."""

import pytest

from gradlab.engine.errors import RunError
from gradlab.engine.preset.load import load
from gradlab.engine.runs.followed import open_run
from gradlab.engine.session import Session
from gradlab.engine.training.saved_model import evaluate_saved


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    preset = load("moons-early-stopping-best", ["train.epochs=40", "data.test=20"])
    session = Session(preset, runs_dir=tmp_path_factory.mktemp("runs"))
    session.start()
    session.join()
    assert session.error is None
    return session.run_dir


def test_last_and_best_weights_agree_with_the_records(run):
    history = open_run(run).history
    split, rows, found = evaluate_saved(run, "validation")
    assert (split, rows) == ("validation", 70)
    logs = history.epochs[-1].logs
    assert found["last"]["loss"] == pytest.approx(logs["val_loss"], rel=1e-5)
    assert found["last"]["accuracy"] == pytest.approx(logs["val_accuracy"])
    best = max(epoch.logs["val_accuracy"] for epoch in history.epochs)
    assert found["best"]["accuracy"] == pytest.approx(best)


def test_test_rows_come_first_and_give_the_result_of_the_run(run):
    split, rows, found = evaluate_saved(run)
    assert (split, rows) == ("test", 20)
    test = open_run(run).history.finished.test
    assert found["last"]["loss"] == pytest.approx(test["test_loss"], rel=1e-5)


def test_a_run_without_weights_is_refused(run, tmp_path):
    empty = tmp_path / run.name
    empty.mkdir()
    (empty / "run.json").write_bytes((run / "run.json").read_bytes())
    with pytest.raises(RunError, match="has kept no weights"):
        evaluate_saved(empty)
    (empty / "checkpoint").mkdir()
    (empty / "checkpoint" / "model.keras").write_bytes(b"no model")
    with pytest.raises(RunError, match="cannot be read"):
        evaluate_saved(empty)
