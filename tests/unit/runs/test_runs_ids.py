"""Names of runs, and how users refer to them."""

import json
from datetime import datetime
from pathlib import Path

import pytest

from gradlab.engine.errors import RunError
from gradlab.engine.runs.ids import file_safe, find_run, make_directory, new_id, run_directories

NOW = datetime(2026, 11, 20, 14, 22)


def run(root: Path, name: str, created: str = "2026-11-20T14:22") -> Path:
    path = root / name
    path.mkdir(parents=True)
    (path / "run.json").write_text(json.dumps({"created": created}))
    return path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    run(tmp_path, "20261120T1422-circles-7f3a", "2026-11-20T14:22:30")
    run(tmp_path, "20261120T1422-moons-91c0", "2026-11-20T14:22:10")
    run(tmp_path, "20261119T0900-circles-0001", "2026-11-19T09:00:00")
    (tmp_path / "notes").mkdir()
    run(tmp_path / ".trash", "20261118T0900-circles-dead")
    return tmp_path


def test_an_id_tells_when_and_what():
    name = new_id("vanishing-sigmoid", NOW)
    assert name.startswith("20261120T1422-vanishing-sigmoid-")
    assert len(name.rpartition("-")[2]) == 4


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd", "etc-passwd"),
        ("a b\tc\n\x1b[31m", "a-b-c-31m"),
        ("Größe 2.5", "Groe-2.5"),
        ("日本", "run"),
        ("...", "run"),
        ("x" * 99, "x" * 40),
    ],
)
def test_any_name_becomes_a_file_name(name: str, safe: str):
    assert file_safe(name) == safe


def test_only_runs_are_listed(root: Path):
    assert [path.name for path in run_directories(root)] == [
        "20261119T0900-circles-0001",
        "20261120T1422-circles-7f3a",
        "20261120T1422-moons-91c0",
    ]
    assert run_directories(root / "nowhere") == []


@pytest.mark.parametrize(
    ("reference", "name"),
    [
        ("20261120T1422-moons-91c0", "20261120T1422-moons-91c0"),
        ("20261119", "20261119T0900-circles-0001"),
        ("20261120T1422-m", "20261120T1422-moons-91c0"),
        ("@last", "20261120T1422-circles-7f3a"),
        ("@last~0", "20261120T1422-circles-7f3a"),
        ("@last~1", "20261120T1422-moons-91c0"),
        ("@last~2", "20261119T0900-circles-0001"),
    ],
)
def test_references(root: Path, reference: str, name: str):
    assert find_run(reference, root) == root / name


def test_a_path_needs_no_root(root: Path, monkeypatch: pytest.MonkeyPatch):
    path = root / "20261120T1422-moons-91c0"
    assert find_run(str(path), Path("elsewhere")) == path
    monkeypatch.chdir(path)
    assert find_run(".", Path("elsewhere")) == Path()
    monkeypatch.chdir(root)
    assert find_run("20261120T1422-moons-91c0", Path("elsewhere")) == Path(path.name)


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        ("2026", "the beginning of 3 runs"),
        ("20261120T1422-c1rcles-7f3a", "nearest: 20261120T1422-circles-7f3a"),
        ("moons", "nearest: 20261120T1422-moons-91c0"),
        ("@last~3", "there are only 3 runs"),
        ("./nothing", "does not exist"),
        ("", "no run"),
    ],
)
def test_what_cannot_be_found_is_explained(root: Path, reference: str, said: str):
    with pytest.raises(RunError, match=said):
        find_run(reference, root)


def test_paths_without_a_run_are_explained(root: Path):
    with pytest.raises(RunError, match="holds no run"):
        find_run(str(root / "notes"), root)
    with pytest.raises(RunError, match=r"there are no runs in .*--runs-dir"):
        find_run("@last", root / "notes")


def test_a_place_that_cannot_be_made_is_explained(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match=r"cannot make a run in .*--runs-dir"):
        make_directory(tmp_path / "file", "p", NOW)
