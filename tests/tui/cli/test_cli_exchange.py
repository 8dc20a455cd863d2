"""`gradlab runs` beyond list and show: charts, filters, names, exports, imports, stopping."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from recorded_runs import PRESET, record

from gradlab.engine.runs.control import CANCEL
from gradlab.engine.runs.writer import RunWriter


def runs(*arguments: str, where: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "gradlab.tui", "runs", *arguments],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        cwd=where,
        env={**os.environ, "PYTHONIOENCODING": "utf-8", "GRADLAB_RUNS": str(where / "runs"),
             **environment},
        timeout=60,
    )  # fmt: skip


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    where = tmp_path_factory.mktemp("here")
    record(where / "runs", "first")
    record(where / "runs", "second", steps_per_epoch=20)
    return where


@pytest.mark.parametrize("chart", ["profile", "loss", "accuracy", "norms", "deltas", "heatmap"])
def test_charts_are_plain_text_of_the_size_asked_for(place: Path, chart: str):
    done = runs("show", "@last", "--chart", chart, "--width", "60", "--height", "10", where=place)
    assert (done.returncode, done.stderr) == (0, "")
    title, *lines = done.stdout.splitlines()
    assert "second" in title and len(lines) == 10 + (chart == "heatmap")
    assert max(map(len, lines)) <= 60 and "\x1b" not in done.stdout
    done = runs("show", "@last", "--chart", chart, "--ascii", where=place)
    assert done.stdout.isascii()


def test_the_profile_shows_the_gradient_vanish(place: Path):
    done = runs("show", "@last", "--chart", "profile", where=place)
    columns = [line.index("●") for line in done.stdout.splitlines() if "●" in line]
    assert columns == sorted(columns, reverse=True) and len(columns) >= 4


def test_filter_and_sort(place: Path):
    done = runs("list", "--json", "--filter", "steps>30 finding:vanish", where=place)
    assert [row["preset"] for row in json.loads(done.stdout)] == ["second"]
    done = runs("list", "--json", "--sort", "steps", where=place)
    assert [row["steps"] for row in json.loads(done.stdout)] == [30, 60]
    done = runs("list", "--filter", "nothing", where=place)
    assert (done.returncode, done.stdout) == (0, "") and "None of the 2 runs" in done.stderr
    done = runs("list", "--filter", "stepps>3", where=place)
    assert done.returncode == 2 and "nearest: steps" in done.stderr


def test_names_tags_and_notes(tmp_path: Path):
    record(tmp_path / "runs")
    assert runs("rename", "@last", "the one", where=tmp_path).returncode == 0
    assert runs("tag", "@last", "+good", "-bad", where=tmp_path).stdout == "good\n"
    assert runs("note", "@last", "look at layer 3", where=tmp_path).returncode == 0
    listed = runs("list", "--filter", "tag:good", where=tmp_path).stdout
    assert "the one" in listed and "#good" in listed
    assert "look at layer 3" in runs("show", "@last", where=tmp_path).stdout


def test_stop_leaves_a_file_for_live_runs_only(tmp_path: Path):
    writer = RunWriter.create(tmp_path / "runs", PRESET, preset_name="live")
    done = runs("stop", "@last", where=tmp_path)
    assert done.returncode == 0 and (writer.path / CANCEL).exists()
    writer.close()
    done = runs("stop", "@last", where=tmp_path)
    assert done.returncode == 2 and "nothing to stop" in done.stderr


def test_export_asks_before_it_replaces(place: Path, tmp_path: Path):
    target = tmp_path / "run.csv"
    done = runs("export", "@last", "-o", str(target), "--series", "loss", where=place)
    assert (done.returncode, done.stdout) == (0, f"{target}\n")
    assert target.read_text().splitlines()[0].replace('"', "") == "step,time,loss"
    done = runs("export", "@last", "-o", str(target), where=place)
    assert done.returncode == 2 and "--force" in done.stderr
    done = runs("export", "@last", "-o", "-", "-f", "jsonl", "--every", "30", where=place)
    assert [json.loads(line)["step"] for line in done.stdout.splitlines()][:2] == [0, 19]
    done = runs("export", "@last", "-o", "-", "-f", "parquet", where=place)
    assert done.returncode == 2 and "stdout" in done.stderr


def test_a_missing_extra_is_explained(place: Path):
    # a module named None in sys.modules is how Python marks one that cannot be imported
    script = (
        "import sys; sys.modules['mlflow'] = None; from gradlab.tui.cli import main\n"
        "sys.argv = ['gradlab', 'runs', 'export', '@last', '-f', 'mlflow']; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        env={**os.environ, "GRADLAB_RUNS": str(place / "runs")},
    )
    assert done.returncode == 2
    assert "pip install 'gradlab[mlflow]'" in done.stderr


def test_tensorboard_there_and_back(place: Path, tmp_path: Path):
    done = runs("export", "@last", "-f", "tb", "-o", str(tmp_path / "tb"), where=place)
    assert done.returncode == 0, done.stderr
    done = runs("import", str(tmp_path / "tb"), "--name", "back", where=tmp_path)
    assert done.returncode == 0 and "19 series, 3 epochs" in done.stderr
    shown = runs("show", "@last", where=tmp_path)
    assert shown.returncode == 0 and "60 steps" in shown.stdout and "dense_3" in shown.stdout
