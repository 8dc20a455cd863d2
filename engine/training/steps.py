"""The compiled block of training steps.

One `tf.function` runs as many steps as it is told: gather the batch, forward, one tape for weights
and layer outputs, statistics, clipping, optimizer. The number of steps is a tensor, so one
compilation serves every block length.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from ..measuring.step_probe import StepProbe, weight_statistics
from ..measuring.sums import norm
from ..models.capture import capture
from ..models.losses import LossPlan
from ..models.row_losses import forward_loss
from ..preset.schema import Preset
from .clipping import clip, clips

RANDOM_LAYERS = (
    "Dropout", "GaussianNoise", "GaussianDropout", "AlphaDropout", "SpatialDropout1D",
    "SpatialDropout2D", "SpatialDropout3D", "RReLU",
)  # fmt: skip


@dataclass(frozen=True)
class StepParts:
    """What a step is made of.

    Attributes:
        preset: the experiment.
        model: the model to train.
        optimizer: built, without clips of its own.
        loss: the loss on logits or outputs.
        metrics: metrics of the model's outputs, updated at every step.
        probe: what to measure, or None to record the loss and the rate only.
        noise_seed: generator of weight and gradient noise.
    """

    preset: Preset
    model: keras.Model
    optimizer: keras.optimizers.Optimizer
    loss: LossPlan
    metrics: Sequence[keras.metrics.Metric]
    probe: StepProbe | None
    noise_seed: keras.random.SeedGenerator


def choose_jit(preset: Preset, layers: Sequence[keras.layers.Layer]) -> bool:
    """Whether XLA compiles the steps; depends on the model alone, so that repeats agree.

    On CPUs XLA wins for stacks of dense and recurrent layers, also where they draw random numbers.
    It loses for convolutions, and for random numbers beside batch normalization or a layer of one unit,
    whose sums draw them over and over (measured: tests/bench/jit.py).
    """
    if preset.train.jit != "auto":
        return preset.train.jit == "on"
    noisy = bool(preset.train.weight_noise or preset.train.gradient_noise)
    random = noisy or any(map(_draws_random_numbers, layers))
    sums = couples_rows(layers) or any(getattr(layer, "units", 0) == 1 for layer in layers)
    return not (random and sums) and not any(
        hasattr(layer, "kernel_size")
        or type(layer).__name__.startswith("Random")  # Keras' augmentations, which XLA refuses
        for layer in layers
    )


def _draws_random_numbers(layer: keras.layers.Layer) -> bool:
    """Whether a layer draws random numbers in training."""
    rates = ("dropout", "recurrent_dropout")
    return type(layer).__name__ in RANDOM_LAYERS or any(getattr(layer, r, 0) for r in rates)


def couples_rows(layers: Sequence[keras.layers.Layer]) -> bool:
    """Whether a row's output in training depends on the other rows of its batch."""
    return any(isinstance(layer, keras.layers.BatchNormalization) for layer in layers)


def penalises_rows(layers: Sequence[keras.layers.Layer]) -> bool:
    """Whether a penalty counts the rows of a batch, those of its padding too."""
    return any(getattr(layer, "activity_regularizer", None) is not None for layer in layers)


def compile_block(parts: StepParts, *, jit: bool, masked: bool) -> Any:
    """The block function: (x, y, rows, counts, limits, rounds) -> (records, weight records).

    Args (of the function returned):
        x, y: all training rows.
        rows: row numbers of each step's batch, int32 [capacity, batch].
        counts: rows of each step that are trained, int32 [capacity].
        limits: up to which step each round goes, int32 [most rounds]; every second round takes one
            step, after which the weights are measured (`limits_of`).
        rounds: how many of the rounds to go, int32 scalar.

    Returns (from it): step records, float32 [capacity, columns], valid up to the last limit; and the
    weight records of the rounds, float32 [most rounds, weight columns], valid for every second one.

    Args:
        parts: what a step is made of.
        jit: compile with XLA.
        masked: padding rows get weight 0 instead of being cut off; needed where shapes are static.
    """
    probe = parts.probe
    width = len(probe.columns) if probe else 2
    variables = parts.model.trainable_variables

    def update(gradients: Sequence[tf.Tensor], last: tf.Tensor) -> None:
        ready = _after(last, gradients) if jit else gradients
        parts.optimizer.apply(ready, variables)

    # Sums over everything, and updates of everything: XLA takes them in one go also where it loses on
    # the rest.
    def compiled(function: Any) -> Any:
        return function if jit else tf.function(function, jit_compile=True, autograph=False)

    measure = compiled(probe.measure) if probe else None
    update, weigh = compiled(update), compiled(weight_statistics)
    kernels = probe.weighed if probe else []

    def block(
        x: Any, y: Any, rows: tf.Tensor, counts: tf.Tensor, limits: tf.Tensor, rounds: tf.Tensor
    ) -> Any:
        def take(index: tf.Tensor, records: tf.TensorArray) -> tuple[tf.Tensor, tf.TensorArray]:
            batch = rows[index]
            if masked:
                mask = tf.cast(tf.range(tf.shape(batch)[0]) < counts[index], tf.float32)
            else:
                # One row is one row; XLA has no batch normalization for "at most one".
                batch = batch if rows.shape[1] == 1 else batch[: counts[index]]
                mask = tf.ones_like(batch, tf.float32)
            inputs, targets = tf.gather(x, batch), tf.gather(y, batch)
            record = _step(parts, measure, update, inputs, targets, mask)
            return index + 1, records.write(index, record)

        def run_to(limit: tf.Tensor, index: tf.Tensor, records: tf.TensorArray) -> Any:
            return tf.while_loop(lambda i, _: i < limit, take, [index, records])

        records = tf.TensorArray(
            tf.float32, rows.shape[0], element_shape=[width], clear_after_read=False
        )
        if not kernels:
            _, records = run_to(limits[rounds - 1], tf.constant(0), records)
            return records.stack(), tf.zeros([limits.shape[0], 0])

        # Rounds of the same compiled loop, so that a step's update can be measured without keeping
        # the old weights at every step.
        def round_of(number: Any, index: tf.Tensor, records: Any, weights: Any) -> Any:
            before = [tf.identity(kernel.value) for kernel in kernels]
            index, records = run_to(limits[number], index, records)
            after = [tf.identity(kernel.value) for kernel in kernels]
            measured = tf.cond(
                tf.equal(number % 2, 1), lambda: weigh(before, after), lambda: nothing
            )
            return number + 1, index, records, weights.write(number, measured)

        nothing = tf.zeros([2 * len(kernels)])
        weights = tf.TensorArray(tf.float32, limits.shape[0], element_shape=nothing.shape)
        start = [tf.constant(0), tf.constant(0), records, weights]
        _, _, records, weights = tf.while_loop(lambda n, *_: n < rounds, round_of, start)
        return records.stack(), weights.stack()

    return tf.function(block, jit_compile=jit, autograph=False)


def limits_of(marks: np.ndarray, steps: int, most: int) -> tuple[np.ndarray, int]:
    """Up to where the rounds of a block go: to before each mark, then over it, at last to the end.

    Args:
        marks: steps of the block, counted from 1, after which the weights are measured; rising.
        steps: steps of the block.
        most: most marks of any block.

    Returns:
        Limits, int32 [2 * most + 1], and the number of rounds.
    """
    limits = np.full(2 * most + 1, steps, np.int32)
    limits[: 2 * len(marks)] = np.stack([marks - 1, marks], axis=1).reshape(-1)
    return limits, 2 * len(marks) + int(not len(marks) or marks[-1] < steps)


def _step(
    parts: StepParts, measure: Any, update: Any, x: Any, y: Any, mask: tf.Tensor
) -> tf.Tensor:
    """One training step; returns its record."""
    train = parts.preset.train
    variables = parts.model.trainable_variables
    clean = _disturb(parts, variables) if train.weight_noise else None
    with tf.GradientTape() as tape, capture(parts.model) as calls:
        outputs = parts.model(x, training=True)
        loss = forward_loss(parts.loss, parts.model, y, outputs, calls, mask)
    sources = parts.probe.deltas(calls) if parts.probe else []
    taken: Any = tape.gradient(
        loss,
        ([variable.value for variable in variables], sources),
        unconnected_gradients=tf.UnconnectedGradients.ZERO,
    )
    deltas = taken[1]
    gradients = [tf.convert_to_tensor(gradient) for gradient in taken[0]]
    if clean is not None:
        for variable, value in zip(variables, clean, strict=True):
            variable.assign(value)
    if train.gradient_noise:
        gradients = [g + _noise(parts, g, train.gradient_noise) for g in gradients]

    clipping = clips(parts.preset.optimizer)
    norms = [norm(gradient) for gradient in gradients] if clipping else []
    clipped = clip(gradients, norms, parts.preset.optimizer) if clipping else gradients
    rate = tf.cast(tf.convert_to_tensor(parts.optimizer.learning_rate), tf.float32)
    record = tf.stack([tf.cast(loss, tf.float32), rate])
    if parts.probe:
        at = _positions([site.kernel for site in parts.probe.sites], variables)
        beside = _positions(parts.probe.beside, variables)
        rest = [i for i in range(len(gradients)) if i not in (*at, *beside)]
        others = [*beside, *rest]
        activations = parts.probe.activations(calls)
        measured = measure(
            activations,
            deltas,
            [gradients[i] for i in at],
            [clipped[i] for i in at],
            [gradients[i] for i in others],
            [clipped[i] for i in others],
            mask,
        )
        record = tf.concat([record, measured], axis=0)
    update(clipped, gradients[0])
    for metric in parts.metrics:
        metric.update_state(y, outputs, sample_weight=mask)
    return record


def _after(last: Any, gradients: Sequence[tf.Tensor]) -> list[tf.Tensor]:
    """The same gradients, made to wait for the last one that backpropagation finds.

    XLA copies each kernel at every step unless it sees that all reading of the old weights is done
    before they change; a choice that is never taken, by the last gradient's bits, shows it that.
    """
    bits = tf.bitcast(tf.cast(tf.reshape(last, [-1])[0], tf.float32), tf.int32)
    never = tf.equal(bits, 0x7FDEADBE)  # a NaN that no computation makes
    return [tf.where(never, tf.zeros_like(gradient), gradient) for gradient in gradients]


def _positions(wanted: Sequence[keras.Variable], variables: Sequence[keras.Variable]) -> list[int]:
    """Where some variables stand among all."""
    position = {id(variable): i for i, variable in enumerate(variables)}
    return [position[id(variable)] for variable in wanted]


def _disturb(parts: StepParts, variables: Sequence[keras.Variable]) -> list[tf.Tensor]:
    """Add noise to the weights; returns them as they were."""
    clean = [tf.identity(variable.value) for variable in variables]
    for variable in variables:
        value = variable.value
        variable.assign(value + _noise(parts, value, parts.preset.train.weight_noise))
    return clean


def _noise(parts: StepParts, like: Any, deviation: float) -> Any:
    return keras.random.normal(like.shape, stddev=deviation, seed=parts.noise_seed)
