"""The learning-rate range test: a training whose rate rises at every step, until the loss does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from ..errors import PresetError
from ..training.parts import Parts

LOWEST, HIGHEST = 1e-7, 10.0
"""Rates of the test: what any optimizer takes lies between."""

STEPS = 300
"""Steps over all of the range: some forty a decade."""

MEMORY = 0.95
"""Of the smoothed loss, debiased: about twenty steps, half a decade."""

BEYOND = 4.0
"""Times the smallest smoothed loss at which the test ends, as in fastai's `lr_find`."""

BELOW_MINIMUM = 10.0
"""The suggested rate is the rate of the smallest loss over this: fastai's `minimum / 10`; at the minimum
itself the rate is about to be too large."""


@dataclass(frozen=True, eq=False)
class RateRange:
    """What a range test has shown.

    Attributes:
        rates: the rate of each step [steps].
        losses: its loss, on the batch [steps].
        smoothed: the loss as an exponential mean, debiased [steps].
        suggested: the rate to train with; None if the loss fell nowhere.
    """

    rates: np.ndarray
    losses: np.ndarray
    smoothed: np.ndarray
    suggested: float | None


def rate_range(parts: Parts) -> RateRange:
    """Train through rates that rise by a factor at every step (Smith 2017), on the compiled loop.

    Args:
        parts: of the preset, not trained yet.

    Raises:
        PresetError: the preset's rate follows a schedule, which leaves nothing to choose.
    """
    if isinstance(parts.preset.optimizer.learning_rate, dict):
        raise PresetError(
            "optimizer.learning_rate is a schedule; for a range test, override it with a number: "
            "--set optimizer.learning_rate=0.01"
        )
    own: Any = parts.optimizer.learning_rate
    rates = np.geomspace(LOWEST, HIGHEST, STEPS)
    losses: list[float] = []
    smoothed: list[float] = []
    mean = 0.0
    for step, rate in enumerate(rates):
        own.assign(rate)
        loss = _step(parts, step)
        losses.append(loss)
        mean = MEMORY * mean + (1 - MEMORY) * loss
        smoothed.append(mean / (1 - MEMORY ** (step + 1)))
        if not np.isfinite(loss) or smoothed[-1] > BEYOND * min(smoothed):
            break
    taken = rates[: len(losses)]
    return RateRange(taken, np.array(losses), np.array(smoothed), suggestion(taken, smoothed))


def suggestion(rates: np.ndarray, smoothed: list[float]) -> float | None:
    """A tenth of the rate at which the smoothed loss is smallest; None if it never fell."""
    finite = np.where(np.isfinite(smoothed), smoothed, np.inf)
    best = int(np.argmin(finite))
    return float(rates[best] / BELOW_MINIMUM) if finite[best] < 0.99 * finite[0] else None


def _step(parts: Parts, step: int) -> float:
    """One training step; returns the loss of its batch."""
    batches = parts.batches
    epoch, index = divmod(step, max(batches.steps - (batches.last < batches.size), 1))
    rows = batches.order(parts.seed, epoch)[index : index + 1]
    records, _ = parts.block(
        *parts.train,
        tf.constant(rows),
        tf.constant([batches.size], tf.int32),
        tf.constant([1]),
        tf.constant(1),
    )
    return float(records.numpy()[0, 0])
