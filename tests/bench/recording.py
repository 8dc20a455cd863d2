"""What `GradientRecorder` costs a `fit` of 12 layers of 256, for four ways to compile it, beside TensorBoard.

python tests/bench/recording.py

Recorded and unrecorded epochs take turns, so that a machine that does other things as well slows both.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from gradlab.engine import GradientRecorder

STEPS, BATCH, WIDTH, DEPTH = 200, 32, 256, 12
ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 7

WAYS: dict[str, dict[str, Any]] = {
    "plain": {},
    "jit": {"jit_compile": True},
    "50 steps a call": {"steps_per_execution": 50},
    "jit, 50 steps a call": {"jit_compile": True, "steps_per_execution": 50},
}


class Times(keras.callbacks.Callback):
    """Seconds of each epoch but the first, which compiles."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds: list[float] = []

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Look at the clock."""
        self._began = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Keep the time."""
        if epoch:
            self.seconds.append(time.perf_counter() - self._began)


def training(callbacks: list[Any], **options: Any) -> Callable[[int], list[float]]:
    """A net whose `fit` can be called for some epochs; returns their seconds."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(STEPS * BATCH, 64)).astype("float32")
    y = rng.integers(0, 10, STEPS * BATCH)
    hidden = [keras.layers.Dense(WIDTH, "tanh") for _ in range(DEPTH - 1)]
    model = keras.Sequential([keras.Input((64,)), *hidden, keras.layers.Dense(10, "softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", **options)

    def fit(epochs: int) -> list[float]:
        times = Times()
        model.fit(
            x, y, batch_size=BATCH, epochs=epochs + 1, verbose=0, callbacks=[*callbacks, times]
        )
        return times.seconds

    return fit


def ratio(callbacks: list[Any], **options: Any) -> float:
    """Median time of an epoch with callbacks over that without, from trainings that take turns."""
    with_, without = training(callbacks, **options), training([], **options)
    pairs = [(min(with_(2)), min(without(2))) for _ in range(ROUNDS)]
    return statistics.median(a / b for a, b in pairs)


def main() -> None:
    """Print the ratios."""
    for name, options in WAYS.items():
        with tempfile.TemporaryDirectory() as folder:
            print(f"{name:22} {ratio([GradientRecorder(folder)], **options):5.2f} x", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        board = keras.callbacks.TensorBoard(folder, histogram_freq=1)
        print(f"{'TensorBoard, plain':22} {ratio([board]):5.2f} x")


if __name__ == "__main__":
    main()
