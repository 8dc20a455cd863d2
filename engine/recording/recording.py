"""One training of anybody's model that is being recorded: its hooks, its run directory, its diagnosis."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import keras
import numpy as np

from ..diagnosis.context import Context
from ..diagnosis.live import Diagnosis
from ..runs.control import stop_requested
from ..runs.writer import RunWriter
from ..stream.events import Epoch, Event, Finished, Found, Started, Status, Steps, Weights
from .hook import Hook
from .origin import keep_origin
from .seen import LossWatch, optimizers_of, refuse_what_cannot_be_seen
from .series import Series

CAPACITY = 1024
"""Rows that the ring of a hook holds, at least."""

DRAIN_SECONDS = 0.25
"""Seconds after which what was measured is written, at the latest with the next batch."""

UNKNOWN_STEPS = 300
"""Steps that an epoch is taken for while Keras does not know how many it has."""


class Recording:
    """Hooks a model's optimizers when made, and gives them back when it ends.

    Args:
        model: the compiled model.
        params: what Keras tells callbacks of a training.
        runs_dir: where the run is made.
        name: of the run.

    Raises:
        GradlabError: the run cannot be made, or the gradients cannot be seen.
    """

    def __init__(
        self, model: keras.Model, params: dict[str, Any], runs_dir: Path, name: str
    ) -> None:
        refuse_what_cannot_be_seen(model)
        optimizers = optimizers_of(model)
        self.fault: Exception | None = None
        """What went wrong while the step was traced."""
        self.process = os.getpid()
        """The process that writes the run."""
        self._model = model
        self._began = self._drained = time.monotonic()
        self._wall = time.time()
        self._steps_per_epoch = int(params.get("steps") or UNKNOWN_STEPS)
        self._epochs_planned = int(params.get("epochs") or 1)
        self._epochs = self._step = self._batches = 0
        self._error: BaseException | None = None
        self._series: Series | None = None
        self._diagnosis = Diagnosis(Context(loss=_loss_name(model)))
        self._writer = RunWriter.create(runs_dir, None, preset_name=model.name, name=name)
        self.path = self._writer.path
        keep_origin(self.path, model)
        self._write(Status("compiling"))
        self._capacity = max(CAPACITY, 2 * int(model.steps_per_execution or 1))
        self._loss = LossWatch(model)
        self._hooks = [
            Hook(model, optimizer, self._loss.value, self._capacity, self._take_fault)
            for optimizer in optimizers
        ]
        # What was traced before knows nothing of the hooks.
        model.make_train_function(force=True)
        model.train_function = self._watched(model.train_function)

    @property
    def problem(self) -> str:
        """Why not all could be recorded, or ""."""
        return "; ".join(trouble.reason for trouble in self._writer.told() if not trouble.over)

    def beat(self) -> None:
        """Say that the training is alive."""
        self._writer.beat()

    def end_batch(self, logs: dict[str, Any]) -> None:
        """Write what has been measured if it is time; stop the training if somebody asks for it."""
        self._batches += int(self._model.steps_per_execution or 1)
        due = time.monotonic() - self._drained >= DRAIN_SECONDS
        if due or self._series is None or self._batches * 2 >= self._capacity:
            self._drain(logs)
            if stop_requested(self.path):
                self._model.stop_training = True

    def end_epoch(self, epoch: int, logs: dict[str, Any]) -> None:
        """Write the logs of an epoch."""
        self._drain(logs)
        self._error = None
        self._epochs += 1
        numbers = {name: float(value) for name, value in logs.items() if np.ndim(value) == 0}
        self._write(Epoch(epoch, self._step, numbers, self._seconds))

    def end(self) -> None:
        """End the run of a training that has come to its end."""
        stopped = stop_requested(self.path)
        reason = "stopped through its cancel file" if stopped else ""
        self._end("stopped" if stopped else "finished", reason)

    def end_by_error(self) -> None:
        """End the run of a training that has been ended by an error."""
        if isinstance(self._error, KeyboardInterrupt):
            self._end("stopped", "interrupted by the user")
        else:
            cause = f": {self._error!r}"[:300] if self._error is not None else ""
            self._end("failed", f"the training was ended by an error{cause}")

    def abandon(self, reason: str) -> None:
        """Let go of everything after a fault of the recording."""
        self._release()
        self._writer.write(Finished("failed", self._step, self._epochs, self._seconds, {}, reason))

    def _end(self, status: str, reason: str) -> None:
        self._drain({})
        self._release()
        self._write(Finished(status, self._step, self._epochs, self._seconds, {}, reason))

    @property
    def _seconds(self) -> float:
        return time.monotonic() - self._began

    def _take_fault(self, error: Exception) -> None:
        self.fault = self.fault or error

    def _watched(self, train: Any) -> Any:
        def watched(iterator: Any) -> Any:
            try:
                return train(iterator)
            except BaseException as error:
                self._error = error
                raise

        return watched

    def _release(self) -> None:
        for hook in self._hooks:
            hook.remove()
        self._loss.remove()
        # What was traced holds the hooks.
        self._model.make_train_function(force=True)

    def _drain(self, logs: dict[str, Any]) -> None:
        self._batches, self._drained = 0, time.monotonic()
        if self._series is None and any(hook.layers for hook in self._hooks):
            self._begin(Series(self._hooks))
        if self._series is None:
            return
        loss = next((v for name, v in logs.items() if name.endswith("loss")), np.nan)
        steps, values, weights = self._series.records(float(loss))
        now = time.time()
        if len(steps):
            times = np.linspace(self._wall, now, len(steps) + 1)[1:]
            self._step = int(steps[-1]) + 1
            self._write(Steps(steps, times, values))
            for step, at, row in zip(steps.tolist(), times.tolist(), weights, strict=True):
                self._write(Weights(step, at, row))
        self._wall = now

    def _begin(self, series: Series) -> None:
        self._series = series
        self._write(
            Started(
                layers=series.layers,
                columns=series.columns,
                weight_columns=series.weight_columns,
                steps_per_epoch=self._steps_per_epoch,
                epochs=self._epochs_planned,
                parameters=sum(int(np.prod(v.shape)) for v in self._model.trainable_variables),
                jit=bool(self._model.jit_compile),
                loss=_loss_name(self._model),
            )
        )
        self._write(Status("training"))

    def _write(self, event: Event) -> None:
        found: list[Found] = self._diagnosis.add(event)
        # Nothing follows the end of a training.
        for told in (*found, event) if isinstance(event, Finished) else (event, *found):
            self._writer.write(told)


def _loss_name(model: keras.Model) -> str:
    """Keras' name of the loss; "" if it has none."""
    loss = model.loss
    return (
        loss if isinstance(loss, str) else str(getattr(loss, "name", getattr(loss, "__name__", "")))
    )
