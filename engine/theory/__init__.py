"""Mean-field theory of signal and gradient flow through a deep network at initialization.

Pure functions of NumPy numbers: nothing here imports Keras or looks at a model's weights.

References:
    Poole et al. 2016, Exponential expressivity in deep neural networks through transient chaos.
    Schoenholz et al. 2017, Deep information propagation.
    Yang et al. 2019, A mean field theory of batch normalization.
    Hanin and Nica 2018, Products of many large random matrices and gradients in deep networks.
"""

from __future__ import annotations

from .activations import ACTIVATIONS, activation
from .formulas import NoFormula
from .gaussian import Moments
from .initial_loss import expected_initial_loss
from .kernels import INITIALIZERS, KernelMoments, kernel_moments
from .mean_field import (
    chi,
    correlation_depth,
    delta_ratio,
    fixed_point,
    gradient_depth,
    q_map,
    variance_depth,
    weight_gradient_ratio,
)
from .prediction import Prediction, predict
from .units import Activation

__all__ = [
    "ACTIVATIONS",
    "INITIALIZERS",
    "Activation",
    "KernelMoments",
    "Moments",
    "NoFormula",
    "Prediction",
    "activation",
    "chi",
    "correlation_depth",
    "delta_ratio",
    "expected_initial_loss",
    "fixed_point",
    "gradient_depth",
    "kernel_moments",
    "predict",
    "q_map",
    "variance_depth",
    "weight_gradient_ratio",
]
