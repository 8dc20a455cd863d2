"""`gradlab presets data`: rows as they are stored, and the facts about all of them."""

import json

import pytest
from command import gradlab
from sklearn.datasets import load_digits


def test_a_row_is_shown_as_a_picture_with_its_class_and_the_facts():
    done = gradlab("presets", "data", "digits-sgd", "--row", "5", "--set", "data.split=tail")
    assert (done.code, done.err) == (0, "")
    digits = load_digits()
    assert "train row 5 of 1437, counted from 0" in done.out
    assert f"class {digits.target[5]} " in done.out
    assert "inputs         min       max" in done.out


def test_json_has_the_row_itself():
    options = ("--row", "3", "--set", "data.split=tail", "--set", "data.scale=unit", "--json")
    shown = json.loads(gradlab("presets", "data", "digits-sgd", *options).out)["shown"]
    assert shown["x"] == (load_digits().images[3] / 16).tolist()
    assert shown["y"] == load_digits().target[3]


def test_a_plane_shows_all_its_points():
    done = gradlab("presets", "data", "circles-tanh-5")
    assert "circles: 500 train rows" in done.out and "● outer  ▲ inner" in done.out


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--row", "9999"), "--row 9999: the train rows are numbered 0 to 1436"),
        (("--split", "test"), "--split test: digits-sgd has no such rows, only train, validation"),
    ],
)
def test_what_is_not_there_is_said(options, message):
    done = gradlab("presets", "data", "digits-sgd", *options)
    assert (done.code, done.out) == (2, "") and message in done.err
