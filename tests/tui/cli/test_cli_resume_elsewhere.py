"""`gradlab run --resume` from another folder than the run began in, with data beside the preset."""

import os
import threading

import pytest

from gradlab.engine.errors import DataError
from gradlab.engine.session import Session
from gradlab.engine.stream.events import Started
from gradlab.tui.cli.training import make_session

PRESET = """
[data]
name = "csv"
path = "points.csv"
validation = "held.csv"
[model]
width = 4
[train]
epochs = 100000
"""


def wait(session: Session) -> None:
    session.start()
    assert session.join(120)


@pytest.fixture
def stopped(tmp_path):
    """A preset with its data in one folder, and a run of it, stopped, in another one."""
    home = tmp_path / "home"
    home.mkdir()
    rows = "".join(f"{i},{i % 7},{i % 2}\n" for i in range(40))
    for name in ("points.csv", "held.csv"):
        (home / name).write_text("a,b,y\n" + rows)
    (home / "mine.toml").write_text(PRESET)
    session = make_session(str(home / "mine.toml"), [], None, False, False, tmp_path / "runs")
    threading.Timer(0.1, session.stop).start()
    wait(session)
    assert session.error is None
    return session.run_dir


def test_the_data_are_found_from_anywhere(stopped, tmp_path, monkeypatch):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    session = make_session(stopped.name, [], None, True, False, tmp_path / "runs")
    session.stop()
    wait(session)
    assert session.error is None
    started = next(event for event in session.drain() if isinstance(event, Started))
    assert started.data and started.data.train.rows == 40


@pytest.mark.parametrize("name", ["points.csv", "held.csv"])
def test_changed_data_are_told(stopped, tmp_path, name):
    file = tmp_path / "home" / name
    file.write_text(file.read_text() + "1,2,1\n")
    session = make_session(stopped.name, [], None, True, False, tmp_path / "runs")
    wait(session)
    assert isinstance(session.error, DataError)
    assert f"{os.path.realpath(file)} has changed since {stopped.name} began" in str(session.error)
