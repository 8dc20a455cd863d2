"""Presets are found, read and validated; every mistake is one line that helps."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from gradlab.engine.errors import PresetError
from gradlab.engine.preset.load import (
    SECOND_NAMES,
    available,
    load,
    load_text,
    names,
    resolve,
)

SICK = """\
title = "x"

[data]
name = "digits"
validation = [
  0.1,
]  # a comment

[model]
wdith = 3
activation = "reluu"

[optimizer]
clipnorm = -1.0
"""


@pytest.fixture(autouse=True)
def _own_folders(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


def refusal(*overrides, preset="vanishing-sigmoid") -> str:
    with pytest.raises(PresetError) as caught:
        load(preset, overrides)
    return str(caught.value)


def broken(text: str) -> str:
    with pytest.raises(PresetError) as caught:
        load_text(text, where="my.toml")
    return str(caught.value)


def test_bundled_presets_are_all_valid():
    entries = available()
    assert {entry.name for entry in entries} >= {
        "vanishing-sigmoid", "vanishing-cured", "regression-nan", "exploding-clipped",
        "circles-tanh-5", "fashion-bn-he", "fashion-bn-he-digits",
    }  # fmt: skip
    for entry in entries:
        assert entry.error is None
        assert entry.origin == "bundled"
        preset = load(entry.name)
        assert preset.title and preset.about and preset.guide and preset.source
        assert entry.experiments and entry.groups and entry.tags


def test_every_bundled_band_says_where_it_comes_from_and_holds_what_is_published():
    for entry in available():
        if entry.origin != "bundled":
            continue
        expect = load(entry.path).expect
        bands = expect.intervals
        assert bands.keys() == expect.origin.keys(), entry.name
        for key, figure in expect.published.items():
            low, high = bands.get(key, (-np.inf, np.inf))
            # Sources print three places.
            number = key in bands and isinstance(figure, float)
            inside = not number or low - 5e-4 <= figure <= high + 5e-4
            assert inside or expect.note, f"{entry.name}: published {key} {figure}"


def test_vanishing_sigmoid_is_the_documented_experiment():
    preset = load("vanishing-sigmoid")
    assert (preset.model.family, preset.model.depth, preset.model.width) == ("mlp", 11, 256)
    assert preset.model.activation == "sigmoid"
    assert (preset.data.scale, preset.data.validation) == ("unit", 0.2)
    assert preset.expect.delta_ratio == (0.22, 0.25)


def test_a_name_is_looked_for_beside_the_user_then_in_their_folder_then_bundled(tmp_path):
    bundled = resolve("vanishing-sigmoid")
    own = tmp_path / "config" / "gradlab" / "presets" / "vanishing-sigmoid.toml"
    own.parent.mkdir(parents=True)
    own.write_text('[data]\nname = "moons"\n')
    assert resolve("vanishing-sigmoid") == own
    project = tmp_path / "presets" / "vanishing-sigmoid.toml"
    project.parent.mkdir()
    project.write_text('[data]\nname = "blobs"\n')
    assert load("vanishing-sigmoid").data.name == "blobs"
    assert load(bundled).data.name == "digits"
    assert load(str(own)).data.name == "moons"
    entry = next(entry for entry in available() if entry.name == "vanishing-sigmoid")
    assert entry.origin == "project"
    assert names().count("vanishing-sigmoid") == 1


def test_a_broken_preset_is_listed_with_its_error(tmp_path):
    (tmp_path / "presets").mkdir()
    (tmp_path / "presets" / "mine.toml").write_text("[data\n")
    (tmp_path / "presets" / "latin.toml").write_bytes(b'title = "\xe9"\n')
    by_name = {entry.name: entry for entry in available()}
    assert "mine.toml:1: column 6: not valid TOML" in str(by_name["mine"].error)
    assert "UTF-8" in str(by_name["latin"].error)
    assert by_name["vanishing-cured"].error is None


def test_unknown_references_name_the_nearest():
    assert 'did you mean "vanishing-sigmoid"?' in refusal(preset="vanishing-sigmoit")
    assert "gradlab presets list" in refusal(preset="zzz")
    assert 'no such file; did you mean "vanishing-cured"' in refusal(preset="./vanishing-cure.toml")
    assert "is a folder" in refusal(preset="./")


def test_every_mistake_has_its_line_key_and_nearest_name():
    lines = broken(SICK).splitlines()
    assert lines[0] == "my.toml:5: data.validation: must be a number or a string, not [0.1]"
    assert lines[1].startswith(
        'my.toml:10: model.wdith: unknown key; did you mean "width"? [model]'
    )
    assert lines[2] == "my.toml:14: optimizer.clipnorm: must be greater than 0, not -1.0"
    assert len(lines) == 3


def test_wrong_syntax_has_its_line():
    assert broken("a = 1\nb = = 2\n") == "my.toml:2: column 5: not valid TOML: Invalid value"
    assert broken("a = 1\n\na = 2").startswith("my.toml:3: not valid TOML: Cannot overwrite")
    assert broken("") == "my.toml:1: data: is missing"


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("data.name=circle", 'not "circle"; did you mean "circles"?'),
        ("model.family=mlpp", 'must be one of mlp, resnet, rnn, layers, python, not "mlpp"'),
        ("model.width=-3", "model.width: must be at least 1, not -3"),
        ("model.width=[3,-4]", "model.width.1: must be at least 1, not -4"),
        ("model.depth=true", "model.depth: must be a whole number, not true"),
        ('train.epochs="10"', 'train.epochs: must be a whole number, not "10"'),
        ("model.dropout=1.0", "model.dropout: must be less than 1, not 1"),
        ("optimizer.learning_rate=0", "must be greater than 0, not 0"),
        ("optimizer.learning_rate=nan", "optimizer.learning_rate: must be a finite number"),
        ("optimizer.learning_rate=inf", "optimizer.learning_rate: must be a finite number"),
        ("optimizer.clipvalue=-1", "optimizer.clipvalue: must be greater than 0"),
        ("optimizer.name=sdg", 'no optimizer is called "sdg"; did you mean "sgd"?'),
        ("optimizer.beta1=0.9", 'adam has no such argument; did you mean "beta_1"?'),
        ("optimizer.beta_1=2", "optimizer.beta_1: must be from 0 to 1, not 2"),
        ("optimizer.amsgrad=1", "optimizer.amsgrad: must be true or false, not 1"),
        ("optimizer.clipnrom=none", 'did you mean "clipnorm"?'),
        ("model.activation=reluu", 'no activation is called "reluu"; did you mean "relu"?'),
        ('model.activation={name="elu",alfa=1.0}', 'elu takes no argument "alfa"; did you mean'),
        ('model.activation={name="threshold"}', "threshold needs threshold, default_value"),
        ('model.initializer={class_name="HeNormall"}', 'did you mean "HeNormal"?'),
        ('model.initializer={class_name="my>Init",config={}}', "no initializer is called"),
        ('model.initializer={class_name="HeNormal",seed=1}', "must stand inside config"),
        ("model.kernel_regularizer=l3", "no regularizer is called"),
        ("model.kernel_constraint=max-norm", 'did you mean "max_norm"?'),
        ("train.loss=mse2", "no loss is called"),
        ('train.metrics=["acuracy"]', 'train.metrics.0: no metric is called "acuracy"; did you mean'),
        ('optimizer.learning_rate={class_name="ExponentialDecay"}', "needs initial_learning_rate"),
        ('train.callbacks=[{class_name="Nope"}]', "no callback is called"),
        ('expect.findings=["vanishing"]', 'did you mean "vanishing_gradient"?'),
        ("expect.accuracy=[0.9,0.1]", "must come first"),
        ("expect.accuracy=[0.9]", "needs two numbers"),
        ("data.path=x.csv", "means nothing for name"),
        ("data.options.nsamples=3", "[data.options] takes: rows, n_class"),
        ("data.options.rows=0", "data.options.rows: must be at least 1"),
        ("data.validation=2000", "2000 of 1797 rows leaves no rows to train on"),
        ("data.validation=1.5", "a number of rows must be whole"),
        ("data.test=0.9", "leaves no rows to train on"),
        ("data.validation=rows.csv", "a second file goes with csv and npz only"),
        ("data.target_scale=standard", "the targets of digits are classes"),
        ("train.batch_size=2000", "2000 is more than the 1797 rows of digits"),
        ("model.noise.imput=1.0", 'did you mean "input"? [model.noise] takes: input, before'),
        ("train.early_stopping.patience=-1", "must be at least 0"),
        ("model.activation=auto", 'no activation is called "auto"'),
        ("model.family=[1]", "must be one of mlp, resnet"),
        ("data.name=[1]", "must be one of digits, circles"),
        ("model=3", "model: must be a table, not 3"),
        ('expect.loss=["a",1]', 'expect.loss.0: must be a number, not "a"'),
        ("depth=3", 'did you mean "model.depth"?'),
        ("expect.origin.loss=guessed", "expect.origin.loss: is no band of [expect]"),
        ("expect.origin.accuracy=guessed", 'must begin with one of "published: ", "theory: "'),
        ("probe.bins=1", "probe.bins: must be at least 2"),
        ("optimizer.lr=0.1", 'adam has no such argument; did you mean "learning_rate"?'),
        ("train.lr=0.1", 'did you mean "optimizer.learning_rate"?'),
        ("model.units=64", 'model.units: unknown key; did you mean "width"?'),
        ("train.optimizer=adam", 'did you mean "optimizer.name"?'),
        ("model.family=cnn", 'did you mean "layers" with Conv2D'),
        ("model.family=LSTM", 'did you mean "rnn" with cell = "LSTM"?'),
        ("model.layers=[3]", 'model.layers: unknown key; it goes with family = "layers"'),
    ],
)  # fmt: skip
def test_an_impossible_value_is_refused(override, message):
    text = refusal(override)
    assert message in text
    assert f"override {override}: " in text


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["model.family=resnet", "model.depth=none", "model.width=none", "data.name=moons"],
         "resnet needs images"),
        (["model.family=rnn", "data.name=moons"], "rnn needs sequences"),
        (["model.family=rnn", "data.name=cifar10"], "rnn needs sequences"),
        (["data.name=csv"], 'say path = "FILE.csv"'),
        (["data.name=copy"], "take family rnn"),
        (["model.family=rnn", "model.forget_bias=1"], "SimpleRNN has no forget gate"),
        (["model.family=rnn", "model.activation=prelu"], "cannot stand inside a cell"),
        (["data.name=circles", "train.batch_size=101"], "more than the 100 rows of circles"),
        (["data.options.rows=20"], "32 is more than the 20 rows"),
        (["data.name=circles", "data.options.n_informative=2"], "takes: n_samples, noise, factor"),
        (["data.name=classification", "data.options.n_informative=1"], "must be at most 2 **"),
        (["data.name=regression", 'train.metrics=["accuracy"]'], "accuracy is for classes"),
        (["model.width=[8,8]"], "is 11, but width lists 2 layers"),
        (["model.width=[8,9]", "model.depth=none", "model.residual=true"], "layers of one width"),
        (["optimizer.clipnorm=1", "optimizer.global_clipnorm=1"], "exclude each other"),
        (["data.name=npz", "data.path=a.npz", "data.target=y"], "has its targets in the array y"),
    ],
)  # fmt: skip
def test_parts_that_do_not_fit_together_are_refused(overrides, message):
    assert message in refusal(*overrides)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('family = "python"\nfactory = "module"', "with a colon"),
        ('family = "layers"\nlayers = [{ config = {} }]', "my.toml:5: model.layers.0: needs class_name"),
        ('family = "layers"\nlayers = []', "model.layers"),
        ('family = "layers"', "model.layers: is missing"),
    ],
)  # fmt: skip
def test_other_families_are_checked_too(text, message):
    assert message in broken(f'[data]\nname = "digits"\n[model]\n{text}\n')


@pytest.mark.parametrize(
    "overrides",
    [
        ["optimizer.learning_rate=.5", "optimizer.clipnorm=1", "optimizer.clipvalue=0.5"],
        ['optimizer={name="SGD", momentum=0.9, nesterov=true}'],
        ['optimizer.learning_rate={class_name="CosineDecay",'
         "config={initial_learning_rate=0.1,decay_steps=10}}"],
        ['model.activation={name="leaky_relu",negative_slope=0.01}', 'model.initializer=HeUniform'],
        ['train.metrics=["accuracy",{name="top_k_categorical_accuracy",k=3}]'],
        ["data.name=fashion_mnist", "data.validation=5000", "data.test=0.1"],
        ["model.family=rnn", "model.cell=LSTM", "model.forget_bias=2", "model.depth=1"],
        ["data.name=circles", "data.options.noise=0.1"],
        ["data.name=csv", "data.path=my.csv", "data.task=regression", "data.target_scale=standard"],
        ["expect.loss=[1,inf]"],
    ],
)  # fmt: skip
def test_what_is_possible_is_accepted(overrides):
    load("vanishing-sigmoid", overrides)


def test_reading_presets_loads_no_heavy_library():
    code = (
        "import sys; from gradlab.engine.preset.load import available; available();"
        "from gradlab.engine.preset import diff, edit, overrides;"
        "print([m for m in ('tensorflow','keras','sklearn','pyarrow','textual','typer')"
        " if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_byte_order_mark_is_no_mistake(tmp_path):
    path = tmp_path / "windows.toml"
    path.write_text('\ufeff[data]\r\nname = "digits"\r\n', encoding="utf-8", newline="")
    assert load(path).data.name == "digits"


def test_a_preset_goes_by_its_second_name_unless_a_file_has_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for second, name in SECOND_NAMES.items():
        assert resolve(second) == resolve(name)
    own = tmp_path / "presets" / "exploding-regression.toml"
    own.parent.mkdir()
    own.write_text('[data]\nname = "digits"\n')
    assert resolve("exploding-regression").resolve() == own


def test_a_large_file_is_no_preset(tmp_path):
    path = tmp_path / "rows.toml"
    path.write_text('[data]\nname = "digits"\nfoo = 1\n' + "# row\n" * 50_000)
    with pytest.raises(PresetError, match=r"rows\.toml: is 300,\d+ bytes, and a preset at most"):
        load(path)


def test_the_line_of_a_mistake_in_a_long_preset_is_found():
    text = (
        '[data]\nname = "digits"\n' + "# a remark\n" * 10_000 + "[model]\nwdith = 3\n" + "#\n" * 9
    )
    assert broken(text).startswith("my.toml:10004: model.wdith: unknown key")


def test_an_empty_list_of_layers_is_refused_in_plain_words():
    text = '[data]\nname = "digits"\n[model]\nfamily = "layers"\nlayers = []\n'
    assert broken(text) == "my.toml:5: model.layers: needs at least 1 item"


@pytest.mark.parametrize("key", ["seed", "data.split_seed"])
@pytest.mark.parametrize("value", [-1, 2**32])
def test_seeds_are_those_that_numpy_takes(key, value):
    allowed = "at least 0" if value < 0 else "less than 4294967296"
    assert f"{key}: must be {allowed}, not {value}" in refusal(f"{key}={value}")


@pytest.mark.parametrize(
    ("weights", "message"),
    [([0.9, 0.9], "they add up to 1.8"), ([0.2, 0.3, 0.5], "weights lists 3 shares, and n_classes = 2")],
)  # fmt: skip
def test_shares_of_classes_are_shares(weights, message):
    text = f'[data]\nname = "classification"\noptions = {{ weights = {weights} }}\n'
    assert message in broken(text)
