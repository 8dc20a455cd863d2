"""Asking a training to stop from outside its process: a file in its run directory."""

from __future__ import annotations

from pathlib import Path

from ..errors import RunError
from .state import Watch, read_state

CANCEL = "cancel"
"""Name of the file whose presence asks the training to stop."""


def request_stop(run: Path) -> None:
    """Ask the training of a run to stop, whichever process or machine it is on.

    Raises:
        RunError: nothing trains it any more, or the file cannot be made.
    """
    state, _ = read_state(run)
    liveness = Watch().liveness(run, state)
    if liveness != "live":
        word = state.status if state.ended else liveness
        raise RunError(f"{run.name} is not being trained ({word}), so there is nothing to stop")
    try:
        (run / CANCEL).touch()
    except OSError as error:
        raise RunError(f"cannot write {run / CANCEL}: {error.strerror}") from error


def stop_requested(run: Path) -> bool:
    """Whether somebody has asked the training to stop."""
    return (run / CANCEL).exists()


def forget_stop(run: Path) -> None:
    """Let a run that was stopped this way be resumed."""
    (run / CANCEL).unlink(missing_ok=True)
