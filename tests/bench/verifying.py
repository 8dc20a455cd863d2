"""What `gradlab presets verify` saves: a preset over ten seeds against plain `fit` over as many.

    python tests/bench/verifying.py [--preset moons-l2] [--seeds 10] [--fits 1]

`fit` trains a few of the seeds only; its time per seed is compared with that of ours.
"""

from __future__ import annotations

import argparse
import time

import keras
from steps import keras_twin

from gradlab.engine.data.load import load_data
from gradlab.engine.preset.load import load, resolve
from gradlab.engine.trials.verify import verify


def main() -> None:
    """Time both and print the ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--preset", default="circles-tanh-5")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--fits", type=int, default=1)
    wanted = parser.parse_args()
    path = resolve(wanted.preset)
    preset = load(path)

    began = time.perf_counter()
    verdict = verify(path.stem, preset, seeds=wanted.seeds, base=path.parent)
    ours = (time.perf_counter() - began) / wanted.seeds

    dataset = load_data(preset.data, base=path.parent, seed=preset.seed)
    held_out = (dataset.validation.x, dataset.validation.y) if dataset.validation else None
    began = time.perf_counter()
    for seed in range(wanted.fits):
        keras.utils.set_random_seed(seed)
        keras_twin(preset, dataset).fit(
            dataset.train.x, dataset.train.y, batch_size=preset.train.batch_size,
            epochs=preset.train.epochs, validation_data=held_out, verbose=0,
        )  # fmt: skip
    theirs = (time.perf_counter() - began) / wanted.fits
    print(f"{path.stem}: {verdict.outcome} over {wanted.seeds} seeds, compilation included")
    print(f"  a seed takes {ours:.2f} s, plain fit {theirs:.2f} s: {theirs / ours:.0f} x")


if __name__ == "__main__":
    main()
