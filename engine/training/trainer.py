"""The training loop that the project exists for: compiled blocks of steps, told as events.

The trainer knows nothing of files or screens. It is an iterator: whoever pulls its events decides
when to go on (pausing is not pulling), and asks for a checkpoint between any two of them.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from threading import Event as Flag
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from ..data.dataset import Dataset, Split
from ..measuring.sites import find_sites
from ..measuring.snapshot import Snapshot
from ..measuring.step_probe import StepProbe
from ..models.build import build
from ..models.callbacks import directions, make_callbacks
from ..models.capture import leaves
from ..models.losses import make_loss, make_metrics
from ..models.optimizers import make_optimizer
from ..preset.schema import Preset
from ..stream.events import Column, Epoch, Event, Finished, Probe, Started, Status, Steps, Weights
from .callback_state import needs_batch_hooks, restore_state, save_state
from .clipping import clips
from .cursor import Batches, Cursor
from .epochs import EpochRecords, compile_epochs
from .evaluation import compile_evaluation, epoch_results
from .pacing import Pacer
from .steps import StepParts, choose_jit, compile_block, couples_rows

CAPACITY = 1024
"""Most steps of a block; beyond it the cost of a call is lost in the steps."""

EPOCHS_AT_ONCE = 256
"""Most epochs that one call takes."""

WORTH_A_CALL = 8
"""Fewer epochs than this are taken one by one: calling them together has to be compiled first."""

PROBES = 50
"""Epochs whose end is probed: every one of the first few, then about this many over the run."""


class Trainer:
    """Trains one preset.

    Args:
        preset: the experiment.
        dataset: its data.
        model: its model, built with `preset.seed`.
        checkpoint_dir: where Keras callbacks write; None for nowhere.
        block_length: fixes the length of blocks (for tests and benchmarks).
    """

    def __init__(
        self,
        preset: Preset,
        dataset: Dataset,
        model: keras.Model,
        *,
        checkpoint_dir: Any = None,
        block_length: int | None = None,
    ) -> None:
        self.preset = preset
        self.dataset = dataset
        self.model = model
        self.seed = preset.seed
        self.checkpoint_dir = checkpoint_dir
        self._block_length = block_length
        self._loss = make_loss(preset, dataset, model)
        self._metrics = make_metrics(preset, dataset, self._loss)
        self._held_out_metrics = make_metrics(preset, dataset, self._loss)
        self._logged = directions(self._metrics, validated=dataset.validation is not None)
        # Made here for what they refuse, before there is a run; each run makes its own.
        make_callbacks(preset, None, self._logged)
        self.optimizer = make_optimizer(preset.optimizer)
        self.optimizer.build(model.trainable_variables)
        model.compile(optimizer=self.optimizer)
        self._noise_seed = keras.random.SeedGenerator(preset.seed)

        self.sites = find_sites(model, dataset.train.x[0])
        layers = list(leaves(model))
        self.jit = choose_jit(preset, layers)
        self.probe = (
            StepProbe(self.sites, clipped=clips(preset.optimizer)) if preset.probe.enabled else None
        )
        parts = StepParts(
            preset, model, self.optimizer, self._loss, self._metrics, self.probe, self._noise_seed
        )
        # A padded batch would change what batch normalization sees: then shapes are exact.
        self._masked = self.jit and not couples_rows(layers)
        self._block = compile_block(parts, jit=self.jit, masked=self._masked)
        self._evaluate = compile_evaluation(model, self._loss, self._held_out_metrics)
        self._results = epoch_results(self._metrics, self.optimizer)
        self._epochs: Any = None

        self.batches = Batches(
            len(dataset.train), preset.train.batch_size, shuffle=preset.train.shuffle
        )
        self._x, self._y = self._tensors(dataset.train)
        self._validation = self._tensors(dataset.validation) if dataset.validation else None
        rows = preset.probe.rows
        self._snapshot = Snapshot(
            model, self.sites, self._loss, self._x[:rows], self._y[:rows], bins=preset.probe.bins
        )
        self._start_afresh()

    def _start_afresh(self) -> None:
        self._cursor = Cursor()
        self._restored_callbacks: tuple[list[dict[str, Any]], dict[str, np.ndarray]] | None = None
        self._callbacks: list[keras.callbacks.Callback] = []
        self.settled = True
        """Whether everything up to the cursor has been told, so that a checkpoint agrees with it."""

    @property
    def step(self) -> int:
        """Steps taken so far."""
        return self._cursor.epoch * self.batches.steps + self._cursor.index

    def restart(self, seed: int) -> None:
        """Begin again with another seed, without compiling again.

        Args:
            seed: decides initial weights, shuffling, dropout and noise.
        """
        preset = self.preset.model_copy(update={"seed": seed})
        fresh = build(preset, self.dataset, trust=True)
        for variable, value in zip(self.model.variables, fresh.variables, strict=True):
            variable.assign(value)
        optimizer = make_optimizer(preset.optimizer)
        optimizer.build(self.model.trainable_variables)
        for variable, value in zip(self.optimizer.variables, optimizer.variables, strict=True):
            variable.assign(value)
        self._noise_seed.state.assign(keras.random.SeedGenerator(seed).state)
        self._results()
        self.seed = seed
        self._start_afresh()

    def variables(self) -> dict[str, Any]:
        """Every variable that a checkpoint must hold, by a stable name."""
        groups = {
            "model": self.model.variables,
            "optimizer": self.optimizer.variables,
            "metrics": [v for metric in self._metrics for v in metric.variables],
            "noise": [self._noise_seed.state],
        }
        return {f"{name}/{i}": v for name, group in groups.items() for i, v in enumerate(group)}

    def checkpoint(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        """All variables and the cursor, with which `restore` goes on bit-exactly."""
        arrays = {name: np.asarray(variable) for name, variable in self.variables().items()}
        plain, kept = save_state(self._callbacks)
        cursor = self._cursor.document()
        cursor |= {"step": self.step, "seed": self.seed, "callbacks": plain}
        return arrays | kept, cursor

    def restore(self, arrays: dict[str, np.ndarray], cursor: dict[str, Any]) -> None:
        """Put a checkpoint back before `run`."""
        for name, variable in self.variables().items():
            variable.assign(arrays[name])
        self._cursor = Cursor.of(cursor)
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
        pacer = Pacer(min(CAPACITY, self.batches.steps))
        epoch_pacer = Pacer(EPOCHS_AT_ONCE)

        yield self._started()
        if self.probe and self.step == 0:
            yield Probe(-1, 0, self._snapshot.take())
        yield Status("compiling", self.step)

        stopped, reason = False, ""
        while cursor.epoch < self.preset.train.epochs and not cursor.diverged:
            together = self._epochs_together(epoch_pacer)
            began = time.perf_counter()
            if together >= WORTH_A_CALL and not stop.is_set():
                told_later = self._take_epochs(together)
                epoch_pacer.took(together, time.perf_counter() - began)
                self.settled = False
                yield from told_later[:-1]
                self.settled = True
                yield told_later[-1]
                continue
            yield from self._train_epoch(callbacks, pacer, stop)
            if stopped := self._unfinished:
                break
            epoch_pacer.took(1, time.perf_counter() - began)
            yield from self._end_epoch(callbacks)
            if self.model.stop_training:
                reason = f"stopped early by a callback after epoch {cursor.epoch}"
                break
        callbacks.on_train_end()
        yield self._finish(stopped, reason)

    def _train_epoch(
        self, callbacks: keras.callbacks.CallbackList, pacer: Pacer, stop: Flag
    ) -> Iterator[Event]:
        """Train from the cursor to the end of its epoch, block by block."""
        cursor = self._cursor
        one_by_one = any(needs_batch_hooks(callback) for callback in self._callbacks)
        length = 1 if one_by_one else self._block_length
        order = self.batches.order(self.seed, cursor.epoch)
        if cursor.index == 0:
            callbacks.on_epoch_begin(cursor.epoch)
        while self._unfinished and not stop.is_set():
            left = self.batches.steps - cursor.index
            if one_by_one:
                callbacks.on_train_batch_begin(cursor.index)
            began = time.perf_counter()
            events = self._take(order, min(length or pacer.length(left), left))
            pacer.took(len(events[0].steps), time.perf_counter() - began)
            self._keep_time()
            if one_by_one:
                loss = float(events[0].values[-1, 0])
                callbacks.on_train_batch_end(cursor.index - 1, {"loss": loss})
            yield from events
            if not self._trains:
                self._trains = True
                yield Status("training", self.step)

    @property
    def _unfinished(self) -> bool:
        """Whether the epoch of the cursor wants more steps."""
        return self._cursor.index < self.batches.steps and not self._cursor.diverged

    def _end_epoch(self, callbacks: keras.callbacks.CallbackList) -> Iterator[Event]:
        """Tell what an epoch has come to, and move to the next one."""
        cursor = self._cursor
        if self.probe and self._probes(cursor.epoch):
            yield Probe(cursor.epoch, self.step, self._snapshot.take())
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
            self.optimizer.finalize_variable_values(self.model.trainable_variables)
            if self.dataset.test:
                test = self.evaluate(self.dataset.test, "test_")
        self._keep_time()
        return Finished(status, self.step, cursor.epoch, cursor.seconds, test, reason)

    def _keep_time(self) -> None:
        self._cursor.seconds = time.perf_counter() - self._began

    def evaluate(self, split: Split, prefix: str) -> dict[str, float]:
        """Loss and metrics of a split in inference mode, keys prefixed."""
        return self._named_held_out(self._evaluate(*self._tensors(split)).numpy(), prefix)

    def _named_held_out(self, values: np.ndarray, prefix: str) -> dict[str, float]:
        names = ["loss", *(metric.name for metric in self._held_out_metrics)]
        return {prefix + n: value for n, value in zip(names, values.tolist(), strict=True)}

    def _tensors(self, split: Split) -> tuple[tf.Tensor, tf.Tensor]:
        return tf.constant(split.x), tf.constant(self._loss.encode(split.y))

    def _started(self) -> Started:
        plain = (Column("", "loss"), Column("", "learning_rate"))
        return Started(
            layers=tuple(site.info for site in self.sites),
            columns=self.probe.columns if self.probe else plain,
            weight_columns=self.probe.weight_columns if self.probe else (),
            steps_per_epoch=self.batches.steps,
            epochs=self.preset.train.epochs,
            step=self.step,
            parameters=sum(int(np.prod(v.shape)) for v in self.model.trainable_variables),
            jit=self.jit,
            about={"loss": self._loss.name, "metrics": [m.name for m in self._metrics]},
        )

    def _begin_callbacks(self) -> keras.callbacks.CallbackList:
        self._callbacks = make_callbacks(self.preset, self.checkpoint_dir, self._logged)
        self.model.stop_training = False
        listed = keras.callbacks.CallbackList(
            self._callbacks,
            model=self.model,
            epochs=self.preset.train.epochs,
            steps=self.batches.steps,
            verbose=0,
        )
        listed.on_train_begin()
        if self._restored_callbacks:
            restore_state(self._callbacks, *self._restored_callbacks)
        return listed

    def _take(self, order: np.ndarray, steps: int) -> tuple[Steps, Weights]:
        """Train `steps` steps from the cursor on."""
        batches, first = self.batches, self._cursor.index
        reaches_end = first + steps == batches.steps
        if self.jit and not self._masked and reaches_end and batches.last < batches.size:
            # Static shapes, exact batches: the partial batch is a block of its own shape.
            if steps > 1:
                steps -= 1
            else:
                order = order[:, : batches.last]
        capacity = min(CAPACITY, batches.steps)
        rows = np.zeros((capacity, order.shape[1]), np.int32)
        rows[:steps] = order[first : first + steps]
        counts = np.full(capacity, order.shape[1], np.int32)
        counts[:steps] = np.minimum(batches.counts()[first : first + steps], order.shape[1])

        began = time.time()
        records, weights = self._block(
            self._x, self._y, tf.constant(rows), tf.constant(counts), tf.constant(steps)
        )
        return self._record(records.numpy(), weights.numpy(), counts[:steps], began, time.time())

    def _epochs_together(self, pacer: Pacer) -> int:
        """Epochs that one call may take from the cursor on, so that nothing needs to look between."""
        # The partial batch of a compiled, unmasked block is a block of its own shape.
        batches, begin = self.batches, self._cursor.epoch
        one_shape = self._masked or not self.jit or batches.last == batches.size
        looked_at = self._callbacks or self._block_length or self._cursor.index
        if looked_at or not one_shape or batches.steps > CAPACITY:
            return 1
        ahead = range(begin, self.preset.train.epochs)
        probed = (epoch + 1 - begin for epoch in ahead if self.probe and self._probes(epoch))
        return pacer.length(next(probed, len(ahead)))

    def _take_epochs(self, count: int) -> list[Event]:
        """Train `count` whole epochs; returns all that there is to tell of them."""
        cursor, batches = self._cursor, self.batches
        if self._epochs is None:
            self._epochs = compile_epochs(
                self._block, self._results, self._evaluate,
                (self._x, self._y), self._validation, (batches.steps, batches.size),
            )  # fmt: skip
        numbers = range(cursor.epoch, cursor.epoch + count)
        orders = np.stack([batches.order(self.seed, epoch) for epoch in numbers])
        counts = batches.counts()
        started = time.time()
        taken = EpochRecords(*(part.numpy() for part in self._epochs(orders, counts)))
        times = np.linspace(started, time.time(), count + 1).tolist()
        events: list[Event] = []
        for at, epoch in enumerate(numbers):
            events += self._record(
                taken.steps[at], taken.weights[at], counts, times[at], times[at + 1]
            )
            ends = cursor.diverged or epoch == numbers[-1]
            if self.probe and ends and self._probes(epoch):
                events.append(Probe(epoch, self.step, self._snapshot.take()))
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
        began: float,
        ended: float,
    ) -> tuple[Steps, Weights]:
        """Tell the steps that were taken, and move the cursor behind them.

        Args:
            records: step records, [at least steps, columns].
            weights: the weight record of the last step.
            counts: rows of each step, [steps].
            began: Unix time of their begin.
            ended: Unix time of their end.
        """
        first, taken = self.step, len(counts)
        steps = self._cursor.advance(records[:taken, 0].astype(np.float64), counts)
        values = records[:steps].copy()
        numbers = np.arange(first, first + steps)
        times = began + (ended - began) * np.arange(1, steps + 1) / steps
        return Steps(numbers, times, values), Weights(int(numbers[-1]), ended, weights)

    def _epoch_logs(self) -> dict[str, float]:
        """Keras' logs of the epoch that has just been trained."""
        held_out = self._evaluate(*self._validation).numpy() if self._validation else np.zeros(0)
        return self._logs(self._results().numpy(), held_out)

    def _logs(self, results: np.ndarray, held_out: np.ndarray) -> dict[str, float]:
        seen = self.batches.seen(self._cursor.index)
        *metrics, rate = results.tolist()
        logs = {"loss": self._cursor.loss_sum / seen}
        logs |= {m.name: value for m, value in zip(self._metrics, metrics, strict=True)}
        if self._validation:
            logs |= self._named_held_out(held_out, "val_")
        return logs | {"learning_rate": rate}

    def _probes(self, epoch: int) -> bool:
        """Whether the end of an epoch is probed."""
        epochs = self.preset.train.epochs
        return epoch < 5 or epoch == epochs - 1 or epoch % max(1, epochs // PROBES) == 0
