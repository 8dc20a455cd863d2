"""How much of the gradient arrives: over the layers, and over the time steps."""

from __future__ import annotations

import math
import warnings

import numpy as np

from ..stream.events import LayerProbe
from ..stream.history import History


def delta_ratio_per_layer(history: History, steps: int | None = None) -> float | None:
    """Geometric mean of ||delta^l|| / ||delta^(l+1)|| over hidden layers, the median over steps.

    1 is a gradient that arrives whole; 0 one that does not arrive; None if there are fewer than two
    hidden layers, or no step was recorded.

    Args:
        history: the run.
        steps: look at so many steps only; by default all.
    """
    hidden = [i for i, layer in enumerate(history.layers) if not layer.output]
    rows = slice(None) if steps is None else history.steps.steps < steps
    delta = history.matrix("delta_norm")[rows][:, hidden].astype(np.float64)
    if len(hidden) < 2 or not len(delta):
        return None
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore", RuntimeWarning)  # no finite row at all: the median is NaN
        median = float(np.nanmedian(delta[:, 0] / delta[:, -1]))
    return None if math.isnan(median) else median ** (1 / (len(hidden) - 1))


def time_delta_ratio(probe: LayerProbe) -> float | None:
    """||dL/dh|| of a recurrent layer at the first time step over the last one; None for others."""
    norms = probe.time_delta_norm
    if len(norms) < 2:
        return None
    return norms[0] / norms[-1] if norms[-1] else math.nan
