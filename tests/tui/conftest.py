"""What tests of the screen need: a place of their own for edits that are kept."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def state_home(tmp_path_factory, monkeypatch) -> None:
    """Keep nothing where other tests, or the user, would find it."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
