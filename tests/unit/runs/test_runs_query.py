"""Finding and sorting runs by what is typed into a filter."""

import math
from pathlib import Path

import pytest

from gradlab.engine.errors import RunError
from gradlab.engine.runs.listing import RunRow
from gradlab.engine.runs.query import filter_runs, parse, sort_runs


def row(run: str, **values) -> RunRow:
    preset = {
        "model": {"depth": values.pop("depth", 3), "activation": values.pop("activation", "relu")},
        "optimizer": {"name": "adam", "learning_rate": values.pop("lr", 1e-3)},
    }
    return RunRow(run, Path(run), preset="circles", info={"preset": preset}, **values)


ROWS = [
    row("a", status="finished", final={"val_loss": 0.3}, findings=("vanishing_gradient",), lr=0.1),
    row("b", status="failed", final={"val_loss": math.nan}, tags=("best",), activation="tanh"),
    row("c", status="finished", final={"val_loss": 0.1, "loss": 2.0}, depth=30, seed=4),
    row("d", status="dead", lr=None, name="my run", note="look again"),
]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", "abcd"),
        ("lr>=1e-3", "abc"),
        ("lr>=1e-2 preset:circles", "a"),
        ("finding:vanishing", "a"),
        ("-finding:vanishing", "bcd"),
        ("status:finished,dead", "acd"),
        ("status!=finished", "bd"),
        ("tag:best", "b"),
        ("val_loss<0.2", "c"),
        ("val_loss=nan", "b"),
        ("model.depth=30", "c"),
        ("depth>3 seed=4", "c"),
        ("activation:TANH", "b"),
        ("optimizer:adam", "abcd"),
        ('"my run"', "d"),
        ('note:"look again"', "d"),
        ("vanishing", "a"),
        ("-circles", ""),
    ],
)
def test_queries(query: str, found: str):
    assert "".join(r.id for r in filter_runs(ROWS, query)) == found


@pytest.mark.parametrize(
    ("query", "found"),
    [("status:live", "e"), ("status:training", "e"), ("live", "e"), ("-live", "abcd")],
)
def test_a_run_that_is_being_trained_is_found_as_live(query: str, found: str):
    rows = [*ROWS, row("e", status="training", liveness="live")]
    assert "".join(r.id for r in filter_runs(rows, query)) == found


@pytest.mark.parametrize(
    ("field", "order"),
    [
        ("val_loss", "cabd"),
        ("-val_loss", "acbd"),
        ("lr", "bcad"),
        ("-depth", "cabd"),
        ("seed", "cabd"),
    ],
)
def test_runs_without_the_field_come_last_whichever_way(field: str, order: str):
    assert "".join(r.id for r in sort_runs(ROWS, field)) == order


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("lerning_rate>1", "nearest: .*learning_rate"),
        ("lr>fast", "compares with a number"),
        ("lr>=", "write a value behind >="),
        ("lr > 1e-3", "without blanks"),
        ("lr >1e-3", "without blanks"),
        ("depth : 3", "without blanks"),
        ("lr==0.1", "comparisons are"),
        ("lr=>0.1", "comparisons are"),
        ("lr>nan", "compares with a number"),
        ('"open', "quotation"),
    ],
)
def test_what_is_wrong_is_said(query: str, message: str):
    with pytest.raises(RunError, match=message):
        filter_runs(ROWS, query)


def test_an_empty_list_takes_any_field():
    assert filter_runs([], "anything>3") == [] and sort_runs([], "anything") == []
    assert parse("a:b,c")[0].values == ("b", "c")
