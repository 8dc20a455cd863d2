"""What is left of the gradient one time step earlier, in a SimpleRNN at initialization."""

from __future__ import annotations

from math import sqrt

from ..preset.schema import Preset, RnnSettings
from ..stream.data_facts import DataFacts
from .activations import activation
from .formulas import NoFormula
from .kernels import kernel_moments
from .mean_field import chi, fixed_point


def time_ratio(preset: Preset, data: DataFacts) -> float | None:
    """||dL/dh_(t-1)|| / ||dL/dh_t|| = sqrt(chi) far from both ends of the sequence.

    chi = sigma_w^2 E[phi'(sqrt(q*) g)^2] with q* = sigma_w^2 E[phi(sqrt(q*) g)^2] + the variance that
    inputs and bias bring in at every step (Chen et al. 2018, "Dynamical isometry and a mean field
    theory of RNNs", section 2).

    Args:
        preset: the experiment.
        data: its data in numbers.

    Returns:
        None for gated cells, several layers, targets at every step, and weights that are not random.
    """
    model = preset.model
    if not isinstance(model, RnnSettings) or model.cell != "SimpleRNN" or model.depth != 1:
        return None
    if data.task == "sequence":
        return None
    width, features, inputs = model.width, data.input_shape[-1], data.train.inputs
    try:
        phi = activation(model.activation)
        kernel = kernel_moments(model.initializer, features, width)
        recurrent = kernel_moments(model.recurrent_initializer, width, width)
        bias = kernel_moments(model.bias_initializer, width, width)
    except NoFormula:
        return None
    if not (kernel.reliable and recurrent.reliable) or bias.mean or not recurrent.variance:
        return None
    fed = kernel.gain(features) * (inputs.mean**2 + inputs.std**2)
    fed += bias.variance if model.use_bias else 0.0
    gain = recurrent.gain(width)
    q = fixed_point(phi, gain, fed, start=min(max(fed, 1e-6), 1e6))
    if q == float("inf"):
        return None
    return sqrt(chi(phi, q, gain))
