"""Where a training stands, and which rows its next steps take."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np

CAPACITY = 1024
"""Most steps of a block; beyond it the cost of a call is lost in the steps."""

WEIGHED_EVERY = 64
"""Steps between two measurements of the weights, each of which costs about as much as two steps."""

DIVERGED_AFTER = 100
"""Consecutive non-finite losses after which a run has diverged and is ended."""


@dataclass
class Cursor:
    """Where a training stands.

    Attributes:
        epoch: epochs that have ended.
        index: steps taken of the next one.
        loss_sum: loss summed over the rows of these steps.
        non_finite: newest steps in a row whose loss is not finite.
        seconds: time that the training has taken.
    """

    epoch: int = 0
    index: int = 0
    loss_sum: float = 0.0
    non_finite: int = 0
    seconds: float = 0.0

    @classmethod
    def of(cls, document: dict[str, Any]) -> Cursor:
        """The cursor of a checkpoint, which may hold more."""
        return cls(**{field.name: document[field.name] for field in fields(cls)})

    def document(self) -> dict[str, Any]:
        """What a checkpoint holds of it."""
        return asdict(self)

    @property
    def diverged(self) -> bool:
        """Whether the loss has been beyond numbers for too long."""
        return self.non_finite >= DIVERGED_AFTER

    def advance(self, losses: np.ndarray, counts: np.ndarray) -> int:
        """Move behind steps that were trained, and say how many of them count.

        What a block trains beyond divergence depends on its length, so it is left out.

        Args:
            losses: mean loss of each step, float64 [steps].
            counts: its rows, [steps].
        """
        steps = len(losses)
        finite = np.flatnonzero(np.isfinite(losses))
        self.non_finite = steps - 1 - int(finite[-1]) if len(finite) else self.non_finite + steps
        beyond = max(0, self.non_finite - DIVERGED_AFTER)
        steps, self.non_finite = steps - beyond, self.non_finite - beyond
        self.loss_sum += float((losses[:steps] * counts[:steps]).sum())
        self.index += steps
        return steps

    def end_epoch(self) -> None:
        """Move to the beginning of the next epoch."""
        self.epoch, self.index, self.loss_sum = self.epoch + 1, 0, 0.0


class Batches:
    """Which rows each step of an epoch takes.

    Args:
        rows: rows of the training set.
        batch_size: most rows of a step.
        shuffle: whether each epoch has an order of its own.
    """

    def __init__(self, rows: int, batch_size: int, *, shuffle: bool) -> None:
        self.rows = rows
        self.size = min(batch_size, rows)
        """Rows of every step but perhaps the last."""
        self.steps = -(-rows // self.size)
        """Steps of an epoch."""
        self.last = rows - (self.steps - 1) * self.size
        """Rows of the last step."""
        self.capacity = min(CAPACITY, self.steps)
        """Most steps of a block."""
        self._shuffle = shuffle

    def order(self, seed: int, epoch: int) -> np.ndarray:
        """Row numbers of every step of an epoch, int32 [steps, size]; the last padded with row 0."""
        numbers = np.zeros(self.steps * self.size, np.int32)
        if self._shuffle:
            # Keras' own shuffle repeats orders between runs and epochs.
            numbers[: self.rows] = np.random.default_rng([seed, epoch]).permutation(self.rows)
        else:
            numbers[: self.rows] = np.arange(self.rows)
        return numbers.reshape(self.steps, self.size)

    def counts(self) -> np.ndarray:
        """Rows of every step, int32 [steps]."""
        counts = np.full(self.steps, self.size, np.int32)
        counts[-1] = self.last
        return counts

    def weighed(self, epoch: int) -> np.ndarray:
        """Steps of an epoch, counted from 1, after which the weights are measured, whoever is looking:
        one in `WEIGHED_EVERY`, the last, and the first ones of the training by powers of two."""
        marks = {*range(WEIGHED_EVERY, self.steps, WEIGHED_EVERY), self.steps}
        if epoch == 0:
            marks |= {2**power for power in range(WEIGHED_EVERY.bit_length() - 1)}
        return np.array(sorted(mark for mark in marks if mark <= self.steps))

    def seen(self, steps: int) -> int:
        """Rows that the first steps of an epoch take."""
        return min(steps * self.size, self.rows)
