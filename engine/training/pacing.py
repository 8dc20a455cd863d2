"""How many steps a block takes: as many as fit into a fifth of a second."""

from __future__ import annotations

BLOCK_SECONDS = 0.2
"""Pause, stop and the screen wait for a block to end, within 250 ms. Each block copies and weighs
all weights once: a tenth of a second would cost a 12 x 256 net 6 % of its time, a small ResNet 9 %."""

GROWTH = 8
"""A block is at most this many times longer than the one before: the first calls mislead."""


class Pacer:
    """Chooses block lengths from the speed of the blocks before.

    Args:
        longest: the capacity of a block.
    """

    def __init__(self, longest: int) -> None:
        self._longest = longest
        self._length = 1

    def length(self, remaining: int) -> int:
        """Steps of the next block, if `remaining` are left."""
        return max(1, min(self._length, remaining, self._longest))

    def took(self, steps: int, seconds: float) -> None:
        """Learn from a block."""
        fitting = int(steps * BLOCK_SECONDS / max(seconds, 1e-6))
        self._length = max(1, min(fitting, self._length * GROWTH, self._longest))
