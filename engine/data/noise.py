"""Noise on training targets."""

from __future__ import annotations

import numpy as np

from ..errors import DataError


def noisy_numbers(y: np.ndarray, deviation: float, rng: np.random.Generator) -> np.ndarray:
    """Regression targets plus Gaussian noise of a standard deviation, in units of the target."""
    return y + rng.normal(0.0, deviation, y.shape)


def noisy_labels(y: np.ndarray, share: float, classes: int, rng: np.random.Generator) -> np.ndarray:
    """Labels with a share of them redrawn uniformly from all classes.

    A redrawn label can come out as it was, so about share * (1 - 1 / classes) of them are wrong.

    Raises:
        DataError: if the share is above 1.
    """
    if share > 1:
        raise DataError(f"data.target_noise = {share} is the share of labels redrawn: at most 1")
    chosen = rng.choice(y.size, round(share * y.size), replace=False)
    noisy = y.reshape(-1).copy()
    noisy[chosen] = rng.integers(0, classes, len(chosen))
    return noisy.reshape(y.shape)
