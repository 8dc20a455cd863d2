"""What the lab looks like; renew with `pytest tests/tui/screens/test_lab_snapshots.py --snapshot-update`."""

from __future__ import annotations

import pytest
from shown_lab import lab, shown
from textual.pilot import Pilot

from gradlab.tui.app import GradlabApp


@pytest.fixture(autouse=True)
def plain_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "SSH_CONNECTION"):
        monkeypatch.delenv(name, raising=False)


def showing(*keys: str, fork: bool = False):
    """Shows a finished run, or it and its fork, and presses keys."""

    async def run(pilot: Pilot) -> None:
        app = pilot.app
        assert isinstance(app, GradlabApp)
        await pilot.pause(0.2)
        first = shown()
        cure = {"model.activation": "relu", "model.initializer": "he_normal"}
        runs = [first, shown(0.95, parent=first, changes=cure)] if fork else [first]
        app.lab_screen.show_runs(runs)
        await pilot.pause(0.8)
        for key in keys:
            await pilot.press(key)
            await pilot.pause(0.3)
        await pilot.pause(0.5)

    return run


def test_80_columns(snap_compare):
    assert snap_compare(lab(), terminal_size=(80, 24), run_before=showing())


def test_120_columns(snap_compare):
    assert snap_compare(lab(), terminal_size=(120, 40), run_before=showing())


def test_ascii(snap_compare):
    assert snap_compare(lab(ascii_only=True), terminal_size=(120, 40), run_before=showing())


def test_light(snap_compare):
    assert snap_compare(lab(theme="light"), terminal_size=(120, 40), run_before=showing())


def test_a_run_and_its_fork(snap_compare):
    assert snap_compare(lab(), terminal_size=(120, 40), run_before=showing(fork=True))


def test_a_finding_explained(snap_compare):
    assert snap_compare(lab(), terminal_size=(100, 36), run_before=showing("d", "enter"))


def test_help_at_80_columns(snap_compare):
    assert snap_compare(lab(), terminal_size=(80, 24), run_before=showing("question_mark"))
