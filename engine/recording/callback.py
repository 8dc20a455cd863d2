"""A Keras callback that records the training of any model as a run."""

from __future__ import annotations

import os
import sys
import warnings
import weakref
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Self

import keras

from ..errors import GradlabError
from .loop import Loop
from .one_fit import Recording
from .written import WrittenRun


class GradientRecorder(keras.callbacks.Callback):
    """Records gradient norms, update norms and findings of every layer at every step of a `fit`.

    Each `fit` becomes a run of its own, which `gradlab runs show`, `watch`, `runs diagnose` and `compare`
    read. The model and its results stay as they are without it. A fault in the recording ends the
    recording, is told once as a warning, and never ends the training.

    Args:
        runs_dir: where runs live; made if need be.
        name: a name for the run.
        activity: whether to record deltas and activations of the layers of a `fit` too, which findings
            such as vanishing gradients and dead units are told from; it makes steps slower.

    Example:
        model.fit(x, y, callbacks=[GradientRecorder("runs", name="mine")])

    A training loop of your own names its steps instead, and its epochs where it has any:

        with GradientRecorder("runs", name="mine") as recorder:
            for x, y in batches:
                ...
                recorder.step(loss, gradients, variables)
                optimizer.apply(gradients, variables)
    """

    def __init__(
        self, runs_dir: str | Path = "runs", *, name: str = "recorded", activity: bool = False
    ) -> None:
        super().__init__()
        self.run: Path | None = None
        """The directory of the newest run, once a training has begun."""
        self.began = False
        """Whether a training has begun, recorded or not."""
        self._runs_dir = Path(runs_dir)
        self._name = name
        self._activity = activity
        self._recording: Recording | None = None
        self._loop: Loop | None = None
        self._over = False

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Begin a run."""
        self.began = True
        try:
            assert self.model is not None and self.params is not None
            recording = Recording(
                self.model, self.params, self._runs_dir, self._name, activity=self._activity
            )
        except Exception as error:
            _tell(error)
            return
        self._recording, self.run = recording, recording.run.path
        # A training that an error ends tells its callbacks nothing, but it lets go of their list.
        caller = sys._getframe(1).f_locals.get("self")
        if isinstance(caller, keras.callbacks.CallbackList):
            weakref.finalize(caller, self._lose, recording)

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Write what has been measured, such as nothing yet."""
        self._with(lambda recording: recording.run.beat())

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Write what has been measured, where it is time."""
        self._with(lambda recording: recording.end_batch(logs or {}))

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Write the logs of an epoch; also for a loop of your own to call."""
        self._with(lambda recording: recording.end_epoch(epoch, logs or {}))
        self._with_loop(lambda loop: loop.end_epoch(epoch, logs or {}))

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        """End the run; also for a loop of your own to call."""
        self._with(lambda recording: recording.end())
        self._forget()
        self._end_loop(None)

    def step(self, loss: Any, gradients: Sequence[Any], variables: Sequence[Any]) -> None:
        """Record a step of a training loop of your own, in a `tf.function` or out of it.

        The first call begins a run, which `on_train_end`, leaving `with`, or the end of the process ends.
        Several calls with different variables, as a GAN makes, are one run; the steps that count are
        those of the variables that came first. `set_model` before it tells the kinds of the layers.

        Args:
            loss: of the step, a scalar.
            gradients: of the variables, before the optimizer gets them; None where there is none.
            variables: what is trained, the same at every step, before the optimizer moves them.
        """
        if self._recording is not None:
            return  # a fit, in which the optimizers are seen
        if self._loop is None and not self._over:
            self._begin_loop()
        self._with_loop(lambda loop: loop.step(loss, gradients, variables))

    @property
    def stop_asked(self) -> bool:
        """Whether somebody has asked the training to stop, as `gradlab runs stop` does; for loops."""
        return self._loop is not None and self._loop.run.stop_asked

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        self._end_loop(error)

    def _begin_loop(self) -> None:
        self.began = True
        try:
            self._loop = Loop(
                self.model, self.params or {}, self._runs_dir, self._name, self._lose_loop
            )
            self.run = self._loop.run.path
        except Exception as error:
            self._over = True
            _tell(error)

    def _with_loop(self, act: Callable[[Loop], None]) -> None:
        if self._loop is not None:
            try:
                act(self._loop)
            except Exception as error:
                self._lose_loop(error)

    def _lose_loop(self, error: Exception) -> None:
        loop, self._loop, self._over = self._loop, None, True
        if loop is not None:
            loop.abandon(f"the recording failed: {error!r}")
            _tell(error)

    def _end_loop(self, error: BaseException | None) -> None:
        loop = self._loop
        if loop is not None:
            self._with_loop(lambda loop: loop.end(error))
            self._loop, self._over = None, True
            _tell_problem(loop.run)

    def _with(self, act: Callable[[Recording], None]) -> None:
        """Do something with the recording, and do without it from then on if that fails."""
        recording = self._recording
        # What was forked off a training has its memory, but not its run.
        if recording is None or recording.run.process != os.getpid():
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
        if recording is not None:
            _tell_problem(recording.run)

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_recording": None, "_loop": None, "_model": None}


def _tell(error: Exception) -> None:
    text = str(error) if isinstance(error, GradlabError) else repr(error)
    _warn(f"gradlab: not recorded: {text}; the training goes on")


def _tell_problem(run: WrittenRun) -> None:
    if problem := run.take_problem():
        _warn(f"gradlab: {problem}")


def _warn(text: str) -> None:
    try:
        warnings.warn(text, stacklevel=5)
    except UserWarning:  # a script that takes warnings for errors
        print(text, file=sys.stderr)
