"""The training loop that the project exists for: compiled blocks of steps, told as events.

The trainer knows nothing of files or screens. It is an iterator: whoever pulls its events decides
when to go on (pausing is not pulling), and asks for a checkpoint between any two of them.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import Event as Flag
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from ..stream.events import Boundary, Epoch, Event, Finished, Probe, Status, Steps, Weights
from .callback_state import needs_batch_hooks, restore_state, save_state
from .cursor import Cursor
from .epochs import EpochRecords
from .pacing import Pacer
from .parts import Parts

EPOCHS_AT_ONCE = 256
"""Most epochs that one call takes."""

WORTH_A_CALL = 8
"""Fewer epochs than this are taken one by one: calling them together has to be compiled first."""

PROBES = 50
"""Epochs whose end is probed: every one of the first few, then about this many over the run."""


class Trainer:
    """Runs one training.

    Args:
        parts: what it is made of; several trainings may use them one after the other.
        checkpoint_dir: where Keras callbacks write; None for nowhere.
        block_length: fixes the length of blocks (for tests and benchmarks).
    """

    def __init__(
        self,
        parts: Parts,
        *,
        checkpoint_dir: Path | None = None,
        block_length: int | None = None,
    ) -> None:
        self.parts = parts
        self._train = parts.preset.train
        self._batches = parts.batches
        self._checkpoint_dir = checkpoint_dir
        self._block_length = block_length
        self._cursor = Cursor()
        self._restored_callbacks: tuple[list[dict[str, Any]], dict[str, np.ndarray]] | None = None
        self._callbacks: list[keras.callbacks.Callback] = []
        self._restored_stop = False
        self._over = False
        """Whether the training has run its course, the last callbacks and all."""
        self.settled = True
        """Whether everything up to the cursor has been told, so that a checkpoint agrees with it."""

    @property
    def step(self) -> int:
        """Steps taken so far."""
        return self._cursor.epoch * self._batches.steps + self._cursor.index

    def checkpoint(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        """All variables and the cursor, with which `restore` goes on bit-exactly."""
        variables = self.parts.variables()
        arrays = {name: np.asarray(variable) for name, variable in variables.items()}
        plain, kept = save_state(self._callbacks)
        cursor = self._cursor.document()
        cursor |= {"step": self.step, "seed": self.parts.seed, "callbacks": plain}
        cursor |= {
            "stop_training": bool(getattr(self.parts.model, "stop_training", False)),
            "over": self._over,
        }
        return arrays | kept, cursor

    def restore(self, arrays: dict[str, np.ndarray], cursor: dict[str, Any]) -> None:
        """Put a checkpoint back before `run`."""
        for name, variable in self.parts.variables().items():
            variable.assign(arrays[name])
        self._cursor = Cursor.of(cursor)
        self._over = bool(cursor.get("over"))
        self._restored_stop = bool(cursor.get("stop_training"))
        kept = {name: a for name, a in arrays.items() if name.startswith("callback/")}
        self._restored_callbacks = (cursor["callbacks"], kept)

    def run(self, stop: Flag | None = None) -> Iterator[Event]:
        """Train to the end, or until `stop` is set; yields what happens.

        Raises:
            tensorflow.errors.OpError: what TensorFlow could not do, such as out of memory.
        """
        stop, cursor = stop or Flag(), self._cursor
        self._began = time.perf_counter() - cursor.seconds
        self._trains = False
        callbacks = self._begin_callbacks()
        pacer = Pacer(self._batches.capacity)
        epoch_pacer = Pacer(EPOCHS_AT_ONCE)

        yield self.parts.begins(self.step)
        if self.step == 0:
            yield from self._measured(-1)
        yield Status("compiling", self.step)

        stopped, model = False, self.parts.model
        while self._goes_on:
            together = self._epochs_together(epoch_pacer)
            began = time.perf_counter()
            if together >= WORTH_A_CALL and not stop.is_set():
                told_later = self._take_epochs(together)
                epoch_pacer.took(together, time.perf_counter() - began)
                yield from self._tell(told_later)
                continue
            yield from self._train_epoch(callbacks, pacer, stop)
            if stopped := self._unfinished:
                break
            epoch_pacer.took(1, time.perf_counter() - began)
            yield from self._end_epoch(callbacks)
        if stopped:
            self._end_callbacks(callbacks)
        elif not self._over:
            callbacks.on_train_end()
        early = f"stopped early by a callback after epoch {cursor.epoch}"
        yield self._finish(stopped, early if model.stop_training else "")

    @property
    def _goes_on(self) -> bool:
        """Whether another epoch is to be trained."""
        cursor = self._cursor
        over = self._over or self.parts.model.stop_training or cursor.diverged
        return not over and cursor.epoch < self._train.epochs

    def _end_callbacks(self, callbacks: keras.callbacks.CallbackList) -> None:
        """Let callbacks go before their time: the best weights that they put back are not those of a
        training that may go on."""
        variables = self.parts.variables()
        values = {name: np.array(variable) for name, variable in variables.items()}
        callbacks.on_train_end()
        for name, variable in variables.items():
            variable.assign(values[name])

    def _train_epoch(
        self, callbacks: keras.callbacks.CallbackList, pacer: Pacer, stop: Flag
    ) -> Iterator[Event]:
        """Train from the cursor to the end of its epoch, block by block."""
        cursor = self._cursor
        one_by_one = any(needs_batch_hooks(callback) for callback in self._callbacks)
        length = 1 if one_by_one else self._block_length
        order = self._batches.order(self.parts.seed, cursor.epoch)
        if cursor.index == 0:
            callbacks.on_epoch_begin(cursor.epoch)
        while self._unfinished and not stop.is_set():
            left = self._batches.steps - cursor.index
            if one_by_one:
                callbacks.on_train_batch_begin(cursor.index)
            began, index = time.perf_counter(), cursor.index
            events = self._take(order, min(length or pacer.length(left), left))
            taken = cursor.index - index
            pacer.took(taken, time.perf_counter() - began)
            self._keep_time()
            if one_by_one:
                loss = float(events[-1].values[-1, 0])
                callbacks.on_train_batch_end(cursor.index - 1, {"loss": loss})
            yield from self._tell(events)
            if not self._trains:
                self._trains = True
                yield Status("training", self.step)

    @property
    def _unfinished(self) -> bool:
        """Whether the epoch of the cursor wants more steps."""
        return self._cursor.index < self._batches.steps and not self._cursor.diverged

    def _end_epoch(self, callbacks: keras.callbacks.CallbackList) -> Iterator[Event]:
        """Tell what an epoch has come to, and move to the next one."""
        cursor = self._cursor
        if self._probes(cursor.epoch):
            yield from self._measured(cursor.epoch)
        logs = self._epoch_logs()
        callbacks.on_epoch_end(cursor.epoch, logs)
        self._keep_time()
        ended = Epoch(cursor.epoch, self.step, logs, cursor.seconds)
        cursor.end_epoch()
        yield ended

    def _finish(self, stopped: bool, reason: str) -> Finished:
        """Tell how the training has ended, with the test rows' loss and metrics if it has run its course."""
        cursor = self._cursor
        status = "stopped" if stopped else "finished"
        test: dict[str, float] = {}
        if stopped:
            reason = "stopped by the user"
        elif cursor.non_finite:
            status = "diverged"
            reason = f"the loss has not been a finite number for {cursor.non_finite} steps"
        if not stopped:
            parts = self.parts
            if not self._over:
                parts.optimizer.finalize_variable_values(parts.model.trainable_variables)
            self._over = True
            if parts.dataset.test:
                test = parts.evaluate(parts.dataset.test, "test_")
        self._keep_time()
        return Finished(status, self.step, cursor.epoch, cursor.seconds, test, reason)

    def _keep_time(self) -> None:
        self._cursor.seconds = time.perf_counter() - self._began

    def _begin_callbacks(self) -> keras.callbacks.CallbackList:
        self._callbacks = self.parts.callbacks(self._checkpoint_dir)
        self.parts.model.stop_training = False
        listed = keras.callbacks.CallbackList(
            self._callbacks,
            model=self.parts.model,
            epochs=self._train.epochs,
            steps=self._batches.steps,
            verbose=0,
        )
        listed.on_train_begin()
        if self._restored_callbacks:
            restore_state(self._callbacks, *self._restored_callbacks)
            self.parts.model.stop_training = self._restored_stop
        return listed

    def _tell(self, events: Sequence[Event]) -> Iterator[Event]:
        """What one call has come to: the cursor stands behind all of it."""
        self.settled = False
        yield from events[:-1]
        self.settled = True
        yield events[-1]

    def _take(self, order: np.ndarray, steps: int) -> list[Weights | Steps]:
        """Train `steps` steps from the cursor on."""
        parts, batches, first = self.parts, self._batches, self._cursor.index
        reaches_end = first + steps == batches.steps
        if parts.jit and not parts.masked and reaches_end and batches.last < batches.size:
            # Static shapes, exact batches: the partial batch is a block of its own shape.
            if steps > 1:
                steps -= 1
            else:
                order = order[:, : batches.last]
        capacity = batches.capacity
        rows = np.zeros((capacity, order.shape[1]), np.int32)
        rows[:steps] = order[first : first + steps]
        counts = np.full(capacity, order.shape[1], np.int32)
        counts[:steps] = np.minimum(batches.counts()[first : first + steps], order.shape[1])

        marks = batches.weighed(self._cursor.epoch) - first
        marks = marks[(marks > 0) & (marks <= steps)]
        began = time.time()
        records, weights = parts.block(
            *parts.train,
            *(tf.constant(part) for part in (rows, counts, *parts.limits(marks, steps))),
        )
        return self._record(
            records.numpy(), weights.numpy()[1::2], counts[:steps], marks, began, time.time()
        )

    def _epochs_together(self, pacer: Pacer) -> int:
        """Epochs that one call may take from the cursor on, so that nothing needs to look between."""
        # The partial batch of a compiled, unmasked block is a block of its own shape.
        parts, batches, begin = self.parts, self._batches, self._cursor.epoch
        one_shape = parts.masked or not parts.jit or batches.last == batches.size
        looked_at = self._callbacks or self._block_length or self._cursor.index
        if looked_at or not one_shape or batches.steps > batches.capacity:
            return 1
        ahead = range(begin, self._train.epochs)
        probed = (epoch + 1 - begin for epoch in ahead if self._probes(epoch))
        return pacer.length(next(probed, len(ahead)))

    def _take_epochs(self, count: int) -> list[Event]:
        """Train `count` whole epochs; returns all that there is to tell of them."""
        cursor, parts, batches = self._cursor, self.parts, self._batches
        numbers = range(cursor.epoch, cursor.epoch + count)
        orders = np.stack([batches.order(parts.seed, epoch) for epoch in numbers])
        counts, marks = batches.counts(), batches.weighed(cursor.epoch)
        started = time.time()
        taken = EpochRecords(*(part.numpy() for part in parts.epochs(orders, counts)))
        times = np.linspace(started, time.time(), count + 1).tolist()
        events: list[Event] = []
        for at, epoch in enumerate(numbers):
            events += self._record(
                taken.steps[at], taken.weights[at, 1::2], counts, marks, times[at], times[at + 1]
            )
            ends = cursor.diverged or epoch == numbers[-1]
            if ends and self._probes(epoch):
                events += self._measured(epoch)
            logs = self._logs(taken.results[at], taken.held_out[at])
            self._keep_time()
            cursor.seconds -= times[-1] - times[at + 1]
            events.append(Epoch(epoch, self.step, logs, cursor.seconds))
            cursor.end_epoch()
            if cursor.diverged:
                break
        return events

    def _record(
        self,
        records: np.ndarray,
        weights: np.ndarray,
        counts: np.ndarray,
        marks: np.ndarray,
        began: float,
        ended: float,
    ) -> list[Weights | Steps]:
        """Tell the steps that were taken, and move the cursor behind them.

        Args:
            records: step records, [at least steps, columns].
            weights: weight records, [at least marks, weight columns].
            counts: rows of each step, [steps].
            marks: after which of the steps, counted from 1, the weights were measured.
            began: Unix time of their begin.
            ended: Unix time of their end.
        """
        first, taken = self.step, len(counts)
        steps = self._cursor.advance(records[:taken, 0].astype(np.float64), counts)
        values = records[:steps].copy()
        numbers = np.arange(first, first + steps)
        times = began + (ended - began) * np.arange(1, steps + 1) / steps
        told: list[Weights | Steps] = [
            Weights(int(numbers[mark - 1]), float(times[mark - 1]), weight_record)
            for mark, weight_record in zip(marks, weights, strict=False)
            if mark <= steps
        ]
        return [*told, Steps(numbers, times, values)]

    def _epoch_logs(self) -> dict[str, float]:
        """Keras' logs of the epoch that has just been trained."""
        parts = self.parts
        held_out = parts.evaluation(*parts.validation).numpy() if parts.validation else np.zeros(0)
        return self._logs(parts.results().numpy(), held_out)

    def _logs(self, results: np.ndarray, held_out: np.ndarray) -> dict[str, float]:
        parts, seen = self.parts, self._batches.seen(self._cursor.index)
        *metrics, rate = results.tolist()
        logs = {"loss": self._cursor.loss_sum / seen}
        logs |= {m.name: value for m, value in zip(parts.metrics, metrics, strict=True)}
        if parts.validation:
            logs |= parts.named(held_out, "val_")
        return logs | {"learning_rate": rate}

    def _measured(self, epoch: int) -> list[Probe | Boundary]:
        """What is measured with the weights as they are now; nothing if measuring is off."""
        return self.parts.measure(epoch, self.step) if self.parts.probe else []

    def _probes(self, epoch: int) -> bool:
        """Whether the end of an epoch is probed."""
        epochs = self._train.epochs
        return epoch < 5 or epoch == epochs - 1 or epoch % max(1, epochs // PROBES) == 0
