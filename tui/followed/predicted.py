"""The profile that theory predicts for a preset on its data, for the dotted line in the chart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ...engine.preset.schema import Preset


def predicted_profile(
    preset: Preset, data: Mapping[str, Any] | None, layers: int
) -> np.ndarray | None:
    """Norm of delta of each layer over that of the output layer at initialization [layers].

    Args:
        preset: the experiment.
        data: its data in numbers, as `Started.about` has them.
        layers: measured layers.

    Returns:
        None where mean field has nothing reliable to say, or the net is measured in other layers.
    """
    from ...engine.theory.expectation import expect

    expected = expect(preset, data)
    if expected is None or len(expected.units) != layers:
        return None
    profile = expected.typical_profile
    return profile if np.isfinite(profile).all() else None
