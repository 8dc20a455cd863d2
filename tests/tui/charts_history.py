"""Hand-made histories: gradients that fall by a known ratio per layer."""

import numpy as np

from gradlab.engine.findings.finding import Finding
from gradlab.engine.stream.events import (
    STEP_SCALARS,
    WEIGHT_STATISTICS,
    Column,
    Epoch,
    Found,
    LayerInfo,
    LayerProbe,
    Probe,
    Started,
    Steps,
    Weights,
)
from gradlab.engine.stream.history import History

NORMS = ("grad_norm", "delta_norm")


def history(steps: int = 100, depth: int = 6, ratio: float = 0.25) -> History:
    """A run of a dense net whose delta shrinks by `ratio` at each layer on its way down."""
    layers = tuple(
        LayerInfo(f"dense_{i}", "Dense", i, 8, 8, 72, "sigmoid", "glorot_uniform", i == depth - 1)
        for i in range(depth)
    )
    columns = tuple(Column("", s) for s in STEP_SCALARS)
    columns += tuple(Column(layer.name, s) for layer in layers for s in NORMS)
    weights = tuple(Column(layer.name, s) for layer in layers for s in WEIGHT_STATISTICS[:2])
    run = History()
    run.add(Started(layers, columns, weights, 50, 4))
    run.add(rows(0, steps, depth, ratio))
    for step in range(9, steps, 10):
        run.add(Weights(step, float(step), np.array([5.0, 1e-3] * depth, np.float32)))
    for epoch in range(steps // 50):
        logs = {"loss": 2.3, "accuracy": 0.1 + epoch / 10, "val_loss": 2.4, "val_accuracy": 0.2}
        run.add(Epoch(epoch, 50 * (epoch + 1), logs, 1.0))
    for epoch in (-1, 0):
        probe = tuple(
            LayerProbe(f.name, 0.25, 0.5 + epoch / 2, (1, 2, 1), (0, 1, 2, 3), (4, 4), (-1, 0, 1))
            for f in layers
        )
        run.add(Probe(epoch, 50 * (epoch + 1), probe))
    return run


def rows(first: int, last: int, depth: int = 6, ratio: float = 0.25) -> Steps:
    """Step records: loss 2.3 falling slowly, delta 1 at the top, weight gradients twice as large."""
    steps = np.arange(first, last)
    values = np.empty((len(steps), 3 + 2 * depth), np.float32)
    values[:, 0] = 2.3 + 0.4 * np.exp(-steps / 300)
    values[:, 1] = 1e-3
    values[:, 2] = 1.0
    for layer in range(depth):
        values[:, 3 + 2 * layer] = 2 * ratio ** (depth - 1 - layer)
        values[:, 4 + 2 * layer] = ratio ** (depth - 1 - layer)
    return Steps(steps, steps.astype(float), values)


def finding(
    layers: tuple[str, ...] = ("dense_0", "dense_1"), first_step: int = 3, cleared: bool = False
) -> Found:
    """A vanishing gradient."""
    gone = first_step if cleared else None
    sick = Finding("vanishing_gradient", layers, first_step, "critical", {}, "", cleared_step=gone)
    return Found(first_step, sick)
