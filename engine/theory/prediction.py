"""What mean field expects of the network in a preset, before it is built."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import exp, inf, log, nan, sqrt

import numpy as np

from ..preset.schema import MlpSettings
from .activations import activation
from .backward import log_delta_profile
from .formulas import NoFormula
from .forward import Layer, Signal, forward
from .order_and_chaos import Phases, phases_of
from .units import LARGEST, Activation, Exponential

_FLOAT32_MAX = 3.4e38

_NARROW = 0.1
"""Beyond a tenth of a layer's delta ratio, the first-order correction for finite width is a guess."""

_FEW = 13
"""Units below which a ReLU net, whose slopes have a kurtosis of 2, is past `_NARROW`: 5 / 4n > 0.1."""

_WANDERING = 0.03
"""Beyond this much of a layer's delta ratio, what a wandering variance does to the slopes is seen: GELU
with He weights in 12 layers of 16, 32 and 64 units has 0.094, 0.047 and 0.023, and is off by 7, 5 and
2 %; below 0.02 nothing of 120 networks of seven activations was off by more than 2 %."""


@dataclass(frozen=True)
class Prediction:
    """Expected statistics by depth; the hidden layers in order, then the output layer.

    Delta is dL/dz at the output z of a Dense layer. Ratios and profiles are those of norms, for
    one sample and a random cotangent on the output; a real loss adds structure near the top only.
    Measure them by a geometric mean over samples: a root mean square follows the few samples whose
    signal happens to grow (4 % a layer for 20 layers of GELU with He weights).

    Attributes:
        units: `[layers]` units of each layer.
        preactivation_mean: `[layers]` mean of z over units.
        preactivation_variance: `[layers]` variance q of z over units.
        activation_mean: `[layers]` mean of what the activation puts out; the output layer's
            activation is taken as linear.
        activation_std: `[layers]` its standard deviation.
        activation_second_moment: `[layers]` its mean square.
        saturated_share: `[layers]` units past the point where tanh and sigmoid have 5 % of their
            largest slope; nan where the activation is unbounded.
        chi: `[layers - 1]` fan_in Var[W] E[phi'^2] between each layer and the one above.
        delta_ratio: `[layers - 1]` ||delta^l|| / ||delta^(l+1)||.
        delta_profile: `[layers]` ||delta^l|| over the output layer's.
        weight_gradient_profile: `[layers]` ||dL/dW^l|| of a sample over the output layer's; nan if
            that is zero.
        delta_ratio_per_layer: geometric mean of the ratios between hidden layers; nan if there is
            only one.
        width_factor: `[layers - 1]` what `delta_ratio` of a single network of these widths is expected
            to be multiplied by: exp(-(3 K - 1) / 4n), K = E[phi'^4] / E[phi'^2]^2, as in Hanin and
            Nica 2018, where it is exp(-5 / 4n) for ReLU. 1 with shortcuts; for orthogonal weights see
            `_norm_variance`.
        scatter: standard deviation over networks of the log of the lowest hidden delta norm,
            sqrt(sum (3 K - 1) / n) / 2, by the same source; an upper bound with shortcuts.
        logit_variance: variance of z of the output layer.
        phases: what becomes of the signal in an endless stack of such layers; None if they differ.
        reliable: whether the assumptions of mean field hold for this network.
        note: one sentence for each reason to doubt it, or to read it with care.
    """

    units: np.ndarray
    preactivation_mean: np.ndarray
    preactivation_variance: np.ndarray
    activation_mean: np.ndarray
    activation_std: np.ndarray
    activation_second_moment: np.ndarray
    saturated_share: np.ndarray
    chi: np.ndarray
    delta_ratio: np.ndarray
    delta_profile: np.ndarray
    weight_gradient_profile: np.ndarray
    delta_ratio_per_layer: float
    width_factor: np.ndarray
    scatter: float
    logit_variance: float
    reliable: bool
    note: str
    phases: Phases | None = None

    @property
    def typical_ratio(self) -> np.ndarray:
        """`[layers - 1]` the delta ratios that one network of these widths is expected to have."""
        return self.delta_ratio * self.width_factor

    @property
    def typical_profile(self) -> np.ndarray:
        """`[layers]` ||delta^l|| over the output layer's, likewise."""
        factors = np.append(np.cumprod(self.width_factor[::-1])[::-1], 1.0)
        return self.delta_profile * factors

    @property
    def typical_ratio_per_layer(self) -> float:
        """Geometric mean of the typical ratios between hidden layers; nan if there is only one."""
        between = self.width_factor[:-1]
        return self.delta_ratio_per_layer * float(np.prod(between ** (1 / max(len(between), 1))))


def predict(
    model: MlpSettings,
    *,
    input_units: int,
    input_second_moment: float,
    output_units: int,
    input_mean: float = 0.0,
    input_variance: float | None = None,
) -> Prediction:
    """Predict signal and gradient of a preset's mlp at initialization, as in a training step.

    Args:
        model: the preset's model.
        input_units: features of a row.
        input_second_moment: mean of x^2 over rows and features, as fed to the network.
        output_units: units of the output layer that the targets ask for; `model.output_units`
            goes before it.
        input_mean: mean of x; matters for kernels of mean other than zero.
        input_variance: mean over features of the variance over rows; matters for batch
            normalization. By default `input_second_moment`, that is, centred features.
    """
    hidden = model.width if isinstance(model.width, list) else [model.width] * (model.depth or 2)
    widths = [*hidden, model.output_units or output_units]
    variance = input_second_moment if input_variance is None else input_variance
    try:
        inputs = Signal(input_mean, input_second_moment, variance)
        layers = forward(model, widths, inputs, input_units)
    except NoFormula as error:
        return _unknown(widths, str(error))
    log_delta = log_delta_profile(layers)
    log_weight = log_delta + [
        0.5 * log(layer.fan_in * layer.below.second) if layer.below.second else -inf
        for layer in layers
    ]
    with np.errstate(invalid="ignore"):  # -inf - -inf where no gradient arrives
        log_ratio = np.where(np.isneginf(log_delta[:-1]), -inf, log_delta[:-1] - log_delta[1:])
    excess = np.array([_norm_variance(layer, above) for layer, above in pairwise(layers)])
    alone = len(hidden) == 1
    shifts = np.zeros(len(excess)) if model.residual else -excess / 4
    reasons = _reasons(model, layers, shifts)
    with np.errstate(over="ignore", invalid="ignore"):
        return Prediction(
            units=np.array(widths),
            preactivation_mean=np.array([layer.mean for layer in layers]),
            preactivation_variance=np.array([layer.variance for layer in layers]),
            activation_mean=np.array([layer.moments.mean for layer in layers]),
            activation_std=np.sqrt([layer.moments.variance for layer in layers]),
            activation_second_moment=np.array([layer.moments.second for layer in layers]),
            saturated_share=np.array([layer.saturated_share for layer in layers]),
            chi=np.array(
                [
                    above.kernel.gain(above.fan_in) * layer.moments.slope_second
                    for layer, above in pairwise(layers)
                ]
            ),
            delta_ratio=np.exp(log_ratio),
            delta_profile=np.exp(log_delta),
            weight_gradient_profile=np.exp(log_weight - log_weight[-1]),
            delta_ratio_per_layer=nan if alone else float(np.exp(np.mean(log_ratio[:-1]))),
            width_factor=np.exp(shifts),
            scatter=sqrt(float(excess.sum())) / 2,
            logit_variance=layers[-1].variance,
            reliable=all(reliable for reliable, _ in reasons),
            note=" ".join(text for _, text in reasons),
            phases=phases_of(model, layers),
        )


def _norm_variance(layer: Layer, above: Layer) -> float:
    """Var[||delta||^2] / E[||delta||^2]^2 that one layer adds: (3 K - 1) / n for independent weights.

    An orthogonal kernel leaves a vector its length, so what it brings down to n units is part of a
    vector on a sphere of m = max(n, units above) dimensions, with E[u_i^4] = 3 / m (m + 2) and
    E[u_i^2 u_j^2] = 1 / m (m + 2): that adds m (3 K + n - 1) / n (m + 2) - 1, nothing for linear units.
    """
    second, n = layer.moments.slope_second, layer.units
    if second == 0.0:
        return 0.0
    kurtosis = layer.moments.slope_fourth / second / second
    if above.kernel.orthogonal:
        m = max(n, above.units)
        return m * (3 * kurtosis + n - 1) / (n * (m + 2)) - 1
    return (3 * kurtosis - 1) / n


def _wandering(phi: Activation, layers: list[Layer]) -> float:
    """What a variance that wanders on its way up does to the delta ratio: its mean log, in size.

    The log of the variance of a single network lies below mean field's by D, where D grows by half of
    `_norm_variance` a layer and by d ln q' / d ln q; the slopes follow by d ln E[phi'^2] / d ln q.
    """
    drift, shifts, step = 0.0, [], 0.02
    for layer, above in pairwise(layers):
        if not 0.0 < layer.variance < LARGEST or not layer.moments.slope_second:
            break
        high, low = (phi.moments(layer.mean, layer.variance * exp(s)) for s in (step, -step))
        if not low.slope_second or not low.second:
            break
        shifts.append(drift * log(high.slope_second / low.slope_second) / (4 * step))
        growth = log(high.second / low.second) / (2 * step)
        drift = growth * drift + _norm_variance(layer, above) / 2
    return abs(float(np.mean(shifts[:-1]))) if len(shifts) > 1 else 0.0


def _reasons(model: MlpSettings, layers: list[Layer], shifts: np.ndarray) -> list[tuple[bool, str]]:
    """Whether the prediction can still be relied on, and a sentence, for each thing to know."""
    reasons = []
    phi, units = activation(model.activation), min(layer.units for layer in layers[:-1])
    shift = float(np.mean(shifts[:-1])) if len(shifts) > 1 else 0.0
    places = [(layers[0], "first"), (layers[-2], "last hidden"), (layers[-1], "output")]
    # With one hidden layer the first is also the last.
    for layer, place in places if len(layers) > 2 else places[1:]:
        if layer.kernel.note:
            reasons.append((layer.kernel.reliable, f"In the {place} layer {layer.kernel.note}."))
    if -shift > _NARROW:
        typical = f"a typical one is at {exp(shift):.2f} of the ratio per layer"
        cause = "so few units" if units < _FEW else f"{units} units whose slopes differ so much"
        reasons.append((False, f"Networks of {cause} scatter widely; {typical}."))
    elif model.normalization == "none" and _wandering(phi, layers) > _WANDERING:
        reasons.append(
            (
                False,
                f"In networks of {units} units the size of the signal wanders on its way up, and the "
                "slopes of this activation with it.",
            )
        )
    if isinstance(phi, Exponential):
        reasons.append((False, "The mean of exp rests on a few rare units."))
    over = [k for k, layer in enumerate(layers) if layer.variance > _FLOAT32_MAX]
    if over:
        reasons.append((True, f"Activations leave the range of float32 at layer {over[0] + 1}."))
    if model.normalization != "none":
        reasons.append(
            (
                False,
                "Batch norm is taken in the limit of a large batch of independent directions; real "
                "inputs have few, which makes the gradient grow faster.",
            )
        )
    return reasons


def _unknown(widths: list[int], note: str) -> Prediction:
    """A prediction that says only why there is none."""
    layers = len(widths)
    everywhere, between = np.full(layers, nan), np.full(layers - 1, nan)
    return Prediction(
        units=np.array(widths),
        preactivation_mean=everywhere,
        preactivation_variance=everywhere,
        activation_mean=everywhere,
        activation_std=everywhere,
        activation_second_moment=everywhere,
        saturated_share=everywhere,
        chi=between,
        delta_ratio=between,
        delta_profile=everywhere,
        weight_gradient_profile=everywhere,
        delta_ratio_per_layer=nan,
        width_factor=between,
        scatter=nan,
        logit_variance=nan,
        reliable=False,
        note=f"{note[0].upper()}{note[1:]}.",
    )
