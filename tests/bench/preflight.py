"""Seconds of the pre-flight check beyond the imports, for each bundled preset that needs no network.

    python tests/bench/preflight.py [--rounds N]

Loading the data counts; the first round also has TensorFlow's own warming up. Bar: 2 seconds.
"""

from __future__ import annotations

import argparse
import statistics
import time

from gradlab.engine.checks.preflight import preflight
from gradlab.engine.data.load import load_data
from gradlab.engine.preset.load import available, load

FETCHED = ("mnist", "fashion_mnist", "cifar10")
"""Data sets that may have to be fetched first."""


def check_seconds(name: str) -> float:
    """Wall time of one check."""
    began = time.perf_counter()
    preset = load(name)
    preflight(preset, load_data(preset.data, seed=preset.seed), name=name)
    return time.perf_counter() - began


def main() -> None:
    """Print first and median seconds by preset."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    print(f"{'preset':28} {'first':>7} {'median':>7}")
    for entry in available():
        if entry.origin != "bundled" or load(entry.name).data.name in FETCHED:
            continue
        seconds = [check_seconds(entry.name) for _ in range(rounds)]
        print(f"{entry.name:28} {seconds[0]:7.2f} {statistics.median(seconds):7.2f}")


if __name__ == "__main__":
    main()
