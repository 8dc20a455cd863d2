"""The `gradlab` command: one module a command, `app.py` puts them together."""

from __future__ import annotations

from .app import main

__all__ = ["main"]
