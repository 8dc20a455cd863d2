"""scikit-learn's scalers on tables, pictures and sequences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

RANGES = {"minmax": (0.0, 1.0), "symmetric": (-1.0, 1.0), "half": (0.0, 0.5)}
"""The ranges that scales map the fitted rows onto."""


@dataclass(frozen=True)
class Scaler:
    """A fitted scale.

    Attributes:
        about: what it does, for people.
        transformer: scikit-learn's transformer over columns; None divides by `divisor`.
        columns: columns it was fitted on; 1 where all values share one scale.
        divisor: the known largest value, or 1 for no scaling.
    """

    about: str
    transformer: Any
    columns: int
    divisor: float = 1.0

    def __call__(self, values: np.ndarray) -> np.ndarray:
        """Scaled values, float32, in the shape they came in."""
        if self.transformer is None:
            scaled = values if self.divisor == 1.0 else _floating(values) / self.divisor
        else:
            table = _floating(values).reshape(-1, self.columns)
            scaled = self.transformer.transform(table).reshape(values.shape)
        return scaled.astype(np.float32)


def fit_scaler(
    scale: str, rows: np.ndarray, *, one_scale: bool = False, largest: float | None = None
) -> Scaler:
    """Fit a scale.

    Args:
        scale: none, unit (divide by the largest value), standard (z-scores), minmax [0, 1],
            symmetric [-1, 1] or half [0, 0.5].
        rows: the rows it is fitted on, [rows, ..., features].
        one_scale: one scale for all values (pictures) instead of one for each feature.
        largest: the largest value possible, if known; unit divides by it without fitting.
    """
    if scale == "none":
        return Scaler("unscaled", None, 1)
    if scale == "unit" and largest is not None:
        return Scaler(f"divided by {largest:g}", None, 1, largest)

    from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, StandardScaler

    if scale == "unit":
        transformer, about = MaxAbsScaler(), "divided by the largest absolute value"
    elif scale == "standard":
        transformer, about = StandardScaler(), "standardised to mean 0, deviation 1"
    else:
        low, high = RANGES[scale]
        transformer, about = MinMaxScaler((low, high)), f"mapped to [{low:g}, {high:g}]"
    columns = 1 if one_scale else rows.shape[-1]
    transformer.fit(_floating(rows).reshape(-1, columns))
    return Scaler(about, transformer, columns)


def _floating(values: np.ndarray) -> np.ndarray:
    # scikit-learn would turn the bytes of pictures into float64, at eight times their size.
    return values if values.dtype.kind == "f" else values.astype(np.float32)
