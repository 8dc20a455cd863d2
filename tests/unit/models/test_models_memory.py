"""What cannot fit into memory is refused before it is made."""

import pytest

from gradlab.engine.data.load import load_data
from gradlab.engine.errors import DataError, PresetError
from gradlab.engine.machine import memory
from gradlab.engine.models.build import build
from gradlab.engine.models.layers import build_layers, count_weights
from gradlab.engine.preset.load import load_text
from gradlab.engine.preset.schema import DataSettings

DENSE = '{class_name = "Flatten"}, {class_name = "Dense", config = {units = %s}}'
HEAD = '[data]\nname = "digits"\n[model]\n'
LAST = '{class_name = "Dense", config = {units = 10, activation = "softmax"}}'
SIZE = r"weights would take about [\d,.]+ GiB of memory, and [\d,.]+ GiB are free"


@pytest.mark.parametrize(
    "model",
    [
        "width = 65536\ndepth = 1000",
        'family = "rnn"\ncell = "LSTM"\nwidth = 65536\ndepth = 60',
        f'family = "resnet"\nfilters = [{"65536, " * 40}]',
        f'family = "layers"\nlayers = [{DENSE % 10**9}, {LAST}]',
    ],
)
def test_nets_that_cannot_fit(model, images):
    with pytest.raises(PresetError, match=SIZE):
        build(load_text(HEAD + model), images)


@pytest.mark.parametrize(
    "model",
    [
        f'family = "resnet"\nfilters = [{"8, " * 5000}]',
        f"width = [{'8, ' * 100_000}]",
        f'family = "layers"\nlayers = [{(LAST + ", ") * 3000}]',
    ],
)
def test_nets_of_too_many_layers(model):
    with pytest.raises(PresetError, match=r"at most 1000 are allowed|characters are too many"):
        load_text(HEAD + model)


@pytest.mark.parametrize(
    "options",
    [
        {"name": "circles", "options": {"n_samples": 10**11}},
        {"name": "copy", "options": {"n_samples": 10**6, "T": 10**7}},
        {"name": "regression", "options": {"n_features": 10**11}},
    ],
)
def test_data_that_cannot_fit(options):
    with pytest.raises(DataError, match=r"rows of [\d,]+ numbers would take about .* GiB"):
        load_data(DataSettings(**options))


def test_layers_are_counted_without_being_made(images):
    body = f'{DENSE % 20}, {{class_name = "BatchNormalization"}}, {LAST}'
    settings = load_text(f'{HEAD}family = "layers"\nlayers = [{body}]').model
    model = build_layers(settings, images)
    assert count_weights(settings, images) == model.count_params()


def test_what_is_free_is_what_the_tightest_limit_leaves():
    free = memory.free_bytes()
    assert 0 < free < 2**50
    assert memory.too_large(free // 2) == ""
    assert "GiB are free" in memory.too_large(2 * free)
