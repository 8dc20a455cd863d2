"""Each data set says beforehand what reading it shows, and takes the options of its source."""

from __future__ import annotations

import inspect
import subprocess
import sys

import pytest
import sklearn.datasets

from gradlab.engine.data.load import load_data
from gradlab.engine.errors import PresetError
from gradlab.engine.preset.load import load_text
from gradlab.engine.preset.schema import DataSettings
from gradlab.engine.sets.digits import ROWS
from gradlab.engine.sets.generated import Generated
from gradlab.engine.sets.registry import SETS

GENERATED = [name for name, data_set in SETS.items() if issubclass(data_set, Generated)]

DATA = [
    ("digits", {}),
    ("digits", {"n_class": 2}),
    ("digits", {"rows": 100}),
    ("web_mobile", {}),
    ("web_mobile", {"arrangement": "shuffled"}),
    ("web_mobile", {"arrangement": "bridge", "mobile": 200}),
    ("circles", {}),
    ("moons", {}),
    ("blobs", {}),
    ("blobs", {"centers": 2, "n_features": 5}),
    ("blobs", {"centers": [[0.0, 1.0, 2.0], [9.0, 0.0, 1.0]]}),
    ("regression", {"n_targets": 3}),
    ("classification", {"n_classes": 3, "n_informative": 4}),
    ("adding", {"n_samples": 20, "T": 9}),
    ("copy", {"n_samples": 20, "T": 5}),
    ("copy", {"n_samples": 20, "T": 5, "length": 3, "symbols": 4}),
]


@pytest.mark.parametrize(("name", "options"), DATA)
def test_a_set_says_what_reading_it_shows(name, options):
    settings = DataSettings(name=name, options=options, validation=0)
    data_set, dataset = settings.data_set(), load_data(settings)
    assert data_set.shape() == (dataset.input_shape, dataset.output_units)
    assert data_set.row_count() in (len(dataset.train), None)
    binary = dataset.task == "binary"
    assert data_set.task == ("classification" if binary else dataset.task)


def test_every_set_is_read_here_or_with_the_pictures_and_files():
    others = {name for name, data_set in SETS.items() if data_set.downloaded} | {"csv", "npz"}
    assert {name for name, _ in DATA} | others == set(SETS)


def test_the_stored_digits_are_as_many_as_scikit_learn_brings():
    assert len(sklearn.datasets.load_digits().target) == ROWS


def test_the_shape_of_a_file_is_not_known():
    assert DataSettings(name="csv", path="a.csv").data_set().shape() is None


@pytest.mark.parametrize("name", GENERATED)
def test_generator_options_are_those_of_scikit_learn(name):
    signature = inspect.signature(getattr(sklearn.datasets, f"make_{name}"))
    parameters = {
        key: p.default
        for key, p in signature.parameters.items()
        if key not in ("coef", "return_centers", "return_X_y")
    }
    fields = SETS[name].model_fields
    assert set(fields) == set(parameters)
    for key, default in parameters.items():
        assert fields[key].default == default, key


@pytest.mark.parametrize(
    ("name", "option", "message"),
    [
        ("circles", "n_sample = 9", 'did you mean "n_samples"?'),
        ("circles", "factor = 2.0", "factor: must be less than 1"),
        ("blobs", "return_centers = true", "return_centers: unknown key"),
        ("digits", "n_class = 11", "n_class: must be at most 10"),
        ("digits", "rows = true", "rows: must be a whole number"),
        ("adding", "T = 1", "T: must be at least 2"),
        ("copy", "T = 2.5", "T: must be a whole number"),
        ("copy", "noise = 1", "takes: n_samples, T, length, symbols, random_state"),
        ("csv", "rows = 0", "rows: must be at least 1"),
    ],
)
def test_options_that_do_not_fit_are_named(name, option, message):
    with pytest.raises(PresetError) as caught:
        load_text(f'[data]\nname = "{name}"\noptions = {{ {option} }}\n')
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("name", "options"),
    [("copy", "length = 3, symbols = 4, T = 5, n_samples = 64"), ("csv", "rows = 4")],
)
def test_what_the_reader_takes_a_preset_may_say(name, options, tmp_path):
    (tmp_path / "rows.csv").write_text("a,y\n" + "".join(f"{n},{n % 2}\n" for n in range(9)))
    file = 'path = "rows.csv"\n' if name == "csv" else ""
    family = "rnn" if name == "copy" else "mlp"
    preset = load_text(
        f'[data]\nname = "{name}"\nvalidation = 0\n{file}options = {{ {options} }}\n'
        f'[model]\nfamily = "{family}"\n'
    )
    dataset = load_data(preset.data, base=tmp_path)
    assert dataset.train.x.shape == ((64, 11, 6) if name == "copy" else (4, 1))


def test_presets_are_checked_without_numpy():
    loaded = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys, gradlab.engine.preset.load as presets; presets.load('digits-sgd')\n"
            "print(sorted({'numpy', 'sklearn', 'keras', 'tensorflow'} & set(sys.modules)))",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert loaded.stdout.strip() == "[]"


def test_target_rows_are_dark_and_lie_where_the_arrangement_puts_them():
    means = {}
    for arrangement in ("shuffled", "target", "bridge"):
        options = {"arrangement": arrangement}
        dataset = load_data(DataSettings(name="web_mobile", options=options, validation=0.2))
        means[arrangement] = [
            float(split.x.mean()) if split is not None else None
            for split in (dataset.train, dataset.validation, dataset.test)
        ]
    clean = sklearn.datasets.load_digits().images.mean()
    train, validation, test = means["target"]
    assert train == pytest.approx(clean, rel=0.02) and validation < 0.8 * clean > test
    train, validation, test = means["bridge"]
    assert validation < 0.8 * clean and test == pytest.approx(clean, rel=0.03)
    train, validation, _ = means["shuffled"]
    assert train == pytest.approx(validation, rel=0.05) and train < clean
