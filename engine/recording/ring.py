"""Rows that compiled steps write, and how those of several sources are read as rows of one training."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf


class Clock:
    """Counts the steps of a training: those of whoever took the first one."""

    def __init__(self) -> None:
        self.owner: Any = None
        """Whose steps are counted."""
        with tf.init_scope():
            self._steps = tf.Variable(tf.constant(0, tf.int64), trainable=False)

    def tick(self, source: Any) -> None:
        """Count a step if it is the owner's."""
        self.owner = self.owner or source
        if self.owner is source:
            self._steps.assign_add(1)

    @property
    def step(self) -> tf.Tensor:
        """The step that is being taken, from 0, int64; after its tick."""
        return tf.maximum(self._steps - 1, 0)


class Carried:
    """The rows of one source by step: between its own, the newest one holds.

    Args:
        width: numbers of a row.
    """

    def __init__(self, width: int) -> None:
        self._places = np.zeros(0, np.int64)
        self._rows = np.zeros((0, width), np.float32)

    def add(self, places: np.ndarray, rows: np.ndarray) -> None:
        """Take rows in: their steps, int64 [rows], which never fall, and values [rows, width]."""
        self._places = np.concatenate([self._places, places])
        self._rows = np.concatenate([self._rows, rows])

    def at(self, steps: np.ndarray) -> np.ndarray:
        """A row for each step, which never fall from call to call; NaN while there is none at all."""
        if not len(self._places):
            return np.full((len(steps), self._rows.shape[1]), np.nan, np.float32)
        newest = np.maximum(np.searchsorted(self._places, steps, side="right") - 1, 0)
        found = self._rows[newest]
        if len(newest):
            self._places, self._rows = self._places[newest[-1] :], self._rows[newest[-1] :]
        return found


class Ring:
    """The last rows that were written, in TensorFlow variables; made outside of what is traced.

    It may be read from another thread while a step runs: a row counts once it is there.

    Args:
        capacity: rows it holds.
        width: numbers of a row.
    """

    def __init__(self, capacity: int, width: int) -> None:
        self._capacity, self._width = capacity, width
        self._read = 0
        with tf.init_scope():
            self._rows = tf.Variable(tf.constant(0, tf.int64), trainable=False)
            self._values = tf.Variable(tf.zeros([capacity, width]), trainable=False)
            self._stamps = tf.Variable(tf.zeros([capacity], tf.int64), trainable=False)

    def write(self, stamp: tf.Tensor, row: tf.Tensor) -> None:
        """Add a row: its stamp, int64, and its values, float32 [width]."""
        # As scattered rows: a slice at a place that changes would be compiled anew by XLA for each.
        place = tf.reshape(tf.math.floormod(self._rows, self._capacity), [1])
        stamped = tf.IndexedSlices(tf.reshape(stamp, [1]), place)
        written = [
            self._values.scatter_update(tf.IndexedSlices(row[None], place)),
            self._stamps.scatter_update(stamped),
        ]
        if not tf.executing_eagerly():
            written = [getattr(update, "op", update) for update in written]
        with tf.control_dependencies(written):
            self._rows.assign_add(1)

    def take(self) -> tuple[np.ndarray, np.ndarray]:
        """Rows since the last call: stamps, int64 [rows], and values, float32 [rows, width]."""
        rows = int(self._rows.numpy())
        first = max(self._read, rows - self._capacity)
        places = np.arange(first, rows) % self._capacity
        self._read = rows
        if not len(places):
            return np.zeros(0, np.int64), np.zeros((0, self._width), np.float32)
        return self._stamps.numpy()[places], self._values.numpy()[places]
