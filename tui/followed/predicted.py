"""The profile that theory predicts for a run, for the dotted line in the chart."""

from __future__ import annotations

import numpy as np

from ...engine.preset.schema import Preset
from ...engine.stream.events import Started


def predicted_profile(preset: Preset, started: Started) -> np.ndarray | None:
    """Norm of delta of each layer over that of the output layer at initialization [layers].

    Returns:
        None where mean field has nothing reliable to say, or the net is measured in other layers.
    """
    from ...engine.theory.expectation import expect

    expected = expect(preset, started.data)
    if expected is None or len(expected.units) != len(started.layers):
        return None
    profile = expected.typical_profile
    return profile if np.isfinite(profile).all() else None
