"""The run of a training that is recorded: its directory, its diagnosis, where it stands."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import numpy as np

from ..diagnosis.context import Context
from ..diagnosis.live import Diagnosis
from ..runs.control import stop_requested
from ..runs.writer import RunWriter
from ..stream.events import Epoch, Event, Finished, Found, Started, Status, Steps, Weights

UNKNOWN_STEPS = 300
"""Steps that an epoch is taken for while nobody says how many it has."""


class WrittenRun:
    """Writes what is measured of a training, and what the diagnosis says of it.

    Args:
        runs_dir: where the run is made.
        name: of the run.
        model_name: what is trained.
        loss: Keras' name of the loss; "" if it is not known.
        params: what Keras tells callbacks of a training: epochs and steps.

    Raises:
        RunError: the run cannot be made.
    """

    def __init__(
        self, runs_dir: Path, name: str, *, model_name: str, loss: str, params: dict[str, Any]
    ) -> None:
        self.process = os.getpid()
        """The process that writes the run."""
        self._loss = loss
        self._steps_per_epoch = int(params.get("steps") or UNKNOWN_STEPS)
        self._planned = int(params.get("epochs") or 1)
        self._began = time.monotonic()
        self._wall = time.time()
        self._step = self._epochs = 0
        self._newest_loss = float("nan")
        self._diagnosis = Diagnosis(Context(loss=loss))
        self._writer = RunWriter.create(runs_dir, None, preset_name=model_name, name=name)
        self.path = self._writer.path
        self._write(Status("compiling"))

    def take_problem(self) -> str:
        """Why not all could be recorded, or "" where it was, or was told before."""
        return "; ".join(trouble.reason for trouble in self._writer.told() if not trouble.over)

    @property
    def stop_asked(self) -> bool:
        """Whether somebody has asked the training to stop."""
        return stop_requested(self.path)

    def beat(self) -> None:
        """Say that the training is alive."""
        self._writer.beat()

    def begin(self, series: Any, *, parameters: int, jit: bool) -> None:
        """Say which layers and series there are.

        Args:
            series: has `layers`, `columns` and `weight_columns`.
            parameters: trainable weights of the whole model.
            jit: whether XLA compiles the steps.
        """
        self._write(
            Started(
                layers=series.layers,
                columns=series.columns,
                weight_columns=series.weight_columns,
                steps_per_epoch=self._steps_per_epoch,
                epochs=self._planned,
                parameters=parameters,
                jit=jit,
                loss=self._loss,
            )
        )
        self._write(Status("training"))

    def rows(self, steps: np.ndarray, values: np.ndarray, weights: np.ndarray) -> None:
        """Write the steps since the last call.

        Args:
            steps: which, int64 [rows].
            values: step records, float32 [rows, columns], the loss first.
            weights: the weight record of the last one, float32 [weight columns].
        """
        now = time.time()
        if len(steps):
            times = np.linspace(self._wall, now, len(steps) + 1)[1:]
            self._step = int(steps[-1]) + 1
            self._newest_loss = float(values[-1, 0])
            self._write(Steps(steps, times, values))
            self._write(Weights(int(steps[-1]), float(times[-1]), weights))
        self._wall = now

    def epoch(self, epoch: int, logs: dict[str, Any]) -> None:
        """Write the logs of an epoch."""
        self._epochs += 1
        numbers = {name: float(value) for name, value in logs.items() if np.ndim(value) == 0}
        self._write(Epoch(epoch, self._step, numbers, self._seconds))

    def end(self) -> None:
        """Write the end of a training that has come to its end."""
        if self.stop_asked:
            self._finish("stopped", "stopped through its cancel file")
        else:
            self._finish("finished", "")

    def end_by_error(self, error: BaseException | None) -> None:
        """Write the end of a training that an error has ended."""
        if isinstance(error, KeyboardInterrupt):
            self._finish("stopped", "interrupted by the user")
        else:
            cause = f": {error!r}"[:300] if error is not None else ""
            self._finish("failed", f"the training was ended by an error{cause}")

    def abandon(self, reason: str) -> None:
        """Write the end of a recording that has failed itself; it is not judged."""
        self._writer.write(self._finished("failed", reason))

    @property
    def _seconds(self) -> float:
        return time.monotonic() - self._began

    def _finish(self, status: str, reason: str) -> None:
        self._write(self._finished(status, reason))

    def _finished(self, status: str, reason: str) -> Finished:
        # A loop that names no epochs has no other result.
        final = {} if self._epochs or not self._step else {"loss": self._newest_loss}
        return Finished(status, self._step, self._epochs, self._seconds, final, reason)

    def _write(self, event: Event) -> None:
        found: list[Found] = self._diagnosis.add(event)
        # Nothing follows the end of a training.
        for told in (*found, event) if isinstance(event, Finished) else (event, *found):
            self._writer.write(told)
