"""Of several processes that resume one run, exactly one does; the others are told."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from recorded_runs import PRESET, started, training

from gradlab.engine.errors import RunError
from gradlab.engine.runs.lock import RunLock
from gradlab.engine.runs.state import read_state
from gradlab.engine.runs.writer import RunWriter
from gradlab.engine.stream.events import Finished

RIVAL = """
import sys
from pathlib import Path
from gradlab.engine.errors import RunError
from gradlab.engine.runs.writer import RunWriter
print("ready", flush=True)
sys.stdin.readline()
try:
    writer = RunWriter.reopen(Path(sys.argv[1]), 20)
    print("won", flush=True)
except RunError as error:
    print(error, flush=True)
sys.stdin.readline()
"""


def stopped(root: Path) -> Path:
    writer = RunWriter.create(root, PRESET, preset_name="p")
    for event in training(started(), stop_at=26, status="stopped"):
        writer.write(event)
    return writer.path


def test_of_three_rivals_one_wins_and_the_others_are_told(tmp_path: Path):
    run = stopped(tmp_path)
    rivals = [
        subprocess.Popen([sys.executable, "-c", RIVAL, str(run)], text=True,
                         stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for _ in range(3)
    ]  # fmt: skip
    try:
        for rival in rivals:
            assert rival.stdout and rival.stdout.readline() == "ready\n"
        for rival in rivals:
            assert rival.stdin
            rival.stdin.write("go\n")
            rival.stdin.flush()
        said = [rival.stdout.readline() for rival in rivals if rival.stdout]
    finally:
        for rival in rivals:
            rival.kill()
            rival.communicate()
    assert said.count("won\n") == 1
    assert sum("is being trained or resumed by another process" in text for text in said) == 2
    assert read_state(run)[0].attempt == 2


def test_the_lock_ends_with_its_process_and_with_the_run(tmp_path: Path):
    run = stopped(tmp_path)
    code = "import os; from pathlib import Path; from gradlab.engine.runs.lock import RunLock\n"
    code += f"lock = RunLock(Path({str(run)!r})); os.kill(os.getpid(), 9)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == -9
    lock = RunLock(run)
    with pytest.raises(RunError, match="another process"):
        RunWriter.reopen(run, 20)
    lock.release()
    writer = RunWriter.reopen(run, 20)
    writer.write(started(step=20))
    writer.write(Finished("finished", 20, 2, 1.0))
    with pytest.raises(RunError, match="has finished, so there is nothing to resume"):
        RunWriter.reopen(run, 20)
    RunLock(run).release()


def test_a_pipe_in_place_of_the_lines_makes_nobody_wait(tmp_path: Path):
    run = stopped(tmp_path)
    (run / "events.jsonl").unlink()
    os.mkfifo(run / "events.jsonl")
    with pytest.raises(RunError, match=r"events\.jsonl is no regular file"):
        RunWriter.reopen(run, 20)
