"""Losses from logits, encoded targets, and metrics on outputs."""

import keras
import numpy as np
import pytest

from gradlab.engine.errors import PresetError
from gradlab.engine.models.build import build
from gradlab.engine.models.losses import make_loss, make_metrics


def planned(preset, dataset, **train):
    settings = preset({"family": "rnn" if dataset.task == "sequence" else "mlp"}, train=train)
    model = build(settings, dataset)
    return settings, model, make_loss(settings, dataset, model)


def value(plan, model, dataset):
    """The mean loss as the trainer takes it."""
    outputs = model(dataset.train.x)
    if plan.from_logits:
        layer = plan.logits_layer
        outputs = keras.Model(model.input, layer.input)(dataset.train.x)
    return float(np.mean(plan.loss.call(plan.encode(dataset.train.y), outputs)))


@pytest.mark.parametrize(
    ("data", "name", "from_logits", "encoded"),
    [
        ("circles", "binary_crossentropy", True, ((12, 1), "float32")),
        ("table", "sparse_categorical_crossentropy", True, ((12,), "int32")),
        ("sequences", "sparse_categorical_crossentropy", True, ((12, 6), "int32")),
        ("regression", "mean_squared_error", False, ((12, 2), "float32")),
    ],
)
def test_automatic_loss(preset, request, data, name, from_logits, encoded):
    dataset = request.getfixturevalue(data)
    _, _, plan = planned(preset, dataset)
    y = plan.encode(dataset.train.y)
    assert (plan.name, plan.from_logits) == (name, from_logits)
    assert (y.shape, y.dtype.name) == encoded


@pytest.mark.parametrize(
    ("data", "loss", "reference"),
    [
        ("circles", "binary_crossentropy", keras.losses.BinaryCrossentropy()),
        (
            "circles",
            {"name": "binary_focal_crossentropy", "gamma": 3.0},
            keras.losses.BinaryFocalCrossentropy(gamma=3.0),
        ),
        (
            "circles",
            {"name": "binary_crossentropy", "label_smoothing": 0.1},
            keras.losses.BinaryCrossentropy(label_smoothing=0.1),
        ),
        ("circles", "hinge", keras.losses.Hinge()),
        ("table", "sparse_categorical_crossentropy", keras.losses.SparseCategoricalCrossentropy()),
        ("table", "categorical_crossentropy", keras.losses.CategoricalCrossentropy()),
        (
            "table",
            {"class_name": "CategoricalFocalCrossentropy", "config": {"gamma": 1.0}},
            keras.losses.CategoricalFocalCrossentropy(gamma=1.0),
        ),
        ("table", "mse", keras.losses.MeanSquaredError()),
        (
            "table",
            "categorical_generalized_cross_entropy",
            keras.losses.CategoricalGeneralizedCrossEntropy(),
        ),
        ("table", "categorical_hinge", keras.losses.CategoricalHinge()),
        ("table", "kl_divergence", keras.losses.KLDivergence()),
        ("sequences", "categorical_crossentropy", keras.losses.CategoricalCrossentropy()),
        ("sequences", "auto", keras.losses.SparseCategoricalCrossentropy()),
        ("regression", "mean_absolute_error", keras.losses.MeanAbsoluteError()),
        ("regression", {"name": "huber", "delta": 0.5}, keras.losses.Huber(delta=0.5)),
        ("regression", "log_cosh", keras.losses.LogCosh()),
    ],
)
def test_loss_equals_that_of_keras_on_the_outputs(preset, request, data, loss, reference):
    dataset = request.getfixturevalue(data)
    _, model, plan = planned(preset, dataset, loss=loss)
    # predict returns plain arrays, from which Keras cannot look back at the logits
    outputs = model.predict(dataset.train.x, verbose=0)
    expected = float(reference(plan.encode(dataset.train.y), outputs))
    assert value(plan, model, dataset) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("activation", ["softmax", "tanh", "linear"])
def test_an_activation_that_does_not_match_is_trained_as_fit_does(preset, circles, activation):
    settings = preset({"output_activation": activation}, train={"loss": "binary_crossentropy"})
    model = build(settings, circles)
    plan = make_loss(settings, circles, model)
    assert not plan.from_logits
    model.compile(loss="binary_crossentropy")
    expected = model.evaluate(circles.train.x, circles.train.y, verbose=0)
    assert value(plan, model, circles) == pytest.approx(expected, rel=1e-5)


def test_saturated_outputs_keep_their_gradient(preset, circles):
    _, _, plan = planned(preset, circles)
    logits = np.array([[40.0], [-40.0]], "float32")
    losses = plan.loss.call(np.array([[0.0], [1.0]], "float32"), logits)
    np.testing.assert_allclose(losses, [40, 40], rtol=1e-5)


def test_logits_enter_the_activation_layer(preset, table):
    _, model, plan = planned(preset, table)
    assert plan.logits_layer is model.get_layer("prediction")


@pytest.mark.parametrize(
    ("last", "found"),
    [
        ({"class_name": "Dense", "config": {"units": 3, "activation": "softmax"}}, True),
        ({"class_name": "Dense", "config": {"units": 3, "activation": "sigmoid"}}, False),
        ({"class_name": "Dense", "config": {"units": 3}}, False),
        ({"class_name": "Softmax", "config": {}}, True),
    ],
)
def test_final_activation_of_any_layers(preset, table, last, found):
    layers = [{"class_name": "Dense", "config": {"units": 3}}, last]
    settings = preset({"family": "layers", "layers": layers})
    model = build(settings, table)
    plan = make_loss(settings, table, model)
    assert plan.logits_layer is (model.layers[-1] if found else None)


def test_softmax_inside_a_recurrent_cell_is_not_a_final_activation(preset, table):
    layers = [
        {"class_name": "Reshape", "config": {"target_shape": [4, 5]}},
        {"class_name": "SimpleRNN", "config": {"units": 3, "activation": "softmax"}},
    ]
    settings = preset({"family": "layers", "layers": layers})
    assert not make_loss(settings, table, build(settings, table)).from_logits


def test_two_units_for_two_classes(preset, circles):
    settings = preset({"output_units": 2})
    model = build(settings, circles)
    assert model.layers[-1].activation is keras.activations.softmax
    plan = make_loss(settings, circles, model)
    assert plan.name == "sparse_categorical_crossentropy"
    np.testing.assert_array_equal(plan.encode(circles.train.y), np.arange(12) % 2)
    assert value(plan, model, circles) > 0


def test_one_hot_targets(preset, table, sequences):
    _, _, plan = planned(preset, table, loss="categorical_crossentropy")
    np.testing.assert_array_equal(plan.encode(table.train.y)[:4], np.eye(3)[[0, 1, 2, 0]])
    _, _, plan = planned(preset, sequences, loss="categorical_crossentropy")
    one_hot = plan.encode(sequences.train.y)
    assert one_hot.shape == (12, 6, 4)
    np.testing.assert_array_equal(one_hot.argmax(-1), sequences.train.y)


@pytest.mark.parametrize("loss", ["auto", "categorical_crossentropy", "mse", "binary_crossentropy"])
def test_accuracy_is_the_share_of_right_classes(preset, table, loss):
    settings, model, plan = planned(preset, table, loss=loss)
    (accuracy,) = make_metrics(settings, table, plan)
    outputs = model(table.train.x)
    accuracy.update_state(plan.encode(table.train.y), outputs)
    assert accuracy.name == "accuracy"
    expected = np.mean(np.argmax(outputs, -1) == table.train.y)
    assert float(accuracy.result()) == pytest.approx(expected)


def test_accuracy_of_a_sequence_counts_time_steps(preset, sequences):
    settings, model, plan = planned(preset, sequences)
    (accuracy,) = make_metrics(settings, sequences, plan)
    outputs = model(sequences.train.x)
    accuracy.update_state(plan.encode(sequences.train.y), outputs)
    expected = np.mean(np.argmax(outputs, -1) == sequences.train.y)
    assert float(accuracy.result()) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("output", "loss", "outputs"),
    [
        ("auto", "auto", [0.4, 0.6, 0.9, 0.1]),
        ("tanh", "hinge", [-0.2, 0.2, 0.9, -0.9]),
        ("linear", {"name": "binary_crossentropy", "from_logits": True}, [-0.2, 0.2, 3.0, -3.0]),
    ],
)
def test_binary_accuracy_splits_where_the_outputs_do(preset, circles, output, loss, outputs):
    settings = preset({"output_activation": output}, train={"loss": loss})
    plan = make_loss(settings, circles, build(settings, circles))
    (accuracy,) = make_metrics(settings, circles, plan)
    accuracy.update_state(np.array([[0], [1], [0], [0]], "float32"), np.array(outputs)[:, None])
    assert float(accuracy.result()) == 0.75


@pytest.mark.parametrize(
    ("output", "loss", "outputs"),
    [
        ("auto", "auto", [0.4, 0.6, 0.9, 0.1]),
        ("tanh", "squared_hinge", [-0.6, 0.4, 0.9, -0.9]),
    ],
)
def test_rounded_accuracy_asks_a_margin_for_half_a_step(preset, circles, output, loss, outputs):
    settings = preset(
        {"output_activation": output}, train={"loss": loss, "metrics": ["rounded_accuracy"]}
    )
    plan = make_loss(settings, circles, build(settings, circles))
    (accuracy,) = make_metrics(settings, circles, plan)
    labels = np.array([[0], [1], [1], [0]], "float32")
    accuracy.update_state(labels, np.array(outputs, "float32")[:, None])
    assert float(accuracy.result()) == (1.0 if output == "auto" else 0.75)
    weighted = np.array([1, 0, 1, 0], "float32")
    accuracy.reset_state()
    accuracy.update_state(labels, np.array(outputs, "float32")[:, None], sample_weight=weighted)
    assert float(accuracy.result()) == 1.0


def test_regression_has_no_metric_unless_asked(preset, regression):
    settings, _, plan = planned(preset, regression)
    assert make_metrics(settings, regression, plan) == []
    settings, model, plan = planned(preset, regression, metrics=["mae", "r2_score"])
    metrics = make_metrics(settings, regression, plan)
    assert [metric.name for metric in metrics] == ["mae", "r2_score"]
    metrics[0].update_state(plan.encode(regression.train.y), model(regression.train.x))
    expected = np.abs(regression.train.y - model(regression.train.x)).mean()
    assert float(metrics[0].result()) == pytest.approx(expected, rel=1e-5)


def test_metrics_start_empty_and_keep_given_names(preset, circles):
    wanted = [
        "acc",
        "auc",
        {"class_name": "Precision", "config": {"name": "p"}},
        {"name": "recall"},
    ]
    settings, _, plan = planned(preset, circles, metrics=wanted)
    metrics = make_metrics(settings, circles, plan)
    assert [metric.name for metric in metrics] == ["acc", "auc", "p", "recall"]
    assert all(float(np.sum(v)) == 0 for metric in metrics for v in metric.variables)


@pytest.mark.parametrize(
    ("data", "loss", "message"),
    [
        ("table", "categorical_crosentropy", r"train\.loss: .*did you mean"),
        ("table", {"name": "huber", "dlta": 1}, r"train\.loss: .*\"dlta\""),
        ("table", {"name": "mse", "reduction": "sum"}, r"train\.loss: reduction is fixed"),
        (
            "circles",
            "sparse_categorical_crossentropy",
            r"train\.loss: .*needs classes and an output",
        ),
        ("regression", "sparse_categorical_crossentropy", r"train\.loss: .*regression targets"),
        ("table", "ctc", r"train\.loss: ctc cannot compare"),
        ("table", "dice", r"train\.loss: dice gives one value for a whole batch"),
    ],
)
def test_losses_that_cannot_be_taken(preset, request, data, loss, message):
    with pytest.raises(PresetError, match=message):
        planned(preset, request.getfixturevalue(data), loss=loss)


@pytest.mark.parametrize(
    ("data", "metrics", "message"),
    [
        ("table", ["acuracy"], r"train\.metrics.0: .*did you mean"),
        ("table", ["accuracy", "categorical_accuracy"], r"metrics.1: .*class numbers.*accuracy"),
        ("circles", ["sparse_categorical_accuracy"], r"metrics.0: .*0 or 1 in one column"),
        ("regression", ["accuracy"], r"metrics.0: accuracy is for classes"),
        ("table", ["accuracy", "accuracy"], r"metrics.1: accuracy is listed twice"),
        ("circles", ["f1_score"], r"metrics.0: f1_score gives a value for each class"),
    ],
)
def test_metrics_that_cannot_be_taken(preset, request, data, metrics, message):
    dataset = request.getfixturevalue(data)
    settings, _, plan = planned(preset, dataset, metrics=metrics)
    with pytest.raises(PresetError, match=message):
        make_metrics(settings, dataset, plan)
