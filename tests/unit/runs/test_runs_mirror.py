"""A run that is watched from another machine: the copy is the run, however often the link is cut."""

from __future__ import annotations

import shlex
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from recorded_runs import PRESET, record, started, steps

from gradlab.engine.errors import RunError
from gradlab.engine.runs.control import CANCEL, request_stop
from gradlab.engine.runs.followed import open_run
from gradlab.engine.runs.mirror import Mirror, ssh_command
from gradlab.engine.runs.writer import RunWriter
from gradlab.engine.stream.events import Epoch, Finished

CUTS = 4
BLOCK = 5


def sender(path: Path) -> list[str]:
    code = f"from gradlab.engine.runs.sending import send\nprint('motd')\nsend({str(path)!r})"
    return [sys.executable, "-uc", code]


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.fixture
def mirror(tmp_path: Path) -> Iterator[Callable[[Path], Mirror]]:
    made: list[Mirror] = []

    def make(path: Path) -> Mirror:
        (tmp_path / "copies").mkdir(exist_ok=True)
        made.append(Mirror(sender(path), tmp_path / "copies", "there:runs"))
        return made[-1]

    yield make
    for one in made:
        one.close()


def test_no_record_is_missing_whenever_the_link_is_cut(
    tmp_path: Path, mirror: Callable[[Path], Mirror]
) -> None:
    writer = RunWriter.create(tmp_path / "runs", PRESET, preset_name="far")
    begin = started(steps_per_epoch=BLOCK, epochs=CUTS + 1)
    writer.write(begin)
    followed = mirror(tmp_path / "runs")
    path = followed.start()
    assert path.name == writer.path.name
    for block in range(CUTS + 1):
        writer.write(steps(begin, block * BLOCK, BLOCK))
        writer.write(Epoch(block, (block + 1) * BLOCK, {"loss": 1.0}, 1.0))
        time.sleep(0.05)
        writer.beat()
        received = followed.received
        followed.cut()
        until(lambda received=received: followed.received > received)
    assert not open_run(path).state.ended
    request_stop(path)
    until((writer.path / CANCEL).exists)
    end = (CUTS + 1) * BLOCK
    writer.write(Finished("finished", end, CUTS + 1, 1.0, {}))
    writer.close()
    until(lambda: open_run(path).state.ended and not (path / "metrics.rec").exists())
    copy, origin = open_run(path), open_run(writer.path)
    assert (copy.damage, copy.status) == ((), "finished")
    assert copy.history.steps.steps.tolist() == list(range(end))
    np.testing.assert_array_equal(copy.history.steps.values, origin.history.steps.values)
    assert copy.history.epochs == origin.history.epochs
    assert copy.outcome["final"] == origin.outcome["final"]


def test_what_cannot_be_watched_is_one_sentence(
    tmp_path: Path, mirror: Callable[[Path], Mirror]
) -> None:
    with pytest.raises(RunError, match=r"^there:runs: there are no runs in"):
        mirror(tmp_path / "nonesuch").start()
    silent = Mirror([sys.executable, "-c", "import sys; sys.exit('no route')"], tmp_path, "h:r")
    with pytest.raises(RunError, match=r"^h:r: no route$"):
        silent.start()
    with pytest.raises(RunError, match=r"is no name of a host"):
        ssh_command("-oProxyCommand=x", "gradlab", "runs")


def test_the_path_reaches_the_other_shell_as_it_is() -> None:
    command = ssh_command("me@far", "gradlab", "~/my runs/x;y", "ssh -p 22")
    assert command[:4] == ["ssh", "-p", "22", "me@far"]
    assert shlex.split(command[-1]) == ["gradlab", "runs", "send", "~/my runs/x;y"]
    assert command[-1].split("send ")[1].startswith("~/")


def test_a_run_that_is_over_is_sent_whole(tmp_path: Path, mirror: Callable[[Path], Mirror]) -> None:
    run = record(tmp_path / "runs")
    copy = open_run(mirror(run).start())
    assert copy.status == "finished" and copy.damage == ()
    assert len(copy.history.steps) == 30
