"""A callback that stops a training by how a monitored value moves."""

from __future__ import annotations

import json
import math
from itertools import pairwise
from typing import Any, Literal

import keras

Trigger = Literal["no_change", "worse_by", "worsening", "average_change"]


class StopWhen(keras.callbacks.Callback):
    """Stop when a value has moved, or has not, as a trigger says.

    - no_change: over the last `epochs` epochs it stayed within `amount`;
    - worse_by: it is worse than its best by more than `amount`;
    - worsening: it was worse than the epoch before in each of the last `epochs` epochs, the criterion UP
      of Prechelt 1998;
    - average_change: its mean change over the last `epochs` epochs is no improvement of more than `amount`
      an epoch.

    Args:
        monitor: a value of the logs.
        trigger: which of these.
        epochs: epochs that are looked back on.
        amount: in the value's unit.
        mode: min or max, which way is better.
    """

    def __init__(
        self,
        monitor: str,
        trigger: Trigger,
        epochs: int,
        amount: float,
        mode: Literal["min", "max"],
    ) -> None:
        super().__init__()
        self.monitor, self.trigger, self.epochs, self.amount = monitor, trigger, epochs, amount
        self.mode = mode
        self.best = math.inf
        self.seen = "[]"

    def on_train_begin(self, logs: Any = None) -> None:
        """Forget what an earlier training did."""
        self.best, self.seen = math.inf, "[]"

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Judge the newest value."""
        value = (logs or {}).get(self.monitor)
        if value is None:
            return
        # Smaller is better from here on; text, so that a resumed run finds it in the callback's state.
        value = float(value) if self.mode == "min" else -float(value)
        seen = [*json.loads(self.seen), value][-self.epochs - 1 :]
        self.seen, self.best = json.dumps(seen), min(self.best, value)
        if self._fires(seen) and self.model is not None:
            self.model.stop_training = True

    def _fires(self, seen: list[float]) -> bool:
        if self.trigger == "worse_by":
            return seen[-1] > self.best + self.amount
        if len(seen) <= self.epochs:
            return False
        if self.trigger == "no_change":
            return max(seen) - min(seen) <= self.amount
        if self.trigger == "worsening":
            return all(after > before for before, after in pairwise(seen))
        return (seen[0] - seen[-1]) / self.epochs <= self.amount
