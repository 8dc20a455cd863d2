"""A lab that shows hand-made histories, without any training."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from charts_history import history

from gradlab.engine.findings.finding import Finding, Remedy
from gradlab.engine.preset.load import load
from gradlab.engine.stream.events import Finished, Found
from gradlab.tui.app import GradlabApp
from gradlab.tui.followed.live import LiveRun

PRESET = Path(__file__).with_name("six-sigmoid-layers.toml")
"""A preset of the tests' own, so that those of the package can change."""

FINDING = Finding(
    problem="vanishing_gradient",
    layers=("dense_0", "dense_1", "dense_2"),
    first_step=3,
    severity="critical",
    evidence={"delta_ratio_per_layer": 0.25, "delta_lowest_over_highest": 9.8e-4},
    message="The gradient shrinks 4 times at every layer on its way down; the first layer "
    "receives 9.8e-04 of what the last one does.",
    remedies=(
        Remedy(
            "relu_he",
            {"model.activation": "relu", "model.initializer": "he_normal"},
            "ReLU's slope is 1 where it is active.",
            "He et al. 2015",
            'keras.layers.Dense(units, activation="relu")',
        ),
        Remedy(
            "residual",
            {"model.residual": True},
            "Shortcuts pass it on.",
            "He et al. 2016",
            "x = keras.layers.add([x, layer(x)])",
        ),
    ),
)


def shown(ratio: float = 0.25, **fork: Any) -> LiveRun:
    """A finished run whose delta shrinks by a ratio at each layer; below a half with a finding."""
    run = LiveRun(load(PRESET), name=PRESET.stem, runs_dir=None, **fork)
    run.history = history(100, 6, ratio)  # type: ignore[assignment]
    if ratio < 0.5:
        run.history.add(Found(3, FINDING))
    run.history.add(Finished("finished", 100, 2, 4.2))
    return run


def lab(*, theme: str = "dark", ascii_only: bool = False) -> GradlabApp:
    """The lab with its usual preset."""
    return GradlabApp(preset=str(PRESET), runs_dir=Path("runs"), theme=theme, ascii_only=ascii_only)
