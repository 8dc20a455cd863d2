"""A session seen from outside: stopped through a file, paused and still beating, on a bad disk."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from gradlab.engine.errors import RunError
from gradlab.engine.runs.control import CANCEL, request_stop
from gradlab.engine.runs.documents import read_info
from gradlab.engine.runs.followed import open_run
from gradlab.engine.runs.state import read_state
from gradlab.engine.session import Session
from gradlab.engine.stream.events import Finished, Trouble

PATIENCE = 60


def wait_for(condition: Any) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.01)


@pytest.fixture
def session(small: Any, tmp_path: Path) -> Any:
    preset = small("circles", train={"epochs": 100_000})
    session = Session(preset, runs_dir=tmp_path, changed={"train.epochs": 100_000})
    yield session
    session.stop()
    assert session.join(PATIENCE)


def test_a_run_stops_through_its_file_even_while_paused(session: Session):
    session.start()
    wait_for(lambda: session.status == "training")
    assert session.run_dir
    run = session.run_dir
    assert read_info(run)[0]["changed"] == {"train.epochs": 100_000}
    session.pause()
    wait_for(lambda: session.status == "paused")
    beat = read_state(run)[0].beat
    wait_for(lambda: read_state(run)[0].beat >= beat + 2)
    request_stop(session.run_dir)
    assert session.join(PATIENCE)
    state = read_state(run)[0]
    assert (state.status, state.reason) == ("stopped", "stopped through its cancel file")
    with pytest.raises(RunError, match=r"is not being trained \(stopped\)"):
        request_stop(session.run_dir)

    again = Session(session.preset, resume=session.run_dir)
    again.start()
    wait_for(lambda: again.status == "training")
    assert not (session.run_dir / CANCEL).exists()
    again.stop()
    assert again.join(PATIENCE)
    assert read_state(run)[0].reason == "stopped by the user"


def test_a_checkpoint_that_cannot_be_written_is_said_once_and_costs_nothing(
    small: Any, tmp_path: Path
):
    session = Session(small("circles", train={"epochs": 3}), runs_dir=tmp_path)

    def block(*arguments: Any) -> Any:
        assert session.run_dir
        (session.run_dir / "checkpoint").write_text("a file where the folder should be")

    session.start()
    wait_for(lambda: session.run_dir is not None)
    block()
    assert session.join(PATIENCE)
    assert session.error is None
    assert session.run_dir
    events = session.drain()
    troubles = [event for event in events if isinstance(event, Trouble)]
    assert [trouble.part for trouble in troubles] == ["the checkpoint", "the model"]
    assert troubles[0].reason.startswith("the checkpoint could not be written: ")
    last = events[-1]
    assert isinstance(last, Finished) and last.status == session.status == "failed"
    assert last.reason.startswith("finished, but not all is kept: the checkpoint could not be")
    history = open_run(session.run_dir).history
    assert history.finished == last
    assert list(history.troubles) == ["the checkpoint", "the model"]
