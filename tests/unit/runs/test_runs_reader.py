"""A run that was written is read back, live, in parts, and at once."""

import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from recorded_runs import PRESET, record, started, steps, training

from gradlab.engine.errors import RunError
from gradlab.engine.findings.finding import Finding
from gradlab.engine.runs.followed import FollowedRun, open_run
from gradlab.engine.runs.records import record_dtype
from gradlab.engine.runs.replay import Replay, statistics
from gradlab.engine.runs.state import read_state
from gradlab.engine.runs.summary import summarise
from gradlab.engine.runs.writer import RunWriter
from gradlab.engine.stream.events import Epoch, Finished, Found, Probe, Started, Steps, Weights
from gradlab.engine.stream.history import History
from gradlab.engine.stream.retention import SAMPLED_ROWS


def flat(events) -> list[tuple]:
    """Events in a form in which blocks of any length compare equal."""
    rows = []
    for event in events:
        match event:
            case Steps():
                values = zip(event.steps, event.times, event.values.tolist(), strict=True)
                rows += [("step", int(s), float(t), v) for s, t, v in values]
            case Weights():
                rows.append(("weights", event.step, event.time, event.values.tolist()))
            case Finished():
                rows.append(("finished", event.status, event.step, event.epochs, event.seconds))
            case _:
                rows.append((type(event).__name__, event))
    return rows


def same(left: History, right: History) -> None:
    for table in ("steps", "weights"):
        a, b = getattr(left, table), getattr(right, table)
        assert a.columns == b.columns
        np.testing.assert_array_equal(a.steps, b.steps)
        np.testing.assert_array_equal(a.times, b.times)
        np.testing.assert_array_equal(a.values, b.values)
    assert left.epochs == right.epochs
    assert left.probes == right.probes
    assert left.findings == right.findings
    assert left.started == right.started
    assert left.status == right.status


def test_a_saved_run_replays_the_events_of_its_training(tmp_path: Path):
    sent = list(training(started()))
    events = FollowedRun(record(tmp_path)).read().events
    assert flat(events) == flat(sent)


def test_history_is_what_the_events_make(tmp_path: Path):
    path = record(tmp_path)
    history = History()
    for event in training(started()):
        history.add(event)
    same(open_run(path).history, history)


def test_polling_a_live_run_gives_each_event_once_and_in_order(tmp_path: Path):
    writer = RunWriter.create(tmp_path, PRESET, preset_name="live")
    reader = FollowedRun(writer.path)
    sent, seen = [], []
    for number, event in enumerate(training(started(epochs=40))):
        sent.append(event)
        writer.write(event)
        if number % 3 == 0:
            seen += reader.read().events
    seen += reader.read().events  # the records were sealed since the poll before
    assert flat(seen) == flat(sent)
    assert reader.read().events == []


def test_records_cut_short_are_named(tmp_path: Path):
    writer = RunWriter.create(tmp_path, PRESET, preset_name="cut")
    for event in training(started()):
        if not isinstance(event, Finished):
            writer.write(event)
    assert writer.settle()
    whole = Replay(writer.path)
    whole.history()
    assert whole.damage(over=True, lines=0) == []
    file = writer.path / "metrics.rec"
    os.truncate(file, file.stat().st_size - record_dtype(len(started().columns)).itemsize)
    cut = Replay(writer.path)
    cut.history()
    (told,) = cut.damage(over=True, lines=0)
    assert told.startswith("metrics.rec") and "no record of steps" in told
    assert told.endswith(f"to {writer.summary()['steps'] - 1}")
    writer.close()


def test_a_finished_run_is_sealed(tmp_path: Path):
    path = record(tmp_path)
    names = {file.name for file in path.iterdir()}
    assert names == {
        "run.json", "state.json", "columns.json", "events.jsonl", "summary.json",
        "metrics.parquet", "weights.parquet",
    }  # fmt: skip


def test_parquet_has_a_column_for_each_series(tmp_path: Path):
    import pyarrow.parquet as pq

    table = pq.read_table(record(tmp_path) / "metrics.parquet")
    begin = started()
    assert table.column_names == ["step", "time", *(column.name for column in begin.columns)]
    assert "dense_3/delta_norm" in table.column_names
    expected = steps(begin, 0, 30).values
    np.testing.assert_array_equal(table.column("dense_0/delta_norm"), expected[:, 4])


def test_run_json_says_where_the_run_comes_from(tmp_path: Path):
    writer = RunWriter.create(
        tmp_path, PRESET, preset_name="p", name="My run!", parent="q", changed={"seed": 3}
    )
    info = json.loads((writer.path / "run.json").read_text())
    assert writer.id.endswith(info["id"][-4:]) and "-My-run-" in writer.id
    assert info["preset"]["data"]["name"] == "digits"
    assert info["versions"]["keras"] and info["versions"]["python"]
    assert (info["parent"], info["changed"], info["schema_version"]) == ("q", {"seed": 3}, 1)
    writer.close()


def test_summary_is_the_document_of_the_command(tmp_path: Path):
    path = record(tmp_path)
    reader = open_run(path)
    summary = json.loads((path / "summary.json").read_text())
    assert list(summary) == [
        "run", "path", "status", "preset", "seed", "epochs", "steps", "seconds",
        "steps_per_second", "final", "best", "clipping", "layers", "findings", "crc32",
    ]  # fmt: skip
    del summary["crc32"]
    assert summary["final"] == {"loss": 2 / 3, "accuracy": 0.2, "test_loss": "NaN"}
    assert summary["best"]["accuracy"] == {"value": 0.2, "epoch": 3}
    assert summary["findings"][0]["evidence"]["worst"] == "Infinity"
    assert (summary["epochs"], summary["steps"], summary["steps_per_second"]) == (3, 30, 10.0)
    first = [layer["delta_norm"]["first"] for layer in summary["layers"]]
    np.testing.assert_allclose(np.divide(first[:-1], first[1:]), 0.25, rtol=0.1)
    whole = summarise(reader.history, reader.info, path)
    assert whole["layers"] == summary["layers"]
    assert (whole["layers"][0]["weight_norm"], whole["layers"][0]["dead_units"]) == (30.0, 0.25)
    assert whole["layers"][0]["weight_norm_first"] == 10.0
    assert whole["layers"][1]["dead_units"] is None


def test_a_cleared_finding_stands_no_more(tmp_path: Path):
    history = History()
    slow, fading = (
        Finding(problem, (), 3, "critical", {}, "")
        for problem in ("slow_learning", "vanishing_gradient")
    )
    for found in (Found(3, slow), Found(3, fading), Found(9, replace(slow, cleared_step=9))):
        history.add(found)
    findings = summarise(history, {}, tmp_path)["findings"]
    assert [finding["problem"] for finding in findings] == ["vanishing_gradient"]


def test_series_are_read_alone_from_sealed_and_live_runs(tmp_path: Path):
    sealed = record(tmp_path)
    writer = RunWriter.create(tmp_path, PRESET, preset_name="live")
    for event in training(started()):
        if not isinstance(event, Finished):
            writer.write(event)
    writer._flush()
    begin = started()
    for path in (sealed, writer.path):
        few = open_run(path, lambda column: column.name in ("dense_2/grad_norm", "loss")).history
        assert few.steps.steps.tolist() == list(range(30))
        assert few.steps.times[0] == 1e9
        assert [column.name for column in few.steps.columns] == ["loss", "dense_2/grad_norm"]
        whole = steps(begin, 0, 30).values
        np.testing.assert_array_equal(few.steps.series("", "loss"), whole[:, 0])
        assert not len(few.weights)
        weights = open_run(path, lambda column: column.name == "dense_0/weight_norm").history
        assert weights.weights.steps.tolist() == [9, 19, 29]
    writer.close()


def test_a_resumed_run_forgets_what_it_repeats(tmp_path: Path):
    writer = RunWriter.create(tmp_path, PRESET, preset_name="p")
    for event in training(started(), stop_at=26, status="stopped"):
        writer.write(event)
    live = FollowedRun(writer.path)
    followed = History()
    for event in live.read().events:
        followed.add(event)
    assert len(followed.steps) == 26

    again = RunWriter.reopen(writer.path, 15)
    assert read_state(writer.path)[0].attempt == 2
    repeated = list(training(started(step=15)))
    for event in repeated[:3]:
        again.write(event)
    again._flush()
    for event in live.read().events:
        followed.add(event)
    expected = History()
    for event in [*training(started(), stop_at=26, status="stopped"), *repeated[:3]]:
        expected.add(event)
    same(followed, expected)
    same(open_run(writer.path).history, expected)
    for event in repeated[3:]:
        again.write(event)
        expected.add(event)
    for event in live.read().events:
        followed.add(event)
    same(followed, expected)
    reader = open_run(writer.path)
    same(reader.history, expected)
    replayed = History()
    for event in FollowedRun(writer.path).read().events:
        replayed.add(event)
    same(replayed, expected)
    assert [epoch.epoch for epoch in expected.epochs] == [0, 1, 2]
    loss = open_run(writer.path, statistics("loss")).history
    assert loss.steps.steps.tolist() == list(range(30))
    assert not reader.damage
    summary = reader.outcome
    assert (summary["epochs"], summary["steps"]) == (3, 30)
    assert summary["layers"][0]["grad_norm"]["first"] == expected.matrix("grad_norm")[0, 0]


def test_rows_behind_a_resume_that_trained_nothing_are_gone(tmp_path: Path):
    writer = RunWriter.create(tmp_path, PRESET, preset_name="p")
    for event in training(started(), stop_at=26, status="stopped"):
        writer.write(event)
    again = RunWriter.reopen(writer.path, 15)
    again.write(started(step=15))
    assert open_run(writer.path).history.step == 15
    again.write(Finished("stopped", 15, 1, 1.0))
    assert open_run(writer.path).history.step == 15


def test_a_resume_with_other_series_is_refused(tmp_path: Path):
    writer = RunWriter.create(tmp_path, PRESET, preset_name="p")
    for event in training(started(), stop_at=26, status="stopped"):
        writer.write(event)
    again = RunWriter.reopen(writer.path, 20)
    with pytest.raises(RunError, match="other series"):
        again.write(started(layers=5, step=20))
    again.close()


def test_a_live_run_cannot_be_opened_twice(tmp_path: Path):
    writer = RunWriter.create(tmp_path, PRESET, preset_name="p")
    with pytest.raises(RunError, match="is being trained or resumed by another process"):
        RunWriter.reopen(writer.path, 0)
    writer.close()


def test_a_writer_that_is_closed_too_early_leaves_a_failed_run(tmp_path: Path):
    writer = RunWriter.create(tmp_path, PRESET, preset_name="p")
    for event in list(training(started()))[:5]:
        writer.write(event)
    writer.close()
    writer.close()
    reader = open_run(writer.path)
    assert reader.state.status == "failed"
    assert "before the training ended" in reader.state.reason
    assert reader.history.step == 10


def test_a_long_run_is_thinned_and_summed_up_in_little_memory(tmp_path: Path):
    begin = started(layers=1, steps_per_epoch=100_000, epochs=3)
    writer = RunWriter.create(tmp_path, PRESET, preset_name="long")
    writer.write(begin)
    for first in range(0, 300_000, 5000):
        block = steps(begin, first, 5000)
        if first == 155_000:
            block.values[1234, 3] = 1e6
        writer.write(block)
    writer.write(Finished("finished", 300_000, 3, 9.0))
    history = open_run(writer.path).history
    assert 100_000 < len(history.steps) <= 200_000
    assert history.matrix("grad_norm").max() == 1e6
    summary = writer.summary()
    recorded = history.steps.series("dense_0", "delta_norm")
    course = summary["layers"][0]["delta_norm"]
    assert course["first"] == recorded[0]
    assert course["last"] == recorded[-1]
    assert course["median"] == pytest.approx(np.median(recorded), rel=0.1)
    assert len(writer._history.steps) <= 2 * SAMPLED_ROWS


def test_record_all_keeps_every_step(tmp_path: Path):
    preset = PRESET.model_copy(update={"probe": PRESET.probe.model_copy(update={"record": "all"})})
    begin = started(layers=1, steps_per_epoch=230_000, epochs=1)
    writer = RunWriter.create(tmp_path, preset, preset_name="all")
    writer.write(begin)
    writer.write(steps(begin, 0, 230_000))
    writer.write(Finished("finished", 230_000, 1, 9.0))
    assert len(open_run(writer.path).history.steps) == 230_000


def test_probes_and_epochs_come_back_with_their_types(tmp_path: Path):
    history = open_run(record(tmp_path)).history
    assert isinstance(history.started, Started)
    probe = history.probes[0]
    assert isinstance(probe, Probe)
    assert probe.layers[0].activation_edges == (0.0, 0.5, 1.0)
    assert isinstance(history.epochs[0], Epoch)
    assert history.findings[0].finding.evidence["worst"] == float("inf")
    assert history.finished and np.isnan(history.finished.test["test_loss"])
