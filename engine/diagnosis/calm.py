"""Which steps give the fast rules nothing to see: found for many steps at once, so that looking is cheap."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ..stream.history import History
from .growth import STARTS_HIGH, WITH_LOSS
from .problems.vanishing_gradient import STALLED_TOTAL
from .view import WINDOW, Places, View

DEPTH = 100.0
"""Growth of delta from the last hidden layer to the first that is far from an explosion."""


@dataclass(frozen=True)
class Calm:
    """Where the newest unquiet step lies.

    Attributes:
        first: row of the first step that was looked at.
        broken: for each row from there on, the newest row at or before it whose loss is not finite or has
            grown; -1 if there is none.
        uneven: the same for rows whose delta differs much by depth.
    """

    first: int
    broken: np.ndarray
    uneven: np.ndarray

    def quiet(self, rows: int) -> bool:
        """Whether the fast rules are silent about the window that ends before row `rows`."""
        return self.steady(rows) and self.uneven[rows - 1 - self.first] < rows - WINDOW

    def steady(self, rows: int) -> bool:
        """Whether nothing breaks in that window, though delta may differ by depth."""
        return bool(self.broken[rows - 1 - self.first] < rows - WINDOW)


def find_calm(history: History, places: Places, view: View, begin: int) -> Calm:
    """Look for calm in all rows from `begin` on.

    If a row's lowest delta is at least a hundredth of every other, so is the median over rows; so a
    quiet window has neither a vanishing nor an exploding profile.

    Args:
        history: the run.
        places: where its series lie.
        view: any view of it that knows the first loss.
        begin: first row to look at.
    """
    rows = slice(begin, None)
    losses = places.take_scalar(history.steps, "loss", rows)
    gradients = places.take_scalar(history.steps, "grad_norm", rows)
    with np.errstate(invalid="ignore"):
        first = view.initial_loss
        reference = max(view.baseline, first if math.isfinite(first) else 0.0)
        broken = ~np.isfinite(losses)
        # A median of five can only be high if two high ones lie within three.
        high = losses >= WITH_LOSS * reference
        if high.any():
            broken |= high & (
                np.append(False, high[:-1]) | np.append([False] * 2, high[:-2])[: len(high)]
            )
        if len(gradients):
            broken |= ~np.isfinite(gradients)
        if not first < STARTS_HIGH * view.fresh_loss:
            broken[:] = True
        uneven = np.zeros(len(losses), bool)
        hidden = places.hidden
        if places.has("delta_norm") and len(hidden) > 1:
            delta = places.take(history.steps, "delta_norm", rows)
            lowest = delta[:, 0]
            uneven = ~(lowest > 1.01 * STALLED_TOTAL * delta.max(axis=1))
            uneven |= ~(delta[:, hidden[0]] < DEPTH * delta[:, hidden[-1]])
    return Calm(begin, _newest(broken, begin), _newest(uneven, begin))


def _newest(flags: np.ndarray, first: int) -> np.ndarray:
    """For each row the newest flagged one at or before it, -1 if there is none."""
    rows = np.arange(first, first + len(flags))
    return np.maximum.accumulate(np.where(flags, rows, -1)) if len(flags) else rows
