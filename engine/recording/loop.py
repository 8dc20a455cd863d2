"""A training loop of somebody's own that is being recorded, step by step as it says."""

from __future__ import annotations

import atexit
import os
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from ..errors import GradlabError
from ..stream.events import Column, LayerInfo
from .layers import find_recorded, told_apart
from .moves import value_of
from .origin import keep_origin
from .ring import Carried, Clock, Ring
from .squares import squares
from .written import WrittenRun

CAPACITY = 4096
"""Steps that may pass between two looks, such as in one call of a compiled loop."""

LOOK_SECONDS = 0.5
"""Seconds between two looks at what has been measured."""

PATIENCE = 100
"""Steps that wait for those of another part, to be written with how far these move it."""

SETTLED_STEPS, SETTLED_SECONDS = 20, 2.0
"""After so many steps, or two and so many seconds, all parts of a loop are taken to have shown."""

LAYER = ("grad_norm", "weight_norm", "moved")
"""What a row has of every layer, after the loss and the norm of all gradients."""


class Part:
    """The variables that one call of `step` names.

    How far a step moves them is known at the next one, and at the end.

    Args:
        model: whose layers give names and kinds, if it is known.
        variables: what is trained.
        clock: counts the steps.
    """

    def __init__(self, model: keras.Model | None, variables: Sequence[Any], clock: Clock) -> None:
        recorded = find_recorded(model, variables)
        if not recorded:
            raise GradlabError("none of the variables is a matrix, so there is no layer to record")
        self.recorded = recorded
        self.parameters = sum(int(np.prod(variable.shape)) for variable in variables)
        self._variables = list(variables)
        self._kernels = [layer.kernel for layer in recorded]
        width = 2 + len(LAYER) * len(recorded)
        self._ring = Ring(CAPACITY, width)
        self._clock = clock
        with tf.init_scope():
            self._before = [tf.Variable(value_of(k), trainable=False) for k in self._kernels]
        self._waiting = np.zeros(0, np.int64), np.zeros((0, width), np.float32)
        self.rows = Carried(width)
        """The steps whose moves are known."""

    @property
    def waiting_for(self) -> int | None:
        """The step of the newest row, whose moves are not known yet; None before the first."""
        return int(self._waiting[0][-1]) if len(self._waiting[0]) else None

    def measure(self, loss: Any, gradients: Sequence[Any]) -> None:
        """Write the row of a step; eagerly, or into the function that is being traced."""
        pairs = zip(self._variables, gradients, strict=True)
        given = {
            id(v): tf.stop_gradient(tf.convert_to_tensor(g)) for v, g in pairs if g is not None
        }
        now = [value_of(kernel) for kernel in self._kernels]
        grads = [given.get(id(k), tf.zeros([1])) for k in self._kernels]
        rest = [g for key, g in given.items() if all(key != id(k) for k in self._kernels)]
        moved = [value - old for value, old in zip(now, self._before, strict=True)]
        sums = squares([*grads, *now, *moved, *rest], jit=False)
        count = len(now)
        total = tf.reduce_sum(sums[:count]) + tf.reduce_sum(sums[3 * count :])
        layers = tf.transpose(tf.reshape(sums[: 3 * count], [3, count]))
        row = tf.concat(
            [
                tf.reshape(tf.cast(tf.stop_gradient(loss), tf.float32), [1]),
                tf.cast(
                    tf.sqrt(tf.concat([[total], tf.reshape(layers, [-1])], axis=0)), tf.float32
                ),
            ],
            axis=0,
        )
        for old, value in zip(self._before, now, strict=True):
            old.assign(value)
        self._clock.tick(self)
        self._ring.write(self._clock.step, row)

    def look(self, *, last: bool) -> np.ndarray:
        """Read what has been measured; returns the steps whose moves have become known, int64 [rows].

        Args:
            last: whether no step follows, so that the newest one's move is what is seen now.
        """
        places, rows = map(np.concatenate, zip(self._waiting, self._ring.take(), strict=True))
        if not len(places):
            return places
        moved = slice(2 + LAYER.index("moved"), None, len(LAYER))
        rows[:-1, moved] = rows[1:, moved]
        known = len(places) - 1
        if last:
            differences = [
                np.asarray(value_of(kernel)) - old.numpy()
                for kernel, old in zip(self._kernels, self._before, strict=True)
            ]
            rows[-1, moved] = [np.linalg.norm(np.ravel(d).astype(np.float64)) for d in differences]
            known += 1
        self._waiting = places[known:], rows[known:]
        self.rows.add(places[:known], rows[:known])
        return places[:known]


class LoopSeries:
    """Which series the run of a loop has, and how they are read from its parts.

    Args:
        parts: the one whose steps are counted first.
    """

    def __init__(self, parts: Sequence[Part]) -> None:
        self._parts = list(parts)
        self._steps = np.zeros(0, np.int64)
        self.layers: tuple[LayerInfo, ...] = told_apart([part.recorded for part in parts])
        """The measured layers of all parts."""
        self.columns = (
            Column("", "loss"),
            Column("", "grad_norm"),
            *(Column(i.name, s) for i in self.layers for s in ("grad_norm", "update_norm")),
        )
        """The series of a step record."""
        self.weight_columns = tuple(
            Column(i.name, s) for i in self.layers for s in ("weight_norm", "update_ratio")
        )
        """The series of a weight record."""

    def records(self, *, last: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Steps and step records that have become known since the last call, and the weight record of
        the last one."""
        known = [part.look(last=last) for part in self._parts]
        steps = np.concatenate([self._steps, known[0]])
        until = [part.waiting_for for part in self._parts[1:]]
        ready = len(steps)
        if not last and len(steps):
            least = min((step for step in until if step is not None), default=steps[-1] + 1)
            ready = int(np.sum(steps < max(least, steps[-1] - PATIENCE)))
        steps, self._steps = steps[:ready], steps[ready:]
        if not len(steps):
            return steps, np.zeros((0, 0), np.float32), np.zeros(0, np.float32)
        losses, totals, blocks, weights = [], [], [], []
        for part in self._parts:
            table = part.rows.at(steps)
            losses.append(table[:, 0])
            totals.append(table[:, 1])
            grads, norms, moved = np.moveaxis(
                table[:, 2:].reshape(len(steps), -1, len(LAYER)), 2, 0
            )
            ratios = np.divide(moved, norms, out=np.zeros_like(norms), where=norms != 0)
            blocks.append(np.stack([grads, moved], axis=2).reshape(len(steps), -1))
            weights.append(np.stack([norms[-1], ratios[-1]], axis=1).ravel())
        total = np.sqrt(np.nansum(np.square(np.stack(totals).astype(np.float64)), axis=0))
        values = np.column_stack([losses[0], total, *blocks]).astype(np.float32)
        return steps, values, np.concatenate(weights).astype(np.float32)


class Loop:
    """Measures what `step` names, and writes it from a thread of its own until it ends.

    Args:
        model: whose layers give names and kinds, if it is known.
        params: epochs and steps of an epoch, as Keras tells them to callbacks.
        runs_dir: where the run is made.
        name: of the run.
        fault: told what ended the recording.

    Raises:
        GradlabError: the run cannot be made, or the norms would not be true.
    """

    def __init__(
        self,
        model: keras.Model | None,
        params: dict[str, Any],
        runs_dir: Path,
        name: str,
        fault: Callable[[Exception], None],
    ) -> None:
        if keras.backend.backend() != "tensorflow":
            raise GradlabError(
                f"gradients are recorded with Keras' TensorFlow backend, not {keras.backend.backend()}"
            )
        if tf.distribute.has_strategy():
            raise GradlabError(
                "under a distribution strategy each replica has gradients of its own; train without "
                "one to record"
            )
        self._model = model
        self._fault = fault
        self._clock = Clock()
        self._newest = 0.0
        self._parts: dict[tuple[int, ...], Part] = {}
        self._series: LoopSeries | None = None
        self._lock = threading.Lock()
        self._over = threading.Event()
        self.run = WrittenRun(
            runs_dir, name, model_name=model.name if model else name, loss="", params=params
        )
        keep_origin(self.run.path, model)
        self._thread = threading.Thread(target=self._look, name="gradlab-recorder", daemon=True)
        self._thread.start()
        atexit.register(self._end_with_process)

    def step(self, loss: Any, gradients: Sequence[Any], variables: Sequence[Any]) -> None:
        """Measure one step, or write its measuring into the function that is being traced."""
        key = tuple(map(id, variables))
        part = self._parts.get(key)
        if part is None:
            with tf.init_scope():
                part = Part(self._model, variables, self._clock)
            if self._series is not None:
                raise GradlabError("other variables are trained than at the first steps")
            with self._lock:
                self._parts[key] = part
                self._newest = time.monotonic()
        part.measure(loss, gradients)

    def end_epoch(self, epoch: int, logs: dict[str, Any]) -> None:
        """Write the logs of an epoch."""
        with self._lock:
            self._drain(last=False)
            self.run.epoch(epoch, logs)

    def end(self, error: BaseException | None = None) -> None:
        """End the run, by an error if there is one."""
        if not self._close():
            return
        with self._lock:
            self._drain(last=True)
            if error is None:
                self.run.end()
            else:
                self.run.end_by_error(error)

    def abandon(self, reason: str) -> None:
        """End the run after a fault of the recording."""
        if self._close():
            with self._lock:
                self.run.abandon(reason)

    def _close(self) -> bool:
        """Stop looking; returns whether the run was still open, and is this process' own."""
        if self._over.is_set() or self.run.process != os.getpid():
            return False
        self._over.set()
        atexit.unregister(self._end_with_process)
        if threading.current_thread() is not self._thread:
            self._thread.join()
        return True

    def _end_with_process(self) -> None:
        self.end(getattr(sys, "last_value", None))

    def _look(self) -> None:
        try:
            while not self._over.wait(LOOK_SECONDS):
                with self._lock:
                    self._drain(last=False)
                    self.run.beat()
        except Exception as error:
            self._fault(error)

    def _drain(self, *, last: bool) -> None:
        if self._series is None:
            steps = int(self._clock.step) + 1
            rested = time.monotonic() - self._newest > SETTLED_SECONDS
            if not self._parts or not (last or steps >= SETTLED_STEPS or (steps > 1 and rested)):
                return
            owner = self._clock.owner
            parts = sorted(self._parts.values(), key=lambda part: part is not owner)
            self._series = LoopSeries(parts)
            parameters = sum(part.parameters for part in self._parts.values())
            self.run.begin(self._series, parameters=parameters, jit=False)
        self.run.rows(*self._series.records(last=last))
