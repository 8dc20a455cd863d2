"""Runs that TensorBoard and Keras recorded, taken in as far as they go."""

from pathlib import Path

import numpy as np
import pytest
from recorded_runs import record

from gradlab.engine.comparison.document import comparison
from gradlab.engine.comparison.opened import open_runs
from gradlab.engine.errors import RunError
from gradlab.engine.exchange.event_files import write_events
from gradlab.engine.exchange.importing import import_run
from gradlab.engine.exchange.selection import Part, select
from gradlab.engine.runs.followed import open_run
from gradlab.engine.runs.listing import list_runs

CSV = "epoch,accuracy,loss,val_loss\n0,0.5,2.0,2.5\n1,0.75,1.0,NA\n2,0.9,nan,inf\n"


def test_a_run_survives_tensorboard_and_back(tmp_path: Path):
    run = record(tmp_path / "runs", steps_per_epoch=50)
    write_events(tmp_path / "tb", select(run).parts)
    made = import_run(tmp_path / "tb", tmp_path / "runs", name="back")
    before, after = open_run(run).history, open_run(made.path).history
    assert [layer.name for layer in after.layers] == [layer.name for layer in before.layers]
    assert np.array_equal(after.matrix("delta_norm"), before.matrix("delta_norm"))
    assert [e.step for e in after.epochs] == [50, 100, 150]
    assert after.epochs[2].logs["loss"] == pytest.approx(2 / 3)
    assert open_run(made.path).damage == ()
    [row] = [r for r in list_runs(tmp_path / "runs") if r.path == made.path]
    assert (row.name, row.status, row.damage) == ("back", "finished", ())
    document = comparison(open_runs([run, made.path]))
    assert document["results"][0]["values"] == pytest.approx([2 / 3, 2 / 3])


def test_keras_own_folders_become_epochs(tmp_path: Path):
    steps = np.arange(4)
    for folder, shift in (("train", 0.0), ("validation", 0.5)):
        values = np.array([[1.0 + shift], [0.8 + shift], [0.6 + shift], [0.4 + shift]])
        part = Part(("epoch_loss",), steps, 1e9 + steps, values)
        write_events(tmp_path / "logs" / folder, [part])
    made = import_run(tmp_path / "logs", tmp_path / "runs")
    history = open_run(made.path).history
    assert [e.logs["loss"] for e in history.epochs] == pytest.approx([1.0, 0.8, 0.6, 0.4])
    assert history.epochs[3].logs["val_loss"] == pytest.approx(0.9)


def test_a_csv_logger_file(tmp_path: Path):
    source = tmp_path / "training.log"
    source.write_text(CSV.replace(",", ";") + "junk;1;2;3\n")
    made = import_run(source, tmp_path / "runs")
    assert (made.series, made.epochs) == (1, 3) and "line 5" in made.damage[0]
    reader = open_run(made.path)
    history = reader.history
    assert history.epochs[0].logs == {"accuracy": 0.5, "loss": 2.0, "val_loss": 2.5}
    assert "val_loss" not in history.epochs[1].logs
    assert history.epochs[2].logs["val_loss"] == float("inf")
    assert reader.outcome["best"]["loss"]["value"] == 1.0
    assert reader.outcome["seconds"] == 0.0 and reader.outcome["steps_per_second"] is None
    assert history.steps.series("", "loss")[:2].tolist() == [2.0, 1.0]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", "step,loss\n1,2\n", 'no column "epoch"'),
        ("b.csv", "epoch,loss\n", "nothing that can be imported"),
        ("events.tfevents.1", "no events at all, but long enough", "damaged or incomplete"),
        ("empty", None, "no TensorBoard event files"),
    ],
)
def test_what_cannot_be_imported_is_said(tmp_path: Path, name: str, content: str, message: str):
    source = tmp_path / name
    source.write_text(content) if content is not None else source.mkdir()
    with pytest.raises(RunError, match=message):
        import_run(source, tmp_path / "runs")
    assert not (tmp_path / "runs").exists()
