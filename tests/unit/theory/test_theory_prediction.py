"""Predictions against networks of random weights, in NumPy, with a random cotangent per sample."""

from __future__ import annotations

import numpy as np
import pytest

from gradlab.engine.preset.schema import MlpSettings
from gradlab.engine.theory import activation, kernel_moments, predict

ROWS = 256
INPUTS = np.random.default_rng(0).normal(size=(64, 64))
EPSILON = 1e-3


def normalize(z):
    return (z - z.mean(0)) / np.sqrt(z.var(0) + EPSILON)


def normalize_backward(g, z):
    u, deviation = normalize(z), np.sqrt(z.var(0) + EPSILON)
    return (g - g.mean(0) - u * (g * u).mean(0)) / deviation


def measure(model, inputs, outputs, *, seed):
    """delta norms `[rows, layers]`, weight gradient norms and pre-activations of one network."""
    random, phi = np.random.default_rng(seed), activation(model.activation)
    hidden = model.width if isinstance(model.width, list) else [model.width] * model.depth

    def kernel(initializer, shape):
        moments = kernel_moments(initializer, *shape)
        return random.normal(moments.mean, moments.variance**0.5, shape)

    h, tape = inputs, []
    for index, units in enumerate(hidden):
        w = kernel(model.initializer, (h.shape[1], units))
        shortcut = bool(model.residual and index)
        projection = (
            kernel(model.initializer, w.shape) if shortcut and w.shape[0] != units else None
        )
        bias = kernel_moments(model.bias_initializer, units, units)
        z = h @ w + random.normal(bias.mean, bias.variance**0.5, units)
        u = normalize(z) if model.normalization == "before" else z
        a = phi.value(u)
        y = normalize(a) if model.normalization == "after" else a
        mask = (random.random(y.shape) >= model.dropout) / (1 - model.dropout)
        tape.append((h, w, z, u, a, mask, shortcut, projection))
        y = y * mask
        h = y + (h if projection is None else h @ projection) if shortcut else y
    head = kernel(model.output_initializer, (h.shape[1], outputs))
    delta = random.normal(size=(len(h), outputs))
    deltas, grads = [np.linalg.norm(delta, axis=1)], [np.linalg.norm(h, axis=1)]
    g = delta @ head.T
    for h, w, z, u, a, mask, shortcut, projection in reversed(tape):
        branch = g * mask
        if model.normalization == "after":
            branch = normalize_backward(branch, a)
        delta = branch * phi.slope(u)
        if model.normalization == "before":
            delta = normalize_backward(delta, z)
        deltas.insert(0, np.linalg.norm(delta, axis=1))
        grads.insert(0, np.linalg.norm(h, axis=1))
        straight = g if projection is None else g @ projection.T
        g = delta @ w.T + (straight if shortcut else 0)
    deltas = np.array(deltas)
    return deltas, deltas * np.array(grads), [entry[2] for entry in tape], [e[4] for e in tape]


def compare(model, *, inputs=None, outputs=10, networks=4):
    """The prediction, what is typical of delta and of weight gradients, and the last network.

    The mean over rows and networks is geometric: a root mean square follows the few rows whose
    signal happened to grow.
    """
    if inputs is None:
        inputs = np.random.default_rng(0).normal(size=(ROWS, 256))
    prediction = predict(
        model,
        input_units=inputs.shape[1],
        input_second_moment=float(np.mean(inputs**2)),
        output_units=outputs,
        input_mean=float(inputs.mean()),
        input_variance=float(inputs.var(0).mean()),
    )
    runs = [measure(model, inputs, outputs, seed=seed) for seed in range(networks)]
    delta = np.exp(np.mean([np.log(d).mean(1) for d, *_ in runs], 0))
    weight = np.exp(np.mean([np.log(w).mean(1) for _, w, *_ in runs], 0))
    return prediction, delta, weight, runs[-1]


def per_layer(profile):
    """Geometric mean ratio between hidden layers."""
    return (profile[0] / profile[-2]) ** (1 / (len(profile) - 2))


PLAIN = [
    ("linear", "glorot_normal"), ("tanh", "glorot_uniform"), ("sigmoid", "glorot_uniform"),
    ("relu", "he_normal"), ("selu", "lecun_normal"), ("gelu", "he_normal"),
    ("tanh", {"name": "random_normal", "stddev": 1.0}),
]  # fmt: skip
MORE = [
    ("tanh", "he_normal"), ("sigmoid", "he_normal"), ("relu", "glorot_uniform"), ("elu", "he_normal"),
    ("softplus", "glorot_uniform"), ("hard_sigmoid", "glorot_uniform"), ("mish", "he_normal"),
    ("sigmoid", {"name": "random_normal", "stddev": 1.0}),
]  # fmt: skip
LATER = [pytest.param(*case, marks=pytest.mark.slow) for case in MORE]


@pytest.mark.parametrize(("name", "initializer"), [*PLAIN, *LATER], ids=str)
def test_twenty_plain_layers(name, initializer):
    model = MlpSettings(depth=20, width=256, activation=name, initializer=initializer)
    prediction, delta, weight, (_, _, z, a) = compare(model)
    expected = prediction.typical_ratio_per_layer
    assert prediction.reliable
    assert expected == pytest.approx(per_layer(delta), rel=0.02)
    assert prediction.delta_ratio_per_layer == pytest.approx(per_layer(delta), rel=0.07)
    assert per_layer(prediction.weight_gradient_profile) == pytest.approx(
        per_layer(weight), rel=0.07
    )
    at = [0, 1, 2]
    measured = np.array([np.var(layer) + np.mean(layer) ** 2 for layer in z])[at]
    predicted = (prediction.preactivation_variance + prediction.preactivation_mean**2)[at]
    np.testing.assert_allclose(predicted, measured, rtol=0.15)
    np.testing.assert_allclose(
        prediction.activation_second_moment[at], [np.mean(a[k] ** 2) for k in at], rtol=0.15
    )


def test_layer_by_layer_with_unequal_widths():
    model = MlpSettings(width=[512, 128, 400, 256], activation="tanh", initializer="glorot_normal",
                        output_initializer="he_normal", bias_initializer={"name": "random_normal",
                        "stddev": 0.3})  # fmt: skip
    inputs = 1.5 * np.random.default_rng(5).normal(size=(ROWS, 64))
    prediction, delta, weight, (_, _, z, a) = compare(model, inputs=inputs, outputs=100, networks=8)
    np.testing.assert_allclose(prediction.delta_ratio, delta[:-1] / delta[1:], rtol=0.05)
    np.testing.assert_allclose(prediction.weight_gradient_profile, weight / weight[-1], rtol=0.1)
    np.testing.assert_allclose(
        prediction.preactivation_variance[:-1], [x.var() for x in z], rtol=0.15
    )
    np.testing.assert_allclose(prediction.activation_std[:-1], [x.std() for x in a], rtol=0.1)


@pytest.mark.parametrize("name", ["relu", "tanh", "sigmoid", "selu", "linear"])
@pytest.mark.parametrize("projection", [False, True])
def test_residual_layers(name, projection):
    width = [256, 300] * 5 if projection else 256
    model = MlpSettings(depth=10, width=width, activation=name, residual=True,
                        initializer="lecun_normal")  # fmt: skip
    prediction, delta, _, (_, _, z, _) = compare(model)
    assert prediction.delta_ratio_per_layer == pytest.approx(per_layer(delta), rel=0.05)
    assert prediction.preactivation_variance[5] == pytest.approx(np.mean(z[5] ** 2), rel=0.25)


@pytest.mark.parametrize("place", ["before", "after"])
@pytest.mark.parametrize("name", ["relu", "tanh", "sigmoid", "selu"])
def test_batch_normalization_of_many_independent_rows(name, place):
    model = MlpSettings(depth=8, width=256, activation=name, normalization=place)
    inputs = np.random.default_rng(0).normal(size=(1024, 256))
    prediction, delta, _, _ = compare(model, inputs=inputs, networks=2)
    assert prediction.delta_ratio_per_layer == pytest.approx(per_layer(delta), rel=0.05)


def test_batch_normalization_of_relu_explodes_as_yang_et_al_say():
    model = MlpSettings(depth=20, width=256, activation="relu", normalization="before")
    prediction = predict(model, input_units=64, input_second_moment=1.0, output_units=10)
    assert prediction.delta_ratio[5] == pytest.approx((np.pi / (np.pi - 1)) ** 0.5, rel=3e-3)
    assert "large batch" in prediction.note


def test_batch_normalization_deviates_where_inputs_have_few_directions():
    random = np.random.default_rng(0)
    inputs = random.normal(size=(ROWS, 3)) @ random.normal(size=(3, 64))
    model = MlpSettings(depth=8, width=256, activation="linear", normalization="before")
    prediction, delta, _, _ = compare(model, inputs=inputs, networks=2)
    assert per_layer(delta) > 1.05 * prediction.delta_ratio_per_layer


@pytest.mark.parametrize("place", ["before", "after"])
def test_batch_normalization_inside_residual_layers(place):
    model = MlpSettings(depth=10, width=256, activation="relu", normalization=place, residual=True)
    inputs = np.random.default_rng(0).normal(size=(1024, 256))
    prediction, delta, _, _ = compare(model, inputs=inputs, networks=2)
    assert prediction.delta_ratio_per_layer == pytest.approx(per_layer(delta), rel=0.05)


def test_dropout_keeps_he_from_balancing():
    model = MlpSettings(
        depth=12, width=256, activation="relu", initializer="he_normal", dropout=0.5
    )
    prediction, delta, _, _ = compare(model, networks=6)
    assert prediction.delta_ratio_per_layer == pytest.approx(2**0.5, rel=1e-6)
    assert prediction.delta_ratio_per_layer == pytest.approx(per_layer(delta), rel=0.05)


def test_saturated_share_of_unit_normal_weights():
    model = MlpSettings(depth=5, width=256, activation="sigmoid",
                        initializer={"name": "random_normal", "stddev": 1.0})  # fmt: skip
    prediction, _, _, (_, _, _, a) = compare(model)
    measured = [np.mean(abs(2 * x - 1) > 0.95**0.5) for x in a]
    np.testing.assert_allclose(prediction.saturated_share[:-1], measured, atol=0.05)


def test_weights_of_positive_mean_saturate_tanh():
    """a = tanh(n a / 2) with n = 5: 0.9856, and a gradient of (n / 2) (1 - a^2) = 0.071 a layer."""
    model = MlpSettings(depth=30, width=5, activation="tanh",
                        initializer={"name": "constant", "value": 0.5})  # fmt: skip
    prediction = predict(model, input_units=2, input_second_moment=0.5, output_units=1)
    assert prediction.activation_mean[-2] == pytest.approx(0.9856, abs=1e-4)
    assert prediction.delta_ratio[10] == pytest.approx(0.0713, rel=0.01)
    assert not prediction.reliable and "rank-one" in prediction.note


@pytest.mark.parametrize("weight", [1.5, 0.5])
def test_scaled_identity_is_exact(weight):
    model = MlpSettings(depth=40, width=2, activation="linear",
                        initializer={"name": "identity", "gain": weight})  # fmt: skip
    prediction = predict(model, input_units=2, input_second_moment=1.0, output_units=2)
    np.testing.assert_allclose(prediction.delta_ratio[:-1], weight)
    np.testing.assert_allclose(prediction.activation_second_moment[:-1],
                               weight ** (2 * np.arange(1, 41)))  # fmt: skip


def test_narrow_networks_are_not_reliable():
    wide, narrow = (
        predict(MlpSettings(depth=5, width=n, initializer="he_normal"), input_units=64,
                input_second_moment=1.0, output_units=1)
        for n in (64, 5)
    )  # fmt: skip
    assert wide.reliable and not narrow.reliable
    np.testing.assert_allclose(narrow.width_factor, np.exp(-5 / (4 * 5)))
    assert narrow.typical_ratio_per_layer == pytest.approx(np.exp(-5 / (4 * 5)))
    assert "so few units" in narrow.note
    assert narrow.scatter == pytest.approx(5**0.5 / 2)


def test_wide_networks_that_scatter_are_not_called_few():
    loud = {"name": "random_normal", "stddev": 40.0}
    prediction = predict(MlpSettings(depth=5, width=512, activation="tanh", initializer=loud),
                         input_units=64, input_second_moment=1.0, output_units=1)  # fmt: skip
    assert not prediction.reliable
    assert "few" not in prediction.note and "512 units whose slopes differ" in prediction.note


@pytest.mark.parametrize(
    ("name", "width", "depth"),
    [("gelu", 16, 12), ("gelu", 32, 12), ("elu", 16, 12), ("selu", 16, 12), ("gelu", 16, 5)],
)
def test_what_is_called_reliable_is_within_three_per_cent(name, width, depth):
    initializer = "lecun_normal" if name == "selu" else "he_normal"
    model = MlpSettings(depth=depth, width=width, activation=name, initializer=initializer)
    prediction, delta, _, _ = compare(model, inputs=INPUTS, networks=200)
    off = abs(prediction.typical_ratio_per_layer / per_layer(delta) - 1)
    assert prediction.reliable == (off < 0.03)


def drawn_orthogonal(widths, activation_name, networks=300):
    """Geometric mean of the delta ratio of random nets with orthogonal kernels."""
    phi, logs = activation(activation_name), []
    for seed in range(networks):
        random = np.random.default_rng(seed)
        h, tape, below = INPUTS[:16], [], INPUTS.shape[1]
        for units in widths:
            q, _ = np.linalg.qr(random.normal(size=(max(below, units), min(below, units))))
            w = q if below >= units else q.T
            tape.append((w, h @ w))
            h, below = phi.value(tape[-1][1]), units
        g, norms = random.normal(size=(len(h), 10)) @ random.normal(size=(10, below)), []
        for w, z in reversed(tape):
            delta = g * phi.slope(z)
            norms.insert(0, np.linalg.norm(delta, axis=1))
            g = delta @ w.T
        logs.append(np.log(norms[0] / norms[-1]).mean() / (len(widths) - 1))
    return np.exp(np.mean(logs))


@pytest.mark.parametrize(
    ("widths", "name"), [([5, 5, 5], "linear"), ([12, 12, 12], "tanh"), ([12, 30, 12], "tanh")]
)
def test_orthogonal_kernels_keep_a_length_at_any_width(widths, name):
    model = MlpSettings(width=widths, activation=name, initializer="orthogonal")
    prediction = predict(model, input_units=64, input_second_moment=1.0, output_units=10)
    drawn = drawn_orthogonal(widths, name)
    if name == "linear":
        assert prediction.typical_ratio_per_layer == pytest.approx(1.0, rel=1e-12)
        assert drawn == pytest.approx(1.0, rel=1e-12)
    assert prediction.typical_ratio_per_layer == pytest.approx(drawn, rel=0.02)


def test_order_and_chaos():
    """Schoenholz et al. 2017: tanh without biases turns from order to chaos at sigma_w^2 = 1."""

    def phases(gain, **settings):
        spec = {"name": "variance_scaling", "scale": gain, "distribution": "untruncated_normal"}
        model = MlpSettings(depth=9, width=100, activation="tanh", initializer=spec, **settings)
        return predict(model, input_units=100, input_second_moment=1.0, output_units=10).phases

    order, chaos = phases(0.9), phases(2.5)
    assert order.fixed_variance == pytest.approx(0.0, abs=1e-6)
    assert order.chi == pytest.approx(0.9, rel=1e-3)
    assert order.correlation_depth == pytest.approx(-1 / np.log(0.9), rel=0.01)
    assert order.trainable_depth == 6 * order.correlation_depth
    assert chaos.chi > 1 > 0 and chaos.fixed_variance > 0.5
    assert chaos.correlation_depth < chaos.gradient_depth * 10
    assert phases(1.0, residual=True) is None
    assert phases(1.0, normalization="before") is None


def test_he_weights_set_relu_no_limit():
    model = MlpSettings(depth=9, width=100, activation="relu", initializer="he_normal")
    phases = predict(model, input_units=100, input_second_moment=1.0, output_units=10).phases
    assert phases.chi == pytest.approx(1.0) and phases.trainable_depth == np.inf


def test_extremes_stay_numbers():
    deep = predict(MlpSettings(depth=1000, width=64, activation="sigmoid"), input_units=4,
                   input_second_moment=1.0, output_units=2)  # fmt: skip
    assert deep.delta_profile[0] == 0.0
    assert deep.delta_ratio_per_layer == pytest.approx(0.236, abs=1e-3)
    for name in ("relu", "exponential", "selu", "gelu"):
        loud = predict(MlpSettings(depth=300, width=256, activation=name,
                       initializer={"name": "random_normal", "stddev": 1.0}), input_units=4,
                       input_second_moment=1.0, output_units=2)  # fmt: skip
        assert not np.isnan(loud.delta_ratio).any()
        assert "float32" in loud.note
    dead = predict(MlpSettings(depth=3, initializer="zeros"), input_units=4,
                   input_second_moment=1.0, output_units=2)  # fmt: skip
    assert list(dead.delta_profile[:2]) == [0.0, 0.0]
    assert "zero weights" in dead.note


def test_an_activation_that_mixes_units_is_refused_in_words():
    prediction = predict(MlpSettings(activation="softmax"), input_units=4,
                         input_second_moment=1.0, output_units=2)  # fmt: skip
    assert not prediction.reliable and "softmax" in prediction.note
    assert np.isnan(prediction.delta_ratio).all()


def test_one_hidden_layer_has_no_ratio_per_layer():
    prediction = predict(
        MlpSettings(depth=1), input_units=4, input_second_moment=1.0, output_units=2
    )
    assert np.isnan(prediction.delta_ratio_per_layer)
    assert len(prediction.delta_ratio) == 1
