"""Trains Keras models, measures every layer at every step, diagnoses and stores. No terminal code.

What scripts and notebooks want can be imported from here: `from gradlab.engine import GradientRecorder`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .notebook.runs import compare, open_run
    from .preset.load import load as load_preset
    from .recording.callback import GradientRecorder
    from .session import Session

__all__ = ["GradientRecorder", "Session", "compare", "load_preset", "open_run"]

_HOMES = {
    "GradientRecorder": (".recording.callback", "GradientRecorder"),
    "Session": (".session", "Session"),
    "compare": (".notebook.runs", "compare"),
    "load_preset": (".preset.load", "load"),
    "open_run": (".notebook.runs", "open_run"),
}


def __getattr__(name: str) -> Any:
    """Import what is asked for when it is asked for: Keras takes seconds to load."""
    if name in _HOMES:
        module, member = _HOMES[name]
        return getattr(import_module(module, __name__), member)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
