"""What the screen shows, and waiting until it does."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from textual.app import App
from textual.pilot import Pilot


def text(app: App[Any]) -> str:
    """The screen as lines of text without styles."""
    return "\n".join(strip.text for strip in app.screen._compositor.render_strips())


async def until(pilot: Pilot, true: Callable[[], object], seconds: float = 90) -> None:
    """Let the app go on until something is true; fails with what is on the screen.

    Args:
        pilot: of the app.
        true: what is waited for.
        seconds: most time to wait.
    """
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, text(pilot.app)
        await pilot.pause(0.05)
