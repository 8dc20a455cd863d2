"""The grid as it is written, and the mistakes that it is refused for."""

import re

import pytest

from gradlab.engine.errors import PresetError
from gradlab.engine.preset.compilation import shape
from gradlab.engine.preset.load import load, read, resolve
from gradlab.engine.sweeps.grid import axis_of, drawn, grid, parse_axis
from gradlab.engine.sweeps.plan import make_plan
from gradlab.engine.sweeps.supervisor import chunks


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("model.depth=1..4", (1, 2, 3, 4)),
        ("model.width=5..25..10", (5, 15, 25)),
        ("model.dropout=0..0.5..0.25", (0.0, 0.25, 0.5)),
        ("model.dropout=0..0.3..0.1", (0.0, 0.1, 0.2, 0.3)),
        ("model.activation=tanh, relu", ("tanh", "relu")),
        ("optimizer.clipnorm=none,0.5,1.", ("none", 0.5, 1.0)),
        ("optimizer.learning_rate=log(1e-4..1e-1,4)", (1e-4, 1e-3, 1e-2, 1e-1)),
        ("model.dropout=lin(0..1,3)", (0.0, 0.5, 1.0)),
        ("model.residual=true,false", (True, False)),
        ("seed=3,7..9", (3, 7, 8, 9)),
        (
            'model.initializer={class_name="RandomUniform", config={minval=0.0, maxval=1.0}},he_normal',
            (
                {"class_name": "RandomUniform", "config": {"minval": 0.0, "maxval": 1.0}},
                "he_normal",
            ),
        ),
        ('data.path="a..b.csv"', ("a..b.csv",)),
    ],
)
def test_values(text, values):
    assert parse_axis(text).values == values


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("model.depth", "write a setting and its values"),
        ("model.depth=", "write a setting and its values"),
        ("=1..3", "write a setting and its values"),
        ("model.depth=3..1", "from the smaller to the larger"),
        ("model.depth=1..3..0", "by a step above 0"),
        ("model.dropout=0.1..0.5", "say how many numbers"),
        ("model.depth=..4", "a range is two numbers"),
        ("model.depth=1..x", "a range is two numbers"),
        ("model.depth=1,,3", "a value is missing"),
        ("model.depth=2,2", "listed twice"),
        ("model.depth=1..9999999", "are too many"),
        ("optimizer.learning_rate=log(0..1,3)", "numbers above 0"),
        ("optimizer.learning_rate=log(1e-4..1e-1)", "how many numbers"),
        ("optimizer.learning_rate=log(1e-4..1e-1,1)", "from 2 numbers on"),
        ("model.initializer={a=1", "a bracket is not closed"),
        ("model..depth=1..3", "dotted names"),
    ],
)
def test_mistakes_name_their_setting(text, said):
    with pytest.raises(PresetError, match=re.escape(said)) as raised:
        parse_axis(text)
    assert text.partition("=")[0] in str(raised.value)


def test_a_grid_has_every_combination():
    points = grid([parse_axis("model.depth=1..2"), parse_axis("model.activation=tanh,relu")])
    assert points == [
        {"model.depth": 1, "model.activation": "tanh"},
        {"model.depth": 1, "model.activation": "relu"},
        {"model.depth": 2, "model.activation": "tanh"},
        {"model.depth": 2, "model.activation": "relu"},
    ]
    with pytest.raises(PresetError, match=r"model\.depth is given twice"):
        grid([parse_axis("model.depth=1..2"), parse_axis("model.depth=3")])


def test_points_drawn_at_random_lie_in_their_ranges_and_repeat():
    axes = [
        parse_axis(text, drawn=True)
        for text in (
            "model.depth=1..5",
            "optimizer.learning_rate=log(1e-4..1e-1)",
            "model.dropout=0.1..0.5",
            "model.activation=tanh,relu",
        )
    ]
    points = drawn(axes, 200, seed=3)
    assert points == drawn(axes, 200, seed=3) != drawn(axes, 200, seed=4)
    assert {point["model.depth"] for point in points} == {1, 2, 3, 4, 5}
    assert {point["model.activation"] for point in points} == {"tanh", "relu"}
    rates = sorted(point["optimizer.learning_rate"] for point in points)
    assert 1e-4 <= rates[0] < 2e-4 < 10**-2.8 < rates[100] < 10**-2.2 < rates[-1] <= 1e-1
    assert all(0.1 <= point["model.dropout"] <= 0.5 for point in points)


def test_settings_of_a_file_are_texts_or_lists():
    assert axis_of("model.depth", "1..3").values == (1, 2, 3)
    assert axis_of("model.activation", ["tanh", "relu"]).values == ("tanh", "relu")
    assert axis_of("model.depth", 4).values == (4,)
    with pytest.raises(PresetError, match=r"model\.depth: the list of values is empty"):
        axis_of("model.depth", [])


def plan(*settings, repeats=1):
    axes = [parse_axis(text) for text in settings]
    text = read(resolve("circles-tanh-5"))
    return make_plan("circles-tanh-5", text, axes, grid(axes), overrides=(), repeats=repeats)


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("model.depth=0..2", "point model.depth=0: "),
        ("model.depht=1..2", 'point model.depht=1: .*did you mean "?depth'),
        ("model.activation=tanh,nonsense", "point model.activation=nonsense: "),
    ],
)
def test_a_point_that_cannot_be_is_named_before_anything_starts(setting, said):
    with pytest.raises(PresetError, match=f"(?s){said}"):
        plan(setting)


def test_trials_of_one_shape_lie_together():
    made = plan("optimizer.learning_rate=0.01,0.1", "model.depth=1..2", repeats=2)
    assert [trial.preset.seed for trial in made.trials] == [0, 1] * 4
    assert made.trial(5) == made.trials[5]
    portions = chunks(made, range(8), lanes=1)
    assert sorted(map(sorted, portions)) == [[0, 1, 4, 5], [2, 3, 6, 7]]
    assert len(chunks(made, range(8), lanes=2)) == 4
    shapes = {shape(trial.preset) for trial in made.trials}
    assert len(shapes) == 2


def test_data_that_follow_the_seed_are_another_shape():
    one = load("circles-tanh-5", ["data.options.random_state=none"])
    assert shape(one) != shape(one.model_copy(update={"seed": 5}))
    fixed = load("circles-tanh-5")
    assert shape(fixed) == shape(fixed.model_copy(update={"seed": 5}))
