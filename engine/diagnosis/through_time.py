"""How the gradient's size changes with the time step of a recurrent layer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .view import View


@dataclass(frozen=True)
class TimeProfile:
    """Gradient by time step, in the newest measurement of the probe batch.

    Attributes:
        layer: index of the recurrent layer.
        total: norm of dL/dh at the first step over the largest at the last tenth of the steps.
        per_step: mean ratio of neighbouring steps.
        steps: time steps.
    """

    layer: int
    total: float
    per_step: float
    steps: int


def time_profiles(view: View) -> list[TimeProfile]:
    """One profile for each recurrent layer that was measured, by depth."""
    probe = view.probe
    profiles = []
    for index, layer in enumerate(view.probed(probe) if probe else []):
        norms = np.array(layer.time_delta_norm if layer else (), float)
        if len(norms) < 3 or not np.isfinite(norms).all():
            continue
        last = float(norms[-max(1, len(norms) // 10) :].max())
        if last <= 0:
            continue
        total = float(norms[0]) / last
        profiles.append(TimeProfile(index, total, total ** (1 / (len(norms) - 1)), len(norms)))
    return profiles
