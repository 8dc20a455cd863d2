"""Trains Keras models, measures every layer at every step, diagnoses and stores. No terminal code.

What scripts and notebooks want can be imported from here: `from gradlab.engine import GradientRecorder`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .recording.recorder import GradientRecorder

__all__ = ["GradientRecorder"]


def __getattr__(name: str) -> Any:
    """Import what is asked for when it is asked for: Keras takes seconds to load."""
    if name == "GradientRecorder":
        from .recording.recorder import GradientRecorder

        return GradientRecorder
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
