"""How the gradient's size changes with depth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

PROFILE_STEPS = 10
"""Steps whose median makes a profile: enough to outlive one odd batch."""


@dataclass(frozen=True)
class DeltaProfile:
    """Delta by depth.

    Delta is dL/dz at a layer's output before its activation. The gradient of a *kernel* hides what
    happens to it: in ReLU and tanh nets its shrinking on the way down is made up for by the
    activations' shrinking on the way up (Glorot and Bengio 2010, eq. 14).

    Attributes:
        log: log10 of the median delta norm of each layer, [layers]; -inf where it is zero.
        drop: log10 of each layer's delta over the largest one above it, [layers]; 0 at the output,
            NaN where nothing can be said.
        top: for the lowest layer, the layer above it with the largest delta.
        per_layer: mean ratio of neighbours between the lowest layer and `top`; NaN if unknown.
    """

    log: np.ndarray
    drop: np.ndarray
    top: int
    per_layer: float

    @property
    def total(self) -> float:
        """Delta of the lowest layer over the largest above it."""
        return float(10.0 ** self.drop[0]) if len(self.drop) else np.nan

    def total_without(self, layers: Sequence[int] | np.ndarray) -> float:
        """What `total` would be if some layers passed the gradient on without loss.

        The slope of a layer's activation is what turns the gradient at its output into its delta, so a
        layer's own part is its delta over that of the layer above.

        Args:
            layers: indices of those layers.

        Returns:
            NaN if the gradient is cut in one of them, as nothing is known of the rest.
        """
        if not len(self.drop):
            return np.nan
        with np.errstate(invalid="ignore"):
            steps = np.nan_to_num(self.log[1:] - self.log[:-1], nan=0.0, posinf=np.inf)
            lost = sum(max(float(steps[i]), 0.0) for i in layers if i < self.top)
            return float(10.0 ** min(self.drop[0] + lost, 0.0)) if lost < np.inf else np.nan


def delta_profile(deltas: np.ndarray) -> DeltaProfile:
    """The profile of some steps.

    Args:
        deltas: delta norms, [steps, layers] by depth; steps with NaN or infinity are left out.
    """
    deltas = deltas[np.isfinite(deltas).all(axis=1)]
    layers = deltas.shape[1]
    unknown = DeltaProfile(np.full(layers, np.nan), np.full(layers, np.nan), layers - 1, np.nan)
    if not len(deltas) or layers < 2:
        return unknown
    with np.errstate(divide="ignore", invalid="ignore"):
        log = np.log10(np.median(deltas, axis=0))
        above = np.maximum.accumulate(log[::-1])[::-1]
        drop = np.append(log[:-1] - above[1:], 0.0)
    if not np.isfinite(above[-1]) and not np.isfinite(above[0]):
        return unknown  # no gradient anywhere: the loss itself is flat
    top = 1 + int(np.argmax(log[1:]))
    return DeltaProfile(log, drop, top, float(10.0 ** (drop[0] / top)))
