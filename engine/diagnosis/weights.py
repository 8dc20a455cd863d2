"""Initial weights: what suits an activation, and what a histogram tells of them."""

from __future__ import annotations

import numpy as np

from ..stream.events import LayerProbe

RECTIFIERS = (
    "relu",
    "relu6",
    "leaky_relu",
    "prelu",
    "rrelu",
    "elu",
    "gelu",
    "silu",
    "swish",
    "mish",
)
"""Activations that need fan_in Var[W] = 2 (He et al. 2015); the others need 1 (LeCun, Glorot)."""


def suited_gain(activation: str) -> float:
    """fan_in Var[W] that keeps signals and gradients their size under an activation."""
    return 2.0 if activation in RECTIFIERS else 1.0


def weight_moments(probe: LayerProbe) -> tuple[float, float]:
    """Mean and variance of the kernel, from its histogram."""
    counts = np.array(probe.weight_counts, float)
    edges = np.array(probe.weight_edges)
    if not counts.sum():
        return 0.0, 0.0
    shares = counts / counts.sum()
    centers = (edges[:-1] + edges[1:]) / 2
    mean = float(shares @ centers)
    return mean, float(shares @ (centers - mean) ** 2)
