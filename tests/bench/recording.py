"""What `GradientRecorder` costs a `fit` of 12 layers of 256, for four ways to compile it, beside TensorBoard.

python tests/bench/recording.py

Recorded and unrecorded epochs take turns, so that a machine that does other things as well slows both.
TensorBoard with `histogram_freq=1` is beside it. `chrt -r 1` keeps other processes out of the measurement.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import threading
import time
from typing import Any

import keras
import numpy as np

from gradlab.engine import GradientRecorder

STEPS, BATCH, WIDTH, DEPTH = 200, 32, 256, 12
EPOCHS = int(sys.argv[1]) if len(sys.argv) > 1 else 9

WAYS: dict[str, dict[str, Any]] = {
    "plain": {},
    "jit": {"jit_compile": True},
    "50 steps a call": {"steps_per_execution": 50},
    "jit, 50 steps a call": {"jit_compile": True, "steps_per_execution": 50},
}


class Turns(keras.callbacks.Callback):
    """Keeps the seconds of each epoch but the first, which compiles, and trains only in its turn.

    Args:
        mine: held while this training trains.
        after: of the training whose turn it is then.
    """

    def __init__(self, mine: threading.Semaphore, after: threading.Semaphore) -> None:
        super().__init__()
        self.seconds: list[float] = []
        self._mine, self._after = mine, after

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Wait for the turn."""
        self._mine.acquire()
        self._began = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Keep the time, and let the next one train."""
        if epoch:
            self.seconds.append(time.perf_counter() - self._began)
        self._after.release()


def train(callbacks: list[Any], options: dict[str, Any]) -> None:
    """Fit a net with the callbacks."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(STEPS * BATCH, 64)).astype("float32")
    y = rng.integers(0, 10, STEPS * BATCH)
    hidden = [keras.layers.Dense(WIDTH, "tanh") for _ in range(DEPTH - 1)]
    model = keras.Sequential([keras.Input((64,)), *hidden, keras.layers.Dense(10, "softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", **options)
    model.fit(x, y, batch_size=BATCH, epochs=EPOCHS + 1, verbose=0, callbacks=callbacks)


def ratios(watchers: list[Any], **options: Any) -> list[float]:
    """Median time of an epoch with each callback over that without, from trainings that take turns."""
    gates = [threading.Semaphore(not place) for place in range(len(watchers) + 1)]
    turns = [Turns(gate, gates[place - 1]) for place, gate in enumerate(gates)]
    callbacks = [[turns[0]], *([w, t] for w, t in zip(watchers, turns[1:], strict=True))]
    trainings = [threading.Thread(target=train, args=(given, options)) for given in callbacks]
    for training in trainings:
        training.start()
    for training in trainings:
        training.join()
    plain, *others = (turn.seconds for turn in turns)
    return [statistics.median(a / b for a, b in zip(o, plain, strict=True)) for o in others]


def main() -> None:
    """Print the ratios."""
    for name, options in WAYS.items():
        with tempfile.TemporaryDirectory() as folder:
            board = keras.callbacks.TensorBoard(f"{folder}/board", histogram_freq=1)
            ours, its = ratios([GradientRecorder(folder), board], **options)
            print(f"{name:22} {ours:5.2f} x   TensorBoard {its:5.2f} x", flush=True)


if __name__ == "__main__":
    main()
