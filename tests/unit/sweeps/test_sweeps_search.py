"""Points that Optuna chooses: new, better than drawn ones, and the same again from what the runs say."""

import math
from pathlib import Path

import numpy as np
import pytest

from gradlab.engine.errors import PresetError, RunError
from gradlab.engine.preset.load import read, resolve
from gradlab.engine.sweeps.grid import drawn, parse_axis
from gradlab.engine.sweeps.outcome import outcome, told
from gradlab.engine.sweeps.plan import Plan, begin, make_search, read_plan, rewrite, with_point
from gradlab.engine.sweeps.search import Search, Told, suggestions
from gradlab.tui.cli.sweeping import Lanes, Output, Wanted, begin_and_report

AXES = tuple(
    parse_axis(text, drawn=True)
    for text in (
        "optimizer.learning_rate=log(1e-4..1)",
        "model.depth=1..8",
        "model.activation=tanh,relu,{name='elu'}",
    )
)


def worth(point: dict) -> float:
    """Best at 0.01, depth 4, relu."""
    distance = abs(math.log10(point["optimizer.learning_rate"]) + 2)
    return -distance - abs(point["model.depth"] - 4) / 4 - (point["model.activation"] != "relu")


def plan_for(*settings: str, count: int = 6) -> Plan:
    axes = tuple(parse_axis(text, drawn=True) for text in settings)
    text = read(resolve("circles-tanh-5"))
    return make_search(
        "circles-tanh-5", text, Search(axes, count, "maximize"), overrides=(), metric="val_accuracy"
    )


def test_suggestions_are_new_repeat_and_get_better():
    search, points = Search(AXES, 60, "maximize"), []
    for _ in range(60):
        point = next(suggestions(search, points, 1))
        assert point == next(suggestions(search, points, 1))
        assert all(point != before.settings for before in points)
        points.append(Told(point, "value", worth(point)))
    late = np.mean([point.value for point in points[30:]])
    at_random = np.mean([worth(point) for point in drawn(AXES, 200, 1)])
    assert late > at_random + 0.5
    assert isinstance(points[0].settings["model.depth"], int)


def test_what_has_no_value_counts_as_worse():
    def share(end: str) -> float:
        """How often relu is suggested where it is the better one, but for how its points ended."""
        axes = (parse_axis("model.activation=tanh,relu"), parse_axis("seed=0..9999", drawn=True))
        search, points = Search(axes, 99, "maximize"), []
        for seed in range(24):
            name = "relu" if seed % 2 else "tanh"
            ended = "value" if name == "tanh" else end
            points.append(Told({"model.activation": name, "seed": seed}, ended, name == "relu"))
        asked = [next(suggestions(search, points, seed)) for seed in range(40)]
        return np.mean([point["model.activation"] == "relu" for point in asked])

    assert share("diverged") < 0.2 and share("value") > 0.8


def test_a_search_ends_where_every_value_was_tried():
    plan = plan_for("model.depth=2,3")
    known = [Told(dict(plan.points[0]), "value", 0.5)]
    plan = with_point(plan, suggestions(plan.search, known, 0))
    assert sorted(point["model.depth"] for point in plan.points) == [2, 3]
    known = [Told(dict(point), "failed") for point in plan.points]
    plan = with_point(plan, suggestions(plan.search, known, 0))
    assert (len(plan.points), plan.size) == (2, 2)


def test_the_plan_keeps_what_was_chosen(tmp_path: Path):
    plan = plan_for("optimizer.learning_rate=log(1e-3..1)", "model.depth=1..4")
    sweep = begin(tmp_path, plan, ["gradlab"])
    grown = with_point(plan, suggestions(plan.search, told(outcome(sweep, plan)), 0))
    rewrite(sweep, grown)
    again = read_plan(sweep)
    assert (again.search, again.points, again.size) == (grown.search, grown.points, 6)
    found = outcome(sweep, again)
    assert found.statuses == {"waiting": 6}
    assert [point.end for point in told(found)] == ["open", "open"]


def test_what_is_refused_before_anything_starts(tmp_path: Path):
    def asked(*settings: str, metric: str = "", **options) -> None:
        wanted = Wanted("circles-tanh-5", settings, (), None, False, False, **options)
        begin_and_report(
            wanted, tmp_path / "runs", Output(False, False, True, metric), Lanes(1, None)
        )

    depths = "model.depth=1..3"
    with pytest.raises(PresetError, match="--optuna needs one of --maximize"):
        asked(depths, optuna=3)
    with pytest.raises(PresetError, match="--optuna needs one of --maximize"):
        asked(depths, optuna=3, maximize="val_accuracy", minimize="loss")
    with pytest.raises(PresetError, match="go with --optuna"):
        asked(depths, maximize="val_accuracy")
    with pytest.raises(PresetError, match="choose one of --random and --optuna"):
        asked(depths, optuna=3, random=3, maximize="loss")
    with pytest.raises(PresetError, match=r"point model\.depth=-1: "):
        asked("model.depth=-1..3", optuna=3, maximize="val_accuracy")
    with pytest.raises(RunError, match='has "val_acuracy"; a measure is one of accuracy, best'):
        asked(depths, optuna=3, maximize="val_acuracy")
    with pytest.raises(RunError, match="no run of this sweep has"):
        asked(depths, metric="val_mae")
    assert not (tmp_path / "runs").exists()
