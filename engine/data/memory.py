"""The adding and the copy task: long-term memory problems for recurrent networks.

Both as in Arjovsky, Shah and Bengio 2016, "Unitary evolution recurrent neural networks".
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .checks import check_options, whole_option
from .source import Source

LENGTH = 10
"""Symbols to remember in the copy task."""
SYMBOLS = 8
"""Different symbols that they are drawn from."""


def _sizes(name: str, options: dict[str, Any], seed: int, shortest: int) -> tuple[int, int, int]:
    return (
        whole_option(name, options, "n_samples", 1, 10_000),
        whole_option(name, options, "T", shortest, 100),
        whole_option(name, options, "random_state", 0, seed),
    )


def adding(options: dict[str, Any], seed: int) -> Source:
    """Add the two marked numbers of a sequence; always answering 1 has a squared error of 1/6.

    Args:
        options: `n_samples` (10000), `T` steps (100), `random_state` (the seed).

    Returns:
        x float32 [n, T, 2]: a value from U[0, 1) and a mark, which is 1 at one step of each half;
        y float32 [n, 1]: the sum of the two marked values.
    """
    check_options("adding", options, ["n_samples", "T", "random_state"])
    n, steps, random_state = _sizes("adding", options, seed, shortest=2)
    rng = np.random.default_rng(random_state)
    x = np.zeros((n, steps, 2), np.float32)
    x[..., 0] = rng.random((n, steps), dtype=np.float32)
    half = steps // 2
    rows = np.arange(n)
    first = rng.integers(0, half, n)
    second = rng.integers(half, steps, n)
    x[rows, first, 1] = 1.0
    x[rows, second, 1] = 1.0
    y = x[rows, first, 0] + x[rows, second, 0]
    return Source(x=x, y=y[:, None], task="regression", largest=1.0)


def copy(options: dict[str, Any], seed: int) -> Source:
    """Repeat ten symbols after a delay; without memory the cross-entropy is 10 ln 8 / (T + 20).

    The inputs are ten symbols from 1 to 8, T - 1 blanks, a 9 that asks for them, and ten blanks; the
    targets are T + 10 blanks and then the ten symbols.

    Args:
        options: `n_samples` (10000), `T` the delay in steps (100), `random_state` (the seed),
            `length` symbols to remember (10), `symbols` different ones (8).

    Returns:
        x float32 [n, T + 2 length, symbols + 2], one-hot; y int64 [n, T + 2 length] with the
        classes 0 (blank) to `symbols`.
    """
    check_options("copy", options, ["n_samples", "T", "random_state", "length", "symbols"])
    n, delay, random_state = _sizes("copy", options, seed, shortest=1)
    length = whole_option("copy", options, "length", 1, LENGTH)
    letters = whole_option("copy", options, "symbols", 1, SYMBOLS)
    rng = np.random.default_rng(random_state)
    symbols = rng.integers(1, letters + 1, (n, length))
    sequence = np.zeros((n, delay + 2 * length), np.int64)
    sequence[:, :length] = symbols
    sequence[:, length + delay - 1] = letters + 1
    y = np.zeros_like(sequence)
    y[:, -length:] = symbols
    return Source(
        x=np.eye(letters + 2, dtype=np.float32)[sequence],
        y=y,
        task="sequence",
        class_names=("blank", *(str(letter) for letter in range(1, letters + 1))),
        largest=1.0,
    )
