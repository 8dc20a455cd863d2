"""What to try against each problem: edits of the preset, the best first, each with its reason.

Only edits that suit the preset are offered: no clipping where the optimizer does not care about the
gradient's size, no lower rate against vanishing, nothing that the preset already has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..findings.finding import Finding, Remedy
from . import cures
from .context import Context
from .edits import (
    changes_something,
    has_activation,
    hidden_activation,
    initial_rate,
    inverse_width,
    scale_free,
)

NARROW = 1.0
"""Sum of 1 / width over the hidden layers beyond which a ReLU net may be dead from the start: the log of
its activations' size varies by 5 times this sum (Hanin and Rolnick 2018)."""

Maker = Callable[[Finding, Context], Iterator[Remedy]]
"""Yields the remedies of one problem in order, suitable or not; unsuitable edits are sorted out later."""


def remedies(finding: Finding, context: Context) -> tuple[Remedy, ...]:
    """The remedies of a finding that suit its preset, the best first; () if the preset is unknown."""
    if context.preset is None:
        return ()
    made: dict[str, Remedy] = {}
    for remedy in MAKERS[finding.problem](finding, context):
        if remedy.name not in made and changes_something(context.preset, remedy.set):
            made[remedy.name] = remedy
    return tuple(made.values())


def _vanishing(finding: Finding, context: Context) -> Iterator[Remedy]:
    narrow = inverse_width(context.preset) > NARROW
    activation = hidden_activation(context.preset)
    if context.preset and context.preset.model.family == "rnn":
        yield from cures.forget_bias(context)
        yield from cures.less_depth(context)
        return
    if activation in ("tanh", "selu", "elu", "linear") or (activation == "relu" and not narrow):
        yield from cures.initializer(context)
    if narrow:
        yield from cures.tanh_sound(context)
        yield from cures.selu_lecun(context)
        yield from cures.batch_norm(context)
        yield from cures.residual(context)
    else:
        yield from cures.relu_he(context)
        yield from cures.batch_norm(context)
        yield from cures.residual(context)
        yield from cures.selu_lecun(context)
    yield from cures.less_depth(context)


def _exploding(finding: Finding, context: Context) -> Iterator[Remedy]:
    activation = hidden_activation(context.preset)
    if has_activation(context.preset) and activation in (
        "exponential",
        "linear",
        "softplus",
        "relu6",
    ):
        narrow = inverse_width(context.preset) > NARROW
        yield from cures.tanh_sound(context) if narrow else cures.relu_he(context)
    if "delta_ratio_per_layer" in finding.evidence:
        yield from cures.initializer(context)
        yield from cures.batch_norm(context)
    if context.preset and not scale_free(context.preset):
        yield from cures.clip(context)
    yield from cures.lower_rate(context)
    yield from cures.initializer(context)
    yield from cures.batch_norm(context)
    yield from cures.less_depth(context)


def _non_finite(finding: Finding, context: Context) -> Iterator[Remedy]:
    yield from cures.lower_rate(context)
    yield from cures.clip(context)
    if context.task == "regression":
        yield from cures.scale_targets(context)
    yield from cures.scale_inputs(context)
    yield from _output(finding, context)


def _dead(finding: Finding, context: Context) -> Iterator[Remedy]:
    if initial_rate(context) > 3 * context.usual_rate:
        yield from cures.lower_rate(context)
    if inverse_width(context.preset) > NARROW:
        yield from cures.tanh_sound(context)
    yield from cures.selu_lecun(context)
    yield from cures.leaky_relu(context)
    yield from cures.batch_norm(context)
    yield from cures.initializer(context)
    yield from cures.lower_rate(context)


def _saturated(finding: Finding, context: Context) -> Iterator[Remedy]:
    if initial_rate(context) > 3 * context.usual_rate:
        yield from cures.lower_rate(context)
    yield from cures.initializer(context)
    yield from cures.batch_norm(context)
    if inverse_width(context.preset) <= NARROW:
        yield from cures.relu_he(context)
    yield from cures.selu_lecun(context)


def _initialization(finding: Finding, context: Context) -> Iterator[Remedy]:
    activation = hidden_activation(context.preset)
    if inverse_width(context.preset) > NARROW and activation in ("relu", "sigmoid", "exponential"):
        # A sound initializer alone leaves narrow ReLU nets to chance, and deep sigmoid nets dead.
        yield from cures.tanh_sound(context)
    elif activation in ("sigmoid", "hard_sigmoid", "exponential"):
        yield from cures.relu_he(context)
    yield from cures.initializer(context)
    yield from cures.batch_norm(context)
    yield from cures.selu_lecun(context)


def _targets(finding: Finding, context: Context) -> Iterator[Remedy]:
    yield from cures.scale_targets(context)
    if finding.severity == "critical":
        yield from cures.clip(context)
        yield from cures.lower_rate(context)


def _rate_high(finding: Finding, context: Context) -> Iterator[Remedy]:
    yield from cures.lower_rate(context)
    yield from cures.warm_up(context)
    yield from cures.clip(context)


def _rate_low(finding: Finding, context: Context) -> Iterator[Remedy]:
    yield from cures.higher_rate(context)
    yield from cures.adam(context)
    yield from cures.momentum(context)


def _no_learning(finding: Finding, context: Context) -> Iterator[Remedy]:
    if initial_rate(context) < context.usual_rate:
        yield from cures.higher_rate(context)
    yield from cures.adam(context)
    yield from cures.momentum(context)
    yield from cures.initializer(context)
    yield from cures.batch_norm(context)
    yield from cures.lower_rate(context)
    yield from cures.wider(context)


def _slow(finding: Finding, context: Context) -> Iterator[Remedy]:
    if initial_rate(context) < context.usual_rate:
        yield from cures.higher_rate(context)
    yield from cures.adam(context)
    yield from cures.momentum(context)
    yield from cures.higher_rate(context)
    yield from cures.batch_norm(context)
    yield from cures.more_epochs(context)


def _oscillating(finding: Finding, context: Context) -> Iterator[Remedy]:
    yield from cures.lower_rate(context)
    if context.preset:
        yield Remedy(
            "larger_batch",
            {"train.batch_size": min(max(32, 4 * context.preset.train.batch_size), 512)},
            "A mean over more rows points more steadily.",
            "AutoTrainer 2021: batch size against oscillation",
        )
        yield Remedy(
            "reduce_on_plateau",
            {"train.reduce_lr_on_plateau": {"monitor": "loss", "patience": 5, "factor": 0.3}},
            "The rate falls as soon as the loss no longer does.",
            "Brownlee, learning rate dynamics",
        )


def _overfitting(finding: Finding, context: Context) -> Iterator[Remedy]:
    yield from cures.regularized(context)
    yield from cures.early_stopping(context)


def _underfitting(finding: Finding, context: Context) -> Iterator[Remedy]:
    yield from cures.wider(context)
    yield from cures.adam(context)
    yield from cures.more_epochs(context)


def _output(finding: Finding, context: Context) -> Iterator[Remedy]:
    preset = context.preset
    if preset is None:
        return
    if preset.model.family in ("mlp", "resnet", "rnn"):
        edits = {"model.output_activation": "auto", "train.loss": "auto"}
    else:
        edits = {"train.loss": "auto"}
        if preset.model.family == "layers":
            last = len(preset.model.layers) - 1
            names = {"binary": "sigmoid", "regression": "linear"}
            edits[f"model.layers.{last}.config.activation"] = names.get(context.task, "softmax")
    if context.task == "binary" and getattr(preset.model, "output_units", None) not in (None, 1):
        edits["model.output_activation"] = "softmax"
    yield Remedy(
        "matching_output",
        edits,
        "One sigmoid unit with binary cross-entropy for two classes, softmax with categorical "
        "cross-entropy for more, a linear output with squared error for numbers.",
        "Goodfellow et al. 2016, 6.2.2",
    )


def _split(finding: Finding, context: Context) -> Iterator[Remedy]:
    preset = context.preset
    if preset is None:
        return
    if preset.data.test_scale == "none":
        yield Remedy(
            "scale_test",
            {"data.test_scale": "same"},
            "The test rows go through the scaler that was fitted on the training rows.",
            "City University lab: test accuracy .797 unscaled",
        )
    yield Remedy(
        "random_split",
        {"data.split": "random"},
        "Rows drawn at random make training and held-out rows alike.",
        "IMD slides, splits",
    )


def _clipping(finding: Finding, context: Context) -> Iterator[Remedy]:
    if context.task == "regression" and (context.size("targets") or 0) > 3:
        yield from cures.scale_targets(context)
    settings = context.preset.optimizer if context.preset else None
    left = finding.evidence.get("left_of_gradient") or 0.1
    for key in ("clipnorm", "global_clipnorm", "clipvalue"):
        value = getattr(settings, key, None)
        if value is not None:
            yield Remedy(
                f"looser_{key}",
                {f"optimizer.{key}": float(f"{value / left:.2g}")},
                "A clip is meant for the rare large gradient; at the usual size, it lets half of them pass.",
                "Pascanu et al. 2013: a threshold above the average norm",
            )
    yield from cures.adam(context)


MAKERS: dict[str, Maker] = {
    "vanishing_gradient": _vanishing,
    "exploding_gradient": _exploding,
    "non_finite": _non_finite,
    "dead_units": _dead,
    "saturated_units": _saturated,
    "no_learning": _no_learning,
    "slow_learning": _slow,
    "oscillating_loss": _oscillating,
    "overfitting": _overfitting,
    "underfitting": _underfitting,
    "unscaled_inputs": lambda finding, context: cures.scale_inputs(context),
    "unscaled_targets": _targets,
    "split_mismatch": _split,
    "output_mismatch": _output,
    "poor_initialization": _initialization,
    "clipping_always": _clipping,
    "learning_rate_high": _rate_high,
    "learning_rate_low": _rate_low,
}
"""The remedies of each problem."""
