"""How much the lines over steps are smoothed: what a key goes through, in the lab and in comparisons."""

from __future__ import annotations

import numpy as np

from ..drawing.axes import above

SMOOTHINGS = (1 / 50, 1 / 10, 0.0)
"""Half-lives of smoothed lines, as shares of the x axis; with 0, lines are as they were recorded."""


def half_life(steps: np.ndarray, share: float) -> float:
    """A share of the axis in steps, the same until the axis grows.

    Args:
        steps: in rising order [points].
        share: one of SMOOTHINGS.
    """
    return above(max(float(steps[-1] - steps[0]), 10.0)) * share if len(steps) else 1.0


def next_smoothing(share: float) -> float:
    """The one after a smoothing, the first after the last."""
    return SMOOTHINGS[(SMOOTHINGS.index(share) + 1) % len(SMOOTHINGS)]


def told(share: float) -> str:
    """What a title says of a smoothing that is not the usual one."""
    if share == SMOOTHINGS[0]:
        return ""
    return f", smoothed over {share:.0%}" if share else ", as recorded"
