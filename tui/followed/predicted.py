"""What theory predicts for a run before training, for the dotted lines in its charts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...engine.preset.schema import Preset
from ...engine.stream.events import Started


@dataclass(frozen=True, eq=False)
class Predicted:
    """What charts draw beside the measurements; None where theory is silent.

    Attributes:
        profile: norm of delta by depth over that of the output layer [layers].
        time_ratio: what is left of the gradient one time step earlier, in a recurrent layer.
    """

    profile: np.ndarray | None = None
    time_ratio: float | None = None


def predict_run(preset: Preset, started: Started) -> Predicted:
    """What theory predicts for a run; nothing where the data are not known."""
    from ...engine.theory.through_time import time_ratio

    if started.data is None:
        return Predicted()
    return Predicted(_profile(preset, started), time_ratio(preset, started.data))


def _profile(preset: Preset, started: Started) -> np.ndarray | None:
    """None where mean field has nothing reliable to say, or the net is measured in other layers."""
    from ...engine.theory.expectation import expect

    expected = expect(preset, started.data)
    if expected is None or len(expected.units) != len(started.layers):
        return None
    profile = expected.typical_profile
    return profile if np.isfinite(profile).all() else None
