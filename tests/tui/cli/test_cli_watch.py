"""`gradlab watch` where no screen can be opened; tests/tui/screens has what it shows."""

from pathlib import Path

from command import Done, gradlab
from recorded_runs import record


def watch(*arguments: str) -> Done:
    return gradlab("watch", *arguments)


def test_without_a_live_run_it_says_so_and_how_to_open_a_finished_one(tmp_path: Path):
    record(tmp_path)
    done = watch("--runs-dir", str(tmp_path))
    assert (done.code, done.out) == (2, "")
    assert "none of the 1 runs" in done.err and "gradlab watch @last" in done.err


def test_without_runs_it_says_how_to_make_one(tmp_path: Path):
    done = watch("--runs-dir", str(tmp_path / "none"))
    assert done.code == 2 and "gradlab run PRESET" in done.err


def test_a_run_that_does_not_exist_is_refused(tmp_path: Path):
    record(tmp_path)
    done = watch("nonesuch", "--runs-dir", str(tmp_path))
    assert done.code == 2 and 'no run "nonesuch"' in done.err


def test_without_a_terminal_it_refuses(tmp_path: Path):
    run = record(tmp_path)
    done = watch(str(run))
    assert (done.code, done.out) == (2, "") and "needs a terminal" in done.err


def test_a_run_on_another_machine_is_asked_for_through_ssh(tmp_path: Path):
    done = gradlab("watch", "far:project/runs", cwd=tmp_path, GRADLAB_SSH="echo >&2 nobody at")
    assert done.code == 2 and done.err.startswith("gradlab: far:project/runs: ")
    assert done.err.count("\n") == 1


def test_a_folder_with_a_colon_is_no_other_machine(tmp_path: Path):
    (tmp_path / "a:b").mkdir()
    done = gradlab("watch", "a:b", cwd=tmp_path, GRADLAB_SSH="false")
    assert done.code == 2 and "a:b:" not in done.err
