"""Overrides, the differences of two presets, and texts written back."""

from __future__ import annotations

import os
import stat

import pytest

from gradlab.engine.errors import PresetError
from gradlab.engine.preset.diff import diff, flatten
from gradlab.engine.preset.edit import dump, edit, save
from gradlab.engine.preset.load import available, load, load_text
from gradlab.engine.preset.overrides import apply, parse

TEXT = """\
# my experiment
title = "t"  # short

[data]
name = "digits"   # bundled
scale = "unit"

# the net
[model]
depth = 3   # layers
width = 8
"""
LAYERS = """\
[data]
name = "digits"
[model]
family = "layers"
layers = [{ class_name = "Dense", config = { units = 4 } }, { class_name = "Dense", config = { units = 10 } }]
"""


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("relu", "relu"), ("3", 3), ("1e-3", 1e-3), (".5", 0.5), ("-2.", -2.0), ("true", True),
        ("[1, 2]", [1, 2]), ('{name = "elu"}', {"name": "elu"}), ('"3"', "3"), ("", ""),
        ("a=b", "a=b"), ("1\nx = 2", "1\nx = 2"),
    ],
)  # fmt: skip
def test_a_value_is_toml_or_a_plain_string(text, value):
    assert parse(f"model.activation={text}")[:2] == (("model", "activation"), value)


@pytest.mark.parametrize("text", ["model.width", "=3", "model..width=3", "model.width=[1,"])
def test_what_is_no_override_is_refused(text):
    with pytest.raises(PresetError, match="override"):
        parse(text)


def test_overrides_leave_the_document_alone_and_apply_in_order():
    document = {"data": {"name": "digits"}}
    after, places = apply(document, ["model.width=3", ("model.width", 4), "train.epochs=2"])
    assert document == {"data": {"name": "digits"}}
    assert after["model"] == {"width": 4}
    assert places[("model", "width")] == "model.width=4"


def test_none_removes_an_optional_setting_and_stays_where_it_is_a_value():
    preset = load("exploding-clipped", ["optimizer.global_clipnorm=none", "data.scale=none"])
    assert preset.optimizer.global_clipnorm is None
    assert preset.data.scale == "none"
    preset = load("exploding-clipped", ["optimizer.momentum=null", "data.options.noise=0"])
    assert preset.optimizer.model_extra == {}
    with pytest.raises(PresetError, match="must be a whole number"):
        load("exploding-clipped", ["train.epochs=none"])


def test_another_family_drops_defaults_and_refuses_to_drop_more():
    preset = load("vanishing-sigmoid", ["model.depth=1", "model.family=rnn"])
    assert (preset.model.family, preset.model.depth, preset.model.width) == ("rnn", 1, 256)
    with pytest.raises(PresetError, match=r"no depth, width.*model.depth=none model.width=none"):
        load("vanishing-sigmoid", ["model.family=resnet"])
    load("vanishing-sigmoid", ["model.depth=none", "model.width=none", "model.family=resnet"])


def test_items_of_lists_can_be_overridden():
    preset = load_text(LAYERS, overrides=["model.layers.1.config.units=12"])
    assert preset.model.layers[1]["config"] == {"units": 12}
    with pytest.raises(PresetError, match="list of 2; its items are"):
        load_text(LAYERS, overrides=["model.layers.2.config.units=12"])
    with pytest.raises(PresetError, match='is "relu", not a table'):
        load("vanishing-cured", ["model.activation.alpha=1"])


def test_diff_names_what_differs():
    assert diff(load("vanishing-sigmoid"), load("vanishing-cured")) == {
        "model.initializer": ("glorot_uniform", "he_normal"),
        "model.activation": ("sigmoid", "relu"),
    }
    assert diff(load("fashion-bn-he"), load("fashion-bn-he")) == {}
    stopping = load("vanishing-sigmoid", ["train.early_stopping.patience=3"])
    change = diff(load("vanishing-sigmoid"), stopping)
    assert list(change) == ["train.early_stopping"]
    assert change["train.early_stopping"][0] is None
    assert change["train.early_stopping"][1]["patience"] == 3


def test_flatten_uses_the_names_of_overrides():
    flat = flatten(load("exploding-clipped"))
    assert flat["optimizer.momentum"] == 0.9
    assert flat["data.options.noise"] == 0.1
    assert flat["model.noise.input"] == 0.0
    assert flat["train.early_stopping"] is None
    assert "title" not in flat and not any(key.startswith("expect") for key in flat)


@pytest.mark.parametrize("a", [entry.name for entry in available()])
@pytest.mark.parametrize("b", ["circles-tanh-5", "exploding-clipped"])
def test_a_diff_applied_turns_one_preset_into_the_other(a, b):
    changes = [(key, new) for key, (_, new) in diff(load(a), load(b)).items()]
    assert diff(load(a, changes), load(b)) == {}


@pytest.mark.parametrize("name", [entry.name for entry in available()])
def test_a_dump_loads_back(name):
    preset = load(name)
    assert load_text(dump(preset)) == preset


@pytest.mark.parametrize(
    "overrides",
    [
        ("guide", "\nopens with a newline"),
        ("guide", 'quotes """ and \\ and \t and \r\n end'),
        ("train.early_stopping", {"patience": 3}),
        ("train.callbacks", [{"class_name": "TerminateOnNaN"}, {"class_name": "SwapEMAWeights"}]),
        ("expect.loss", [1.0, float("inf")]),
        ("model.noise", {"input": 0.1}),
        ("data.validation", 100),
        ("data.validation", 1),
    ],
)
def test_odd_values_survive_a_dump(overrides):
    preset = load("vanishing-sigmoid", [overrides])
    assert load_text(dump(preset)) == preset


def test_a_dump_says_only_what_is_not_default_in_the_schemas_order():
    text = dump(load_text(TEXT, overrides=["data.validation=100"]))
    assert text == (
        'title = "t"\n\n[data]\nname = "digits"\nscale = "unit"\nvalidation = 100\n\n'
        '[model]\nfamily = "mlp"\ndepth = 3\nwidth = 8\n\n[optimizer]\nname = "adam"\n\n[train]\n'
    )
    preset = load_text(LAYERS)
    assert load_text(dump(preset)) == preset


def test_an_edit_keeps_comments_and_order():
    edited = edit(
        TEXT,
        {
            "title": "other",
            "model.depth": 5,
            "data.scale": None,
            "data.options.rows": 100,
            "model.activation": {"name": "elu", "alpha": 0.5},
            "train.epochs": 3,
            "seed": 7,
            "model.bias_regularizer": None,
        },
    )
    for kept in ("# my experiment", "# short", "# bundled", "# the net", "depth = 5   # layers"):
        assert kept in edited
    assert edited.index("[data]") < edited.index("[model]") < edited.index("[train]")
    preset = load_text(edited)
    assert (preset.title, preset.seed, preset.train.epochs) == ("other", 7, 3)
    assert preset.data.scale == "none" and preset.data.options == {"rows": 100}
    assert preset.model.activation == {"name": "elu", "alpha": 0.5}
    assert edit(TEXT, {}) == TEXT


def test_an_edit_reaches_items_of_lists_and_refuses_values():
    edited = edit(LAYERS, {"model.layers.0.config.units": 6})
    assert load_text(edited).model.layers[0]["config"]["units"] == 6
    with pytest.raises(PresetError, match=r"data\.name is a value"):
        edit(TEXT, {"data.name.x": 1})
    with pytest.raises(PresetError, match="not valid TOML"):
        edit("a = = 1", {"a": 1})


def test_save_replaces_the_whole_file_and_keeps_its_mode(tmp_path):
    path = tmp_path / "new" / "a.toml"
    save(path, "a = 1\n")
    path.chmod(0o640)
    link = tmp_path / "link.toml"
    link.symlink_to(path)
    save(link, "a = 'é'\n")
    assert path.read_text(encoding="utf-8") == "a = 'é'\n"
    assert link.is_symlink()
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o640
    assert [file.name for file in path.parent.iterdir()] == ["a.toml"]


def test_save_says_where_it_cannot_write(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(PresetError, match="cannot be written"):
        save(tmp_path / "file" / "a.toml", "a = 1\n")


@pytest.mark.parametrize(
    "override",
    ["MODEL.depth=5", "0=1", "expect.accuracy.0=1", "train.callbacks.0.class_name=CSVLogger"],
)
def test_the_override_is_blamed_for_what_is_wrong_because_of_it(override):
    with pytest.raises(PresetError, match=f": override {override}: "):
        load("vanishing-sigmoid", [override])


def test_keys_may_have_blanks_and_an_index_has_plain_digits():
    assert parse("model . depth = 5")[:2] == (("model", "depth"), 5)
    assert parse("tags.²=x")[0] == ("tags", "²")
