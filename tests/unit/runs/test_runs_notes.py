"""Names, tags and notes; asking a run to stop. run.json is left alone by all of them."""

from pathlib import Path

import pytest
from recorded_runs import PRESET, record

from gradlab.engine.errors import RunError
from gradlab.engine.runs.control import request_stop, stop_requested
from gradlab.engine.runs.listing import list_runs
from gradlab.engine.runs.notes import annotate, read_notes, rename, tag
from gradlab.engine.runs.writer import RunWriter


def test_notes_are_listed_and_leave_run_json_alone(tmp_path: Path):
    run = record(tmp_path)
    before = (run / "run.json").read_bytes()
    rename(run, " the one ")
    annotate(run, "watch layer 3")
    assert tag(run, ["+good", "sigmoid", "-absent"]) == ("good", "sigmoid")
    assert tag(run, ["-good"]) == ("sigmoid",)
    [row] = list_runs(tmp_path)
    assert (row.name, row.tags, row.note) == ("the one", ("sigmoid",), "watch layer 3")
    assert (run / "run.json").read_bytes() == before
    rename(run, "")
    assert list_runs(tmp_path)[0].name == ""


@pytest.mark.parametrize("bad", ["", "+", "a b", "a,b", "a:b", "a\x1b[2J"])
def test_tags_are_words(tmp_path: Path, bad: str):
    run = record(tmp_path)
    with pytest.raises(RunError, match="is no tag"):
        tag(run, ["+fine", bad])
    assert read_notes(run)[0].tags == ()


def test_damaged_notes_are_named_and_never_overwritten(tmp_path: Path):
    run = record(tmp_path)
    (run / "notes.json").write_text("{half")
    [row] = list_runs(tmp_path)
    assert row.damage[0].startswith("notes.json: not JSON")
    with pytest.raises(RunError, match=r"move .* away"):
        annotate(run, "lost")
    assert (run / "notes.json").read_text() == "{half"
    (run / "notes.json").write_text('{"name": 3, "tags": ["b", "a"], "note": null}')
    notes, damage = read_notes(run)
    assert (notes.name, notes.tags, notes.note) == ("", ("a", "b"), "")
    assert damage == "notes.json: name has a wrong type or size"


def test_only_live_runs_can_be_stopped(tmp_path: Path):
    with pytest.raises(RunError, match=r"not being trained \(finished\)"):
        request_stop(record(tmp_path))
    writer = RunWriter.create(tmp_path, PRESET, preset_name="live")
    assert not stop_requested(writer.path)
    request_stop(writer.path)
    assert stop_requested(writer.path)
    writer.close()
