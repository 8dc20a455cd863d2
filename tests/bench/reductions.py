"""How fast XLA sums a kernel's squares, by the shape it is given; ratios from one run.

Run it by `python tests/bench/reductions.py`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import tensorflow as tf

STEPS = 2000


def microseconds(measure: Callable[[tf.Tensor], tf.Tensor], values: tf.Tensor) -> float:
    """Time of one call inside a compiled loop that changes the values, best of three."""

    def loop(values: tf.Tensor, steps: tf.Tensor) -> Any:
        def body(k: tf.Tensor, total: tf.Tensor, values: tf.Tensor) -> Any:
            moved = tf.tensor_scatter_nd_add(values, [[0, 0]], [0.1])
            return k + 1, total + measure(values), moved

        start = [tf.constant(0), measure(values), values]
        return tf.while_loop(lambda k, *_: k < steps, body, start)[1]

    compiled = tf.function(loop, jit_compile=True, autograph=False)
    steps = tf.constant(STEPS)
    compiled(values, steps)
    best = float("inf")
    for _ in range(3):
        began = time.perf_counter()
        compiled(values, steps).numpy()
        best = min(best, time.perf_counter() - began)
    return 1e6 * best / STEPS


def by_rows(rows: int) -> Callable[[tf.Tensor], tf.Tensor]:
    """Sum of squares in float64 over a first axis of so many rows."""

    def measure(values: tf.Tensor) -> tf.Tensor:
        return tf.reduce_sum(tf.square(tf.cast(tf.reshape(values, [rows, -1]), tf.float64)), axis=0)

    return measure


def main() -> None:
    """Print the time of each shape."""
    kernel = tf.random.normal([256, 256])
    loop_alone = microseconds(lambda values: tf.cast(values[0], tf.float64), kernel)
    print(f"256 x 256 kernel; the loop alone takes {loop_alone:.1f} us and is subtracted")
    shapes = {"one row": lambda v: tf.reduce_sum(tf.square(tf.cast(v, tf.float64)))[None]}
    shapes |= {f"{rows} rows": by_rows(rows) for rows in (8, 16, 32, 64, 256)}
    for name, measure in shapes.items():
        print(f"  {name:10} {microseconds(measure, kernel) - loop_alone:8.1f} us")


if __name__ == "__main__":
    main()
