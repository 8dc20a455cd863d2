"""One `fit` of anybody's model that is being recorded: its hooks, and when they are read."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import keras
import numpy as np

from .activity import LayerWatch
from .hook import Hook
from .origin import keep_origin
from .ring import Clock
from .seen import LossWatch, optimizers_of, refuse_what_cannot_be_seen
from .series import Series
from .written import WrittenRun

CAPACITY = 1024
"""Rows that the ring of a hook holds, at least."""

DRAIN_SECONDS = 0.5
"""Seconds after which what was measured is written, at the latest with the next batch."""

DRAIN_SHARE = 0.02
"""Share of the time that reading and writing may take; on a busy machine it is done less often."""

DRAIN_SECONDS_MOST = 1.0
"""Seconds after which it is written however long that takes, for those who watch."""


class Recording:
    """Hooks a model's optimizers when made, and gives them back when it ends.

    Args:
        model: the compiled model.
        params: what Keras tells callbacks of a training.
        runs_dir: where the run is made.
        name: of the run.
        activity: whether to measure deltas and activations too.

    Raises:
        GradlabError: the run cannot be made, or the gradients cannot be seen.
    """

    def __init__(
        self,
        model: keras.Model,
        params: dict[str, Any],
        runs_dir: Path,
        name: str,
        *,
        activity: bool = False,
    ) -> None:
        refuse_what_cannot_be_seen(model)
        optimizers = optimizers_of(model)
        self.fault: Exception | None = None
        """What went wrong while the step was traced."""
        self._model = model
        self._due = time.monotonic() + DRAIN_SECONDS
        self._batches = 0
        self._error: BaseException | None = None
        self._series: Series | None = None
        self.run = WrittenRun(
            runs_dir, name, model_name=model.name, loss=_loss_name(model), params=params
        )
        keep_origin(self.run.path, model)
        self._capacity = max(CAPACITY, 2 * int(model.steps_per_execution or 1))
        self._loss = LossWatch(model)
        self._clock = Clock()
        self._activity = LayerWatch(model, self._take_fault) if activity else None
        self._hooks = [
            Hook(
                model,
                optimizer,
                self._loss.value,
                self._clock,
                self._capacity,
                self._take_fault,
                self._activity,
            )
            for optimizer in optimizers
        ]
        # What was traced before knows nothing of the hooks.
        model.make_train_function(force=True)
        model.train_function = self._watched(model.train_function)

    def end_batch(self, logs: dict[str, Any]) -> None:
        """Write what has been measured if it is time; stop the training if somebody asks for it."""
        self._batches += int(self._model.steps_per_execution or 1)
        due = time.monotonic() >= self._due
        if due or self._series is None or self._batches * 2 >= self._capacity:
            self._drain(logs)
            self._heed_stop()

    def end_epoch(self, epoch: int, logs: dict[str, Any]) -> None:
        """Write the logs of an epoch; stop the training if somebody asks for it."""
        self._drain(logs)
        self._heed_stop()
        self._error = None
        self.run.epoch(epoch, logs)

    def end(self) -> None:
        """End the run of a training that has come to its end."""
        self._drain({})
        self._release()
        self.run.end()

    def end_by_error(self) -> None:
        """End the run of a training that has been ended by an error."""
        self._drain({})
        self._release()
        self.run.end_by_error(self._error)

    def abandon(self, reason: str) -> None:
        """Let go of everything after a fault of the recording."""
        self._release()
        self.run.abandon(reason)

    def _heed_stop(self) -> None:
        if self.run.stop_asked:
            self._model.stop_training = True

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
        if self._activity is not None:
            self._activity.remove()
        self._loss.remove()
        # What was traced holds the hooks.
        self._model.make_train_function(force=True)

    def _drain(self, logs: dict[str, Any]) -> None:
        began, self._batches = time.monotonic(), 0
        self._write(logs)
        ended = time.monotonic()
        rest = min(max(DRAIN_SECONDS, (ended - began) / DRAIN_SHARE), DRAIN_SECONDS_MOST)
        self._due = ended + rest

    def _write(self, logs: dict[str, Any]) -> None:
        if self._series is None and any(hook.layers for hook in self._hooks):
            self._series = Series(self._hooks, self._clock.owner)
            parameters = sum(int(np.prod(v.shape)) for v in self._model.trainable_variables)
            self.run.begin(self._series, parameters=parameters, jit=bool(self._model.jit_compile))
        if self._series is None:
            return
        loss = next((v for name, v in logs.items() if name.endswith("loss")), np.nan)
        self.run.rows(*self._series.records(float(loss)))


def _loss_name(model: keras.Model) -> str:
    """Keras' name of the loss; "" if it has none."""
    loss = model.loss
    return (
        loss if isinstance(loss, str) else str(getattr(loss, "name", getattr(loss, "__name__", "")))
    )
