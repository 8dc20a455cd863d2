"""`gradlab watch` where no screen can be opened; tests/tui/screens has what it shows."""

import os
import subprocess
import sys
from pathlib import Path

from recorded_runs import record


def watch(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "gradlab.tui", "watch", *arguments],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "COLUMNS": "100", "PYTHONIOENCODING": "utf-8"},
        timeout=60,
    )


def test_without_a_live_run_it_says_so_and_how_to_open_a_finished_one(tmp_path: Path):
    record(tmp_path)
    done = watch("--runs-dir", str(tmp_path))
    assert (done.returncode, done.stdout) == (2, "")
    assert "none of the 1 runs" in done.stderr and "gradlab watch @last" in done.stderr


def test_without_runs_it_says_how_to_make_one(tmp_path: Path):
    done = watch("--runs-dir", str(tmp_path / "none"))
    assert done.returncode == 2 and "gradlab run PRESET" in done.stderr


def test_a_run_that_does_not_exist_is_refused(tmp_path: Path):
    record(tmp_path)
    done = watch("nonesuch", "--runs-dir", str(tmp_path))
    assert done.returncode == 2 and 'no run "nonesuch"' in done.stderr


def test_without_a_terminal_it_refuses(tmp_path: Path):
    run = record(tmp_path)
    done = watch(str(run))
    assert (done.returncode, done.stdout) == (2, "") and "needs a terminal" in done.stderr
