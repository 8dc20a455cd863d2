"""Keras loads sooner, and what it is refused others still get."""

from __future__ import annotations

import subprocess
import sys

SCRIPT = """
import sys
from gradlab.engine.machine.quick_keras import UNUSED, hasten_keras
hasten_keras()
import keras
assert not set(UNUSED) & set(sys.modules), "Keras has loaded them"
assert keras.Sequential([keras.Input((2,)), keras.layers.Dense(3)]).count_params() == 9
import matplotlib.pyplot
from sklearn.datasets import make_circles
print(make_circles(10)[0].shape, matplotlib.pyplot.figure() is not None)
"""


def test_keras_alone_does_without() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True)
    assert done.stdout == "(10, 2) True\n", done.stderr
