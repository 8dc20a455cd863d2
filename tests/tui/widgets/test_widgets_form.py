import subprocess
import sys

import pytest

from gradlab.engine.errors import PresetError
from gradlab.engine.preset import fields
from gradlab.engine.preset.draft import Draft
from gradlab.tui.widgets.form import Field, form, placeholder, read_value, shown_value

DIGITS = '[data]\nname = "digits"\n'

STRANGE = [
    "",
    "data = 3",
    "model = 3\ntrain = [1]\noptimizer = 3",
    'probe = "x"\nseed = "a"',
    '[[data]]\nname = "digits"',
    '[data]\nname = ["a"]\noptions = 3',
    '[data]\nname = "circles"\noptions = {noise = "x", foo = 1}',
    '[data]\nname = "zzz"\nscale = 1979-05-27\noptions = {a = 1}',
    f'{DIGITS}[model]\nfamily = "zz"',
    f"{DIGITS}[model]\nfamily = 3\nnoise = 3",
    f'{DIGITS}[model]\nfamily = "layers"',
    f'{DIGITS}[model]\nactivation = 3\ninitializer = ["a"]\nresidual = "yes"\nfoo.bar = 1',
    f'{DIGITS}[optimizer]\nname = 3\nlearning_rate = {{class_name = "X"}}',
    f"{DIGITS}[train]\nearly_stopping = 3\ncallbacks = 4\nmetrics = 5",
]
EDITS = {"data.name": "moons", "model.family": "rnn", "optimizer.name": "sgd", "model.depth": 3}


@pytest.mark.parametrize("text", STRANGE)
def test_no_document_breaks_the_form(text):
    draft = Draft(text)
    for key, value in [("seed", 1), *EDITS.items()]:
        for rows in form(draft).values():
            for field in rows:
                assert isinstance(shown_value(field, draft) + placeholder(field, draft), str)
        assert (draft.preset is None) == bool(draft.error)
        try:
            draft.change({key: value})
        except PresetError as error:
            assert str(error)


@pytest.mark.parametrize("family", fields.FAMILIES)
def test_every_setting_of_a_family_has_one_row(family):
    draft = Draft(f'{DIGITS}[model]\nfamily = "{family}"\n')
    keys = [field.key for field in form(draft)["Model"]]
    assert len(keys) == len(set(keys))
    tops = {key.split(".")[1] for key in keys}
    assert tops == set(fields.FAMILIES[family].model_fields)


def test_the_first_fields_are_those_that_matter_and_those_that_are_set():
    draft = Draft(f'{DIGITS}split = "head"\n[optimizer]\nname = "sgd"\n')
    first = [field.key for rows in form(draft).values() for field in rows if field.first]
    assert first[:4] == ["data.name", "data.scale", "data.validation", "data.split"]
    assert "optimizer.momentum" in first and "data.path" not in first
    assert "model.dropout" not in first


def test_every_field_has_help_and_a_label_that_fits():
    for name in ("circles-tanh-5", "vanishing-sigmoid", "exploding-clipped"):
        for rows in form(Draft.open(name)).values():
            for field in rows:
                assert len(field.help) > 5 and "`" not in field.help
                assert 0 < len(field.label) <= 12


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None), (" 3 ", 3), ("1e-3", 1e-3), (".5", 0.5), ("[1, 2]", [1, 2]), ("none", None),
        ("val.csv", "val.csv"), ('{name = "l2"}', {"name": "l2"}), ("true", True),
    ],
)  # fmt: skip
def test_text_is_read_as_toml(text, value):
    assert read_value(Field("data.validation", "", "", "text"), text) == value


def test_text_of_a_string_is_the_string():
    assert read_value(Field("data.path", "", "", "text", string=True), "3") == "3"


def test_half_a_table_is_an_error():
    with pytest.raises(PresetError, match="not valid TOML"):
        read_value(Field("model.initializer", "", "", "choice", free=True), "{name = ")


def test_the_pane_and_the_data_view_load_no_tensorflow():
    code = (
        "import sys, gradlab.tui.screens.preset_pane, gradlab.tui.widgets.data_view, "
        "gradlab.tui.screens.preset_list\n"
        "print([m for m in ('tensorflow', 'keras', 'sklearn', 'plotext') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
