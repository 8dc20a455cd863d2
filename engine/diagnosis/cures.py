"""The catalogue of cures: each an edit of the preset, its reason, and where it comes from.

Each function yields the remedy, or nothing where the preset's family has no such setting; whether the edit
changes anything is for `remedies` to see.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from ..findings.finding import Finding, Remedy
from .context import Context
from .edits import (
    activation_and_initializer,
    has_activation,
    hidden_activation,
    initial_rate,
    scale_free,
)
from .weights import critical_gain

OUTPUTS = {
    "binary": "For two classes, one sigmoid unit is the probability that binary cross-entropy judges.",
    "classification": "For one class of many, softmax gives the probabilities, which sum to 1, that "
    "categorical cross-entropy judges.",
    "regression": "Numbers may lie anywhere: an output without activation reaches them, and a squared "
    "error measures how far off it is.",
}
"""Why an output suits a task; a sequence's is that of its classes."""


NAMED = {
    "relu": "he_normal", "leaky_relu": "he_normal", "prelu": "he_normal", "rrelu": "he_normal",
    "selu": "lecun_normal", "tanh": "he_uniform", "linear": "glorot_uniform",
}  # fmt: skip
"""Initializers by name that pass the gradient of an activation on at its size."""


def relu_he(context: Context) -> Iterator[Remedy]:
    yield Remedy(
        "relu_he",
        activation_and_initializer(context.preset, "relu", "he_normal"),
        "ReLU's slope is 1 where it is active, and He weights make up for the half where it is not: "
        "delta keeps its size from layer to layer.",
        "He et al. 2015: delta ratio 1.0 per layer",
    )


def tanh_sound(context: Context) -> Iterator[Remedy]:
    yield Remedy(
        "tanh_he",
        activation_and_initializer(context.preset, "tanh", "he_uniform"),
        "In narrow layers ReLU units die by chance; tanh with weights of variance 2 / fan_in keeps "
        "delta's size (1.05 per layer) and cannot die.",
        "IMD slides on better deep learning; it learns in 30 of 30 seeds where ReLU fails in 7 %",
    )


def selu_lecun(context: Context) -> Iterator[Remedy]:
    yield Remedy(
        "selu_lecun",
        activation_and_initializer(context.preset, "selu", "lecun_normal"),
        "SELU with LeCun weights brings every layer back to mean 0 and variance 1 by itself.",
        "Klambauer et al. 2017: delta ratio 1.035 per layer",
    )


def leaky_relu(context: Context) -> Iterator[Remedy]:
    yield Remedy(
        "leaky_relu_he",
        activation_and_initializer(context.preset, "leaky_relu", "he_normal"),
        "A leaky ReLU has a slope on both sides, so its units cannot die.",
        "Maas et al. 2013",
    )


def batch_norm(context: Context) -> Iterator[Remedy]:
    preset = context.preset
    if preset and preset.model.family in ("mlp", "resnet") and preset.train.batch_size >= 8:
        yield Remedy(
            "batch_norm_before",
            {"model.normalization": "before"},
            "Batch normalization keeps the input of every activation where its slope is large.",
            "Ioffe and Szegedy 2015; on digits it alone revives 11 sigmoid layers",
        )


def residual(context: Context) -> Iterator[Remedy]:
    if context.preset and context.preset.model.family in ("mlp", "resnet"):
        yield Remedy(
            "residual",
            {"model.residual": True},
            "Shortcuts lead the gradient past each layer, so depth does not multiply its losses.",
            "He et al. 2016",
        )


def less_depth(context: Context) -> Iterator[Remedy]:
    model = context.preset.model if context.preset else None
    depth = getattr(model, "depth", None)
    if depth and depth > 3 and isinstance(getattr(model, "width", None), int):
        yield Remedy(
            "less_depth",
            {"model.depth": max(2, depth // 3)},
            "A net with fewer layers loses less on the way; depth helps only while it can be trained.",
            "G. Bruns, slides on vanishing gradients: accuracy against depth",
        )


def initializer(context: Context) -> Iterator[Remedy]:
    activation = hidden_activation(context.preset)
    name = NAMED.get(activation, "glorot_uniform")
    weights: str | dict[str, Any] = name
    if activation not in NAMED and (gain := critical_gain(activation)) is not None:
        name = f"gain_{gain:g}"
        weights = {"class_name": "VarianceScaling", "config": {"scale": gain, "mode": "fan_in"}}
    edits = activation_and_initializer(context.preset, None, weights)
    yield Remedy(
        f"initializer_{name}",
        edits,
        f"Weights with the variance that suits {activation or 'the activation'} neither shrink nor grow "
        "what passes through them.",
        "Glorot and Bengio 2010; He et al. 2015; IMD slides on better deep learning",
    )


def recurrent_initializer(context: Context) -> Iterator[Remedy]:
    if context.preset and context.preset.model.family == "rnn":
        yield Remedy(
            "recurrent_orthogonal",
            {"model.recurrent_initializer": "orthogonal"},
            "An orthogonal recurrent kernel keeps the length of what it passes from step to step.",
            "Saxe et al. 2013",
        )


def nonlinear(context: Context) -> Iterator[Remedy]:
    if has_activation(context.preset) and hidden_activation(context.preset) == "linear":
        yield from relu_he(context)


def constant_rate(context: Context) -> Iterator[Remedy]:
    if context.preset and isinstance(context.preset.optimizer.learning_rate, dict):
        yield Remedy(
            "constant_learning_rate",
            {"optimizer.learning_rate": initial_rate(context)},
            "The rate stays where the schedule began, so that the last steps still move.",
            "Goodfellow et al. 2016, 8.3.1",
        )


def larger_batch(context: Context) -> Iterator[Remedy]:
    if context.preset:
        yield Remedy(
            "larger_batch",
            {"train.batch_size": min(max(32, 4 * context.preset.train.batch_size), 512)},
            "A mean over more rows points more steadily.",
            "AutoTrainer: batch size against oscillation",
        )


def forget_bias(context: Context) -> Iterator[Remedy]:
    model = context.preset.model if context.preset else None
    if getattr(model, "cell", None) == "LSTM":
        yield Remedy(
            "forget_bias",
            {"model.forget_bias": 3.0},
            "A forget gate that starts open keeps 95 % of the state, and of its gradient, at each step.",
            "Jozefowicz et al. 2015; a forget bias of 1 leaves 5e-8 of the gradient over 100 steps",
        )
    elif getattr(model, "cell", None) == "SimpleRNN":
        yield Remedy(
            "lstm",
            {"model.cell": "LSTM"},
            "An LSTM's state is added to, not multiplied, so its gradient survives many steps.",
            "Hochreiter and Schmidhuber 1997",
        )


SOUND_UPDATE = 3e-3
"""Norm of an update over that of the weights that a rate is sized for: about 1e-3 is usual, and small nets
bear more."""


def lower_rate(context: Context, finding: Finding | None = None) -> Iterator[Remedy]:
    rate, usual = initial_rate(context), context.usual_rate
    target = usual if rate > 10 * usual else rate / 10
    if sized := sized_rate(rate, finding):
        target = min(max(sized, min(target, usual / 10)), 3 * usual, rate / 3)
    yield Remedy(
        "lower_learning_rate",
        {"optimizer.learning_rate": float(f"{target:.3g}")},
        "Shorter steps stay within the part of the loss that the gradient describes.",
        "J. Brownlee, Understand the Dynamics of Learning Rate: SGD at 1.0 oscillates, 0.1 to 0.001 learn",
    )


def warm_up(context: Context) -> Iterator[Remedy]:
    rate = min(initial_rate(context), 3 * context.usual_rate)
    yield Remedy(
        "warm_up",
        {
            "optimizer.learning_rate": {
                "class_name": "CosineDecay",
                "config": {
                    "initial_learning_rate": rate / 100,
                    "decay_steps": 10_000,
                    "warmup_target": rate,
                    "warmup_steps": 500,
                },
            }
        },
        "The rate starts at a hundredth and rises while the net leaves its steepest part.",
        "Goyal et al. 2017",
    )


def clip(context: Context) -> Iterator[Remedy]:
    preset = context.preset
    if preset is None or scale_free(preset):
        return
    settings = preset.optimizer
    if settings.clipnorm is None and settings.global_clipnorm is None:
        yield Remedy(
            "global_clipnorm",
            {"optimizer.global_clipnorm": 1.0},
            "Clipping all gradients together bounds the length of a step and keeps its direction.",
            "Pascanu et al. 2013; J. Brownlee, How to Avoid Exploding Gradients With Gradient Clipping",
        )


def looser_clip(key: str, threshold: float) -> Iterator[Remedy]:
    yield Remedy(
        f"looser_{key}",
        {f"optimizer.{key}": float(f"{threshold:.2g}")},
        "A clip is meant for the rare large gradient; at the usual size, it lets half of them pass.",
        "Pascanu et al. 2013: a threshold above the average norm",
    )


def scale_targets(context: Context) -> Iterator[Remedy]:
    size = context.size("inputs")
    edits = {"data.target_scale": "standard"}
    if size is not None and size > 4 and context.preset and context.preset.data.scale == "none":
        edits["data.scale"] = "standard"
    yield Remedy(
        "scale_targets",
        edits,
        "Targets of mean 0 and variance 1 match the size of a fresh net's outputs, so gradients and "
        "losses start near 1.",
        "J. Brownlee, How to Improve Neural Network Stability With Data Scaling: mean squared error "
        "from NaN to 0.003",
    )


def scale_inputs(context: Context) -> Iterator[Remedy]:
    preset = context.preset
    images = preset is not None and preset.data.name in (
        "digits", "mnist", "fashion_mnist", "cifar10",
    )  # fmt: skip
    for scale in ("unit", "standard") if images else ("standard", "minmax"):
        yield Remedy(
            f"scale_inputs_{scale}",
            {"data.scale": scale},
            "Initial weights are made for inputs of size 1.",
            "LeCun et al. 1998; TheDeepChecker",
        )
    yield from batch_norm(context)


def sized_rate(rate: float, finding: Finding | None) -> float | None:
    """The rate whose updates would be `SOUND_UPDATE` of the weights, from the update ratio that a finding
    measured; None if it measured none."""
    measured = finding.evidence.get("update_ratio") if finding else None
    if not isinstance(measured, float) or not measured > 0 or not math.isfinite(measured):
        return None
    return rate * SOUND_UPDATE / measured


def higher_rate(context: Context, finding: Finding | None = None) -> Iterator[Remedy]:
    rate, usual = initial_rate(context), context.usual_rate
    target = usual if rate < usual else 3 * rate
    if sized := sized_rate(rate, finding):
        target = max(min(sized, 10 * usual), target)
    yield Remedy(
        "higher_learning_rate",
        {"optimizer.learning_rate": float(f"{target:.3g}")},
        "Longer steps reach the same place in fewer of them.",
        "J. Brownlee, Understand the Dynamics of Learning Rate: 1e-6 and 1e-7 learn nothing in 200 epochs",
    )


def adam(context: Context) -> Iterator[Remedy]:
    if context.preset and not scale_free(context.preset):
        yield Remedy(
            "adam",
            {"optimizer.name": "adam", "optimizer.learning_rate": 0.001},
            "Adam gives every weight a step of its own size, so small gradients move too.",
            "Kingma and Ba 2015",
        )


def momentum(context: Context) -> Iterator[Remedy]:
    if context.preset and context.preset.optimizer.name == "sgd":
        yield Remedy(
            "momentum",
            {"optimizer.momentum": 0.9},
            "Momentum adds up steps that point the same way: up to ten times the speed.",
            "J. Brownlee, Understand the Dynamics of Learning Rate: about 50 epochs instead of 200",
        )


def more_epochs(context: Context) -> Iterator[Remedy]:
    if context.preset:
        yield Remedy(
            "more_epochs",
            {"train.epochs": 3 * context.preset.train.epochs},
            "The loss still falls: let it.",
            "Goodfellow et al. 2016, 5.2",
        )


def wider(context: Context) -> Iterator[Remedy]:
    width = getattr(context.preset.model, "width", None) if context.preset else None
    if isinstance(width, int):
        yield Remedy(
            "wider",
            {"model.width": min(max(4 * width, 32), 65536)},
            "More units can express a finer boundary.",
            "IMD slides on better deep learning: bias and variance",
        )


def regularized(context: Context) -> Iterator[Remedy]:
    family = context.preset.model.family if context.preset else ""
    if family in ("mlp", "rnn"):
        yield Remedy(
            "l2",
            {"model.kernel_regularizer": {"name": "l2", "l2": 0.001}},
            "A penalty on large weights makes the net prefer smooth rules.",
            "J. Brownlee, How to Use Weight Decay to Reduce Overfitting: test accuracy .914 to .943 on moons",
        )
        yield Remedy(
            "dropout",
            {"model.dropout": 0.4},
            "Units that may be missing at any step cannot memorise rows together.",
            "Srivastava et al. 2014; J. Brownlee, How to Reduce Overfitting With Dropout Regularization in "
            "Keras: .771 to .793 on circles",
        )


def early_stopping(context: Context) -> Iterator[Remedy]:
    if context.preset and context.preset.data.validation:
        yield Remedy(
            "early_stopping",
            {"train.early_stopping": {"patience": 20, "restore_best_weights": True}},
            "Training ends, and the best weights are kept, when the validation loss no longer falls.",
            "Prechelt 1998; J. Brownlee, How to Stop Training Deep Neural Networks at the Right Time Using "
            "Early Stopping",
        )


def matching_output(context: Context) -> Iterator[Remedy]:
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
        OUTPUTS.get(context.task, OUTPUTS["classification"]),
        "Goodfellow et al. 2016, 6.2.2",
    )
