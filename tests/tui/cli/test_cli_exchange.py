"""`gradlab runs` beyond list and show: charts, filters, names, exports, imports, stopping."""

import json
import os
import sys
from pathlib import Path

import pytest
from command import Done, gradlab
from recorded_runs import PRESET, record

from gradlab.engine.runs.control import CANCEL
from gradlab.engine.runs.writer import RunWriter


def runs(*arguments: str, where: Path) -> Done:
    return gradlab("runs", *arguments, cwd=where, GRADLAB_RUNS=str(where / "runs"))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    where = tmp_path_factory.mktemp("here")
    record(where / "runs", "first")
    record(where / "runs", "second", steps_per_epoch=20)
    return where


@pytest.mark.parametrize("chart", ["profile", "loss", "accuracy", "norms", "deltas", "heatmap"])
def test_charts_are_plain_text_of_the_size_asked_for(place: Path, chart: str):
    done = runs("show", "@last", "--chart", chart, "--width", "60", "--height", "10", where=place)
    assert (done.code, done.err) == (0, "")
    title, *lines = done.out.splitlines()
    assert "second" in title and len(lines) == 10 + (chart == "heatmap")
    assert max(map(len, lines)) <= 60 and "\x1b" not in done.out
    done = runs("show", "@last", "--chart", chart, "--ascii", where=place)
    assert done.out.isascii()


def test_the_profile_shows_the_gradient_vanish(place: Path):
    done = runs("show", "@last", "--chart", "profile", where=place)
    columns = [line.index("●") for line in done.out.splitlines() if "●" in line]
    assert columns == sorted(columns, reverse=True) and len(columns) >= 4


def test_filter_and_sort(place: Path):
    done = runs("list", "--json", "--filter", "steps>30 finding:vanish", where=place)
    assert [row["preset"] for row in json.loads(done.out)] == ["second"]
    done = runs("list", "--json", "--sort", "steps", where=place)
    assert [row["steps"] for row in json.loads(done.out)] == [30, 60]
    done = runs("list", "--filter", "nothing", where=place)
    assert (done.code, done.out) == (0, "") and "None of the 2 runs" in done.err
    done = runs("list", "--filter", "stepps>3", where=place)
    assert done.code == 2 and "nearest: steps" in done.err


def test_names_tags_and_notes(tmp_path: Path):
    record(tmp_path / "runs")
    assert runs("rename", "@last", "the one", where=tmp_path).code == 0
    assert runs("tag", "@last", "+good", "-bad", where=tmp_path).out == "good\n"
    assert runs("note", "@last", "look at layer 3", where=tmp_path).code == 0
    listed = runs("list", "--filter", "tag:good", where=tmp_path).out
    assert "the one" in listed and "#good" in listed
    assert "look at layer 3" in runs("show", "@last", where=tmp_path).out


def test_stop_leaves_a_file_for_live_runs_only(tmp_path: Path):
    writer = RunWriter.create(tmp_path / "runs", PRESET, preset_name="live")
    done = runs("stop", "@last", where=tmp_path)
    assert done.code == 0 and (writer.path / CANCEL).exists()
    writer.close()
    done = runs("stop", "@last", where=tmp_path)
    assert done.code == 2 and "nothing to stop" in done.err


def test_export_asks_before_it_replaces(place: Path, tmp_path: Path):
    target = tmp_path / "run.csv"
    done = runs("export", "@last", "-o", str(target), "--series", "loss", where=place)
    assert (done.code, done.out) == (0, f"{target}\n")
    assert target.read_text().splitlines()[0].replace('"', "") == "step,time,loss"
    done = runs("export", "@last", "-o", str(target), where=place)
    assert done.code == 2 and "--force" in done.err
    done = runs("export", "@last", "-o", "-", "-f", "jsonl", "--every", "30", where=place)
    assert [json.loads(line)["step"] for line in done.out.splitlines()][:2] == [0, 19]
    done = runs("export", "@last", "-o", "-", "-f", "parquet", where=place)
    assert done.code == 2 and "stdout" in done.err


def test_nothing_is_written_over_a_part_of_a_run_or_into_a_pipe(place: Path, tmp_path: Path):
    run = max((place / "runs").iterdir())
    before = (run / "run.json").read_bytes()
    (tmp_path / "link.json").symlink_to(run / "run.json")
    os.mkfifo(tmp_path / "pipe")
    for target in (run / "run.json", run / "notes.json", tmp_path / "link.json"):
        done = runs("export", "@last", "-f", "jsonl", "-o", str(target), "--force", where=place)
        assert done.code == 2 and "is a part of the run" in done.err
    done = runs("export", "@last", "-o", str(tmp_path / "pipe"), "--force", where=place)
    assert done.code == 2 and "is no file" in done.err
    assert (run / "run.json").read_bytes() == before


def test_a_missing_extra_is_explained(place: Path, monkeypatch: pytest.MonkeyPatch):
    # None in sys.modules is how Python marks a module that cannot be imported
    monkeypatch.setitem(sys.modules, "mlflow", None)
    done = runs("export", "@last", "-f", "mlflow", where=place)
    assert done.code == 2
    assert "pip install 'gradlab[mlflow]'" in done.err


def test_tensorboard_there_and_back(place: Path, tmp_path: Path):
    done = runs("export", "@last", "-f", "tb", "-o", str(tmp_path / "tb"), where=place)
    assert done.code == 0, done.err
    done = runs("import", str(tmp_path / "tb"), "--name", "back", where=tmp_path)
    assert done.code == 0 and "19 series, 3 epochs" in done.err
    shown = runs("show", "@last", where=tmp_path)
    assert shown.code == 0 and "60 steps" in shown.out and "dense_3" in shown.out
