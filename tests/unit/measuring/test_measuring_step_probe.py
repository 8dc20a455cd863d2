"""Every statistic of the compiled step against a plain float64 GradientTape on the same batch."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from gradlab.engine.data.load import load_data
from gradlab.engine.measuring.step_probe import turned
from gradlab.engine.measuring.sums import norm
from gradlab.engine.models.build import build
from gradlab.engine.models.losses import make_loss

TOLERANCE = 1e-4


@pytest.fixture
def float64_policy() -> Any:
    before = keras.config.dtype_policy()
    yield lambda: keras.config.set_dtype_policy("float64")
    keras.config.set_dtype_policy(before)


def reference(preset: Any, weights: list[np.ndarray], rows: np.ndarray) -> dict[str, Any]:
    """The first step by a float64 model whose layer outputs are outputs of a functional model."""
    dataset = load_data(preset.data)
    model = build(preset, dataset)
    model.set_weights(weights)
    plan = make_loss(preset, dataset, model)
    kernels = [
        layer for layer in model.layers if hasattr(layer, "kernel") or hasattr(layer, "cell")
    ]
    logits = plan.logits_layer.input if plan.logits_layer else model.output
    activations = [following_activation(layer, model) for layer in kernels]
    wide = keras.Model(
        model.inputs,
        [logits, *(layer.output for layer in kernels), *(layer.output for layer in activations)],
    )
    x = tf.constant(dataset.train.x[rows].astype("float64"))
    y = tf.constant(plan.encode(dataset.train.y)[rows])
    with tf.GradientTape() as tape:
        head, *outputs = wide(x, training=True)
        per_sample = plan.loss.call(y, head)
        loss = tf.add_n([tf.reduce_mean(per_sample), *model.losses])
    deltas = outputs[: len(kernels)]
    holders = [getattr(layer, "cell", layer) for layer in kernels]
    weights_of = [holder.kernel.value for holder in holders]
    beside = {
        f"{layer.name}/{name}_grad_norm": variable.value
        for layer, holder in zip(kernels, holders, strict=True)
        for name, attribute in (("recurrent", "recurrent_kernel"), ("bias", "bias"))
        if (variable := getattr(holder, attribute, None)) is not None
    }
    gradients = tape.gradient(loss, [*weights_of, *deltas, *beside.values()])
    own = gradients[2 * len(kernels) :]
    gradients = gradients[: 2 * len(kernels)]
    return {
        "beside": {n: np.linalg.norm(np.asarray(g)) for n, g in zip(beside, own, strict=True)},
        "names": [layer.name for layer in kernels],
        "loss": float(loss),
        "grad_norm": [np.linalg.norm(np.asarray(g)) for g in gradients[: len(kernels)]],
        "delta_norm": [np.linalg.norm(np.asarray(g)) for g in gradients[len(kernels) :]],
        "activation_mean": [np.asarray(o).mean() for o in outputs[len(kernels) :]],
        "activation_std": [np.asarray(o).std() for o in outputs[len(kernels) :]],
    }


def following_activation(layer: Any, model: Any) -> Any:
    """The first activation layer downstream of a layer, or the layer itself."""
    names = ("Activation", "ReLU", "LeakyReLU")
    waiting = [layer]
    while waiting:
        current = waiting.pop(0)
        for node in current._outbound_nodes:
            after = node.operation
            if type(after).__name__ in names:
                return after
            if not hasattr(after, "kernel"):
                waiting.append(after)
    return layer


@pytest.mark.parametrize(
    "name", ["dense", "circles", "conv", "recurrent", "residual", "normalized", "penalised"]
)
def test_first_step_agrees_with_float64(
    name: str, small: Any, trainer: Any, float64_policy: Any
) -> None:
    preset = small(name, train={"epochs": 1})
    made = trainer(preset)
    weights = [np.array(w) for w in made.parts.model.get_weights()]
    rows = np.random.default_rng([preset.seed, 0]).permutation(len(made.parts.dataset.train))[:32]
    first = next(e for e in made.run() if type(e).__name__ == "Steps")
    measured = dict(zip((c.name for c in made.parts.probe.columns), first.values[0], strict=True))
    float64_policy()
    expected = reference(preset, weights, rows)

    assert measured["loss"] == pytest.approx(expected["loss"], rel=TOLERANCE)
    for index, layer in enumerate(expected["names"]):
        for statistic in ("grad_norm", "delta_norm", "activation_mean", "activation_std"):
            value = expected[statistic][index]
            assert measured[f"{layer}/{statistic}"] == pytest.approx(
                value, rel=TOLERANCE, abs=1e-7
            ), f"{layer} {statistic}"
    # A bias below batch normalization has no gradient but for rounding.
    rounding = 1e-6 * measured["grad_norm"]
    for column, value in expected["beside"].items():
        assert measured[column] == pytest.approx(value, rel=TOLERANCE, abs=rounding), column
    recurrent = any(column.endswith("/recurrent_grad_norm") for column in measured)
    assert recurrent == (name == "recurrent")
    global_norm = [*expected["grad_norm"], *expected["beside"].values()]
    if name not in ("conv", "normalized", "penalised"):  # further weights, or a penalty of them
        assert measured["grad_norm"] == pytest.approx(np.linalg.norm(global_norm), rel=TOLERANCE)


@pytest.mark.parametrize("scale", [1e-30, 1e-12, 1.0, 1e12, 1e30])
def test_norms_keep_what_float32_squares_lose(scale: float) -> None:
    values = (np.random.default_rng(0).normal(size=(32, 48)) * scale).astype("float32")
    exact = np.linalg.norm(values.astype("float64"))
    assert float(norm(tf.constant(values))) == pytest.approx(exact, rel=1e-6)


@pytest.mark.parametrize("shape", [(), (1,), (5, 5), (784, 256), (3, 3, 8, 16), (1031, 2)])
def test_norm_of_any_shape(shape: tuple[int, ...]) -> None:
    values = np.random.default_rng(1).normal(size=shape).astype("float32")
    assert float(norm(tf.constant(values))) == pytest.approx(
        np.linalg.norm(values.astype("float64")), rel=1e-6
    )


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_non_finite_values_stay_visible(bad: float) -> None:
    values = np.ones((40, 64), "float32")
    values[7, 5] = bad
    assert not np.isfinite(float(norm(tf.constant(values))))


def test_shares_of_zero_and_saturated_activations(small: Any, trained: Any) -> None:
    history = trained(small("residual", train={"epochs": 1}))
    shares = history.steps.series("dense", "zero_share")
    assert ((shares > 0.2) & (shares < 0.8)).all()
    saturating = small(
        "circles",
        model={"initializer": {"name": "random_normal", "stddev": 30.0}},
        train={"epochs": 1},
    )
    assert (trained(saturating).steps.series("dense", "saturated_share") > 0.7).all()


def test_the_recurrent_kernel_is_measured_beside_the_input_kernel(small: Any, trainer: Any) -> None:
    made = trainer(small("recurrent"), block_length=1)
    site = made.parts.probe.sites[0]

    def kernels() -> list[np.ndarray]:
        return [np.array(variable.value) for variable in (site.kernel, site.recurrent)]

    events = made.run()
    probe = next(e for e in events if type(e).__name__ == "Probe").layers[0]
    assert sum(probe.recurrent_counts) == kernels()[1].size
    assert probe.recurrent_edges[0] == pytest.approx(kernels()[1].min())
    before = kernels()
    weights = next(e for e in events if type(e).__name__ == "Weights").values
    measured = dict(zip((c.name for c in made.parts.probe.weight_columns), weights, strict=True))
    for prefix, old, new in zip(("", "recurrent_"), before, kernels(), strict=True):
        name = f"{site.info.name}/{prefix}"
        assert measured[f"{name}weight_norm"] == pytest.approx(np.linalg.norm(new), rel=1e-5)
        moved = np.linalg.norm(new - old) / np.linalg.norm(old)
        assert measured[f"{name}update_ratio"] == pytest.approx(moved, rel=1e-3)


def test_update_ratio_is_that_of_the_last_step(small: Any, trainer: Any) -> None:
    made = trainer(small("dense", optimizer={"name": "sgd", "learning_rate": 0.1}), block_length=1)
    events = made.run()
    before = [np.array(site.kernel.value) for site in made.parts.probe.sites]
    ratios = next(e for e in events if type(e).__name__ == "Weights").values[1::2]
    after = [np.array(site.kernel.value) for site in made.parts.probe.sites]
    expected = [
        np.linalg.norm(new - old) / np.linalg.norm(old)
        for old, new in zip(before, after, strict=True)
    ]
    np.testing.assert_allclose(ratios, expected, rtol=1e-3)


def test_a_clip_by_value_turns_the_gradient_and_one_by_norm_does_not() -> None:
    gradient, size = tf.constant([0.9, 100.0]), tf.constant(np.hypot(0.9, 100.0))
    by_value, by_norm = tf.constant([0.9, 1.0]), gradient / tf.cast(size, tf.float32)
    length, angle = turned([gradient], [by_value], size)
    assert float(length) == pytest.approx(np.hypot(0.9, 1.0))
    assert float(angle) == pytest.approx(np.degrees(np.arctan2(100, 0.9) - np.arctan2(1, 0.9)))
    length, angle = turned([gradient], [by_norm], size)
    assert float(length) == pytest.approx(1.0) and float(angle) < 1e-3
    np.testing.assert_allclose(by_norm, [0.00899964, 0.99995951], rtol=1e-5)
    assert float(turned([gradient * 0], [gradient * 0], size * 0)[1]) == 0
