"""A Keras callback that records the training of any model as a run."""

from __future__ import annotations

import os
import sys
import warnings
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras

from ..errors import GradlabError
from .recording import Recording


class GradientRecorder(keras.callbacks.Callback):
    """Records gradient norms, update norms and findings of every layer at every step of a `fit`.

    Each `fit` becomes a run of its own, which `gradlab runs show`, `watch`, `runs diagnose` and `compare`
    read. The model and its results stay as they are without it. A fault in the recording ends the
    recording, is told once as a warning, and never ends the training.

    Args:
        runs_dir: where runs live; made if need be.
        name: a name for the run.

    Example:
        model.fit(x, y, callbacks=[GradientRecorder("runs", name="mine")])
    """

    def __init__(self, runs_dir: str | Path = "runs", *, name: str = "recorded") -> None:
        super().__init__()
        self.run: Path | None = None
        """The directory of the newest run, once a training has begun."""
        self.began = False
        """Whether a training has begun, recorded or not."""
        self._runs_dir = Path(runs_dir)
        self._name = name
        self._recording: Recording | None = None

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Begin a run."""
        self.began = True
        try:
            assert self.model is not None and self.params is not None
            recording = Recording(self.model, self.params, self._runs_dir, self._name)
        except Exception as error:
            _tell(error)
            return
        self._recording, self.run = recording, recording.path
        # A training that an error ends tells its callbacks nothing, but it lets go of their list.
        caller = sys._getframe(1).f_locals.get("self")
        if isinstance(caller, keras.callbacks.CallbackList):
            weakref.finalize(caller, self._lose, recording)

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Write what has been measured, such as nothing yet."""
        self._with(lambda recording: recording.beat())

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Write what has been measured, where it is time."""
        self._with(lambda recording: recording.end_batch(logs or {}))

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Write the logs of an epoch."""
        self._with(lambda recording: recording.end_epoch(epoch, logs or {}))

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        """End the run."""
        self._with(lambda recording: recording.end())
        self._forget()

    def _with(self, act: Callable[[Recording], None]) -> None:
        """Do something with the recording, and do without it from then on if that fails."""
        recording = self._recording
        # What was forked off a training has its memory, but not its run.
        if recording is None or recording.process != os.getpid():
            return
        try:
            if recording.fault is not None:
                raise recording.fault
            act(recording)
        except Exception as error:
            self._recording = None
            recording.abandon(f"the recording failed: {error!r}")
            _tell(error)

    def _lose(self, recording: Recording) -> None:
        if recording is self._recording:
            self._with(lambda recording: recording.end_by_error())
            self._forget()

    def _forget(self) -> None:
        recording, self._recording = self._recording, None
        if recording is not None and recording.problem:
            _warn(f"gradlab: {recording.problem}")

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_recording": None, "_model": None}


def _tell(error: Exception) -> None:
    text = str(error) if isinstance(error, GradlabError) else repr(error)
    _warn(f"gradlab: not recorded: {text}; the training goes on")


def _warn(text: str) -> None:
    try:
        warnings.warn(text, stacklevel=5)
    except UserWarning:  # a script that takes warnings for errors
        print(text, file=sys.stderr)
