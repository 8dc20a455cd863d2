import pytest

from gradlab.engine.errors import PresetError
from gradlab.engine.preset.draft import Draft, copy_path
from gradlab.engine.preset.load import folders, load

COMMENT = '# try "before"'


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_an_edit_keeps_comments_and_order():
    draft = Draft.open("vanishing-sigmoid")
    before = draft.text
    draft.change({"model.normalization": "before"})
    assert COMMENT in draft.text
    assert draft.text == before.replace('normalization = "none"', 'normalization = "before"')
    assert draft.preset is not None and draft.preset.model.normalization == "before"
    assert draft.dirty and draft.changed("model.normalization") and not draft.changed("model.depth")


def test_an_invalid_value_stays_and_is_explained_at_its_key():
    draft = Draft.open("vanishing-sigmoid")
    draft.change({"model.depth": "abc"})
    assert draft.preset is None
    assert draft.mistakes_at("model.depth")[0].text == 'must be a whole number, not "abc"'
    assert not draft.mistakes_at("model.width")
    line = draft.text.splitlines().index('depth = "abc"') + 1
    assert f"vanishing-sigmoid:{line}: model.depth" in draft.error
    draft.change({"model.depth": 3})
    assert draft.preset is not None and draft.error == ""


def test_another_family_takes_its_settings_along_and_brings_them_back():
    draft = Draft.open("vanishing-sigmoid")
    before = draft.preset
    draft.change({"model.family": "rnn"})
    assert draft.preset is not None and draft.preset.model.family == "rnn"
    assert not draft.stated("model.residual")
    draft.change({"model.family": "mlp"})
    assert draft.preset == before


def test_another_generator_drops_options_that_it_lacks():
    draft = Draft.open("circles-tanh-5")
    draft.change({"data.options.factor": 0.4})
    draft.change({"data.name": "moons"})
    assert draft.preset is not None
    assert "factor" not in draft.preset.data.options
    assert draft.preset.data.options["n_samples"] == 1000


def test_another_optimizer_drops_arguments_that_it_lacks():
    draft = Draft.open("vanishing-sigmoid")
    draft.change({"optimizer.name": "sgd", "optimizer.momentum": 0.9})
    draft.change({"optimizer.name": "adam"})
    assert draft.preset is not None and not draft.preset.optimizer.model_extra


def test_wrong_syntax_keeps_the_last_document_and_refuses_edits():
    draft = Draft.open("vanishing-sigmoid")
    draft.replace(draft.text + "\n[oops")
    assert draft.preset is None and "not valid TOML" in draft.error
    assert draft.value("model.depth") == 11
    with pytest.raises(PresetError, match="not valid TOML"):
        draft.change({"model.depth": 3})


def test_a_bundled_preset_is_saved_as_a_copy(tmp_path):
    draft = Draft.open("vanishing-sigmoid")
    bundled = draft.path
    draft.change({"model.activation": "relu"})
    with pytest.raises(PresetError, match="copy"):
        draft.save()
    path = draft.save_as("mine")
    assert path.resolve() == tmp_path / "presets" / "mine.toml"
    assert "sigmoid" in bundled.read_text() and not draft.dirty and draft.name == "mine"
    copy = load("mine")
    assert copy.model.activation == "relu" and COMMENT in path.read_text()
    assert copy.expect.findings is None and copy.experiments == []


def test_names_that_are_taken_or_no_names():
    Draft.open("vanishing-sigmoid").save_as("mine")
    with pytest.raises(PresetError, match="exists"):
        Draft.open("vanishing-cured").save_as("mine")
    Draft.open("vanishing-cured").save_as("mine", replace=True)
    assert load("mine").model.activation == "relu"
    for name in ("", "../x", "a b", ".hidden"):
        with pytest.raises(PresetError, match="no name"):
            copy_path(name)


def test_copies_never_go_into_the_package(monkeypatch):
    bundled = folders()["bundled"]
    monkeypatch.chdir(bundled.parent)
    assert copy_path("mine").parent.resolve() != bundled.resolve()


def test_a_file_that_changed_meanwhile_is_not_overwritten():
    draft = Draft.open("vanishing-sigmoid")
    path = draft.save_as("mine")
    path.write_text(path.read_text() + "# theirs\n")
    draft.change({"model.depth": 3})
    with pytest.raises(PresetError, match="changed on disk"):
        draft.save()
    draft.revert()
    assert draft.text.endswith("# theirs\n") and not draft.dirty


def test_overrides_of_a_fork():
    draft = Draft.open("vanishing-sigmoid")
    draft.override({"model.activation": "relu", "optimizer.clipnorm": 1.0})
    assert draft.preset is not None
    assert draft.preset.optimizer.clipnorm == 1.0 and COMMENT in draft.text
    draft.override({"optimizer.clipnorm": None})
    assert not draft.stated("optimizer.clipnorm")
