"""Limits of what is read as a preset: each refusal is one short sentence, and quick."""

import os
import time

import pytest

from gradlab.engine.errors import LONGEST, PresetError
from gradlab.engine.preset.draft import Draft
from gradlab.engine.preset.edit import edit
from gradlab.engine.preset.load import available, load, load_text

HEAD = '[data]\nname = "digits"\n'
GIANTS = {
    "lists": ("x = " + "[" * 80_000 + "]" * 80_000, "nested more than 32 deep"),
    "tables": ("x = " + "{a=" * 600 + "1" + "}" * 600, "nested more than 32 deep"),
    "forty lists": ("x = " + "[" * 40 + "]" * 40, "nested more than 32 deep"),
    "a dotted key": (".".join("a" * 80_000) + " = 1", "dotted key has more than 32 parts"),
    "a spaced key": (" . ".join("a" * 9_000) + " = 1", "dotted key has more than 32 parts"),
    "a dotted table": (f"[{'.'.join('a' * 80_000)}]", "dotted key has more than 32 parts"),
    "a decimal": (f"{HEAD}[train]\nepochs = 1{'0' * 5_000}", "more than 64 bits"),
    "a hexadecimal": (f"{HEAD}[train]\nepochs = 0x{'f' * 6_000}", "more than 64 bits"),
    "a long key": (f"{HEAD}{'k' * 200_000} = 1", r"kkk \.\.\. "),
    "a million letters": (f"{HEAD}{'k' * 1_000_000} = 1", "1,000,027 characters are too many"),
    "unknown keys": (
        HEAD + "\n".join(f"widht{i} = {i}" for i in range(5_000)),
        r"and \d+ more mistakes$",
    ),
    "wrong layers": (
        f'{HEAD}[model]\nfamily = "layers"\nlayers = [\n' + "{},\n" * 900 + "]",
        r"and \d+ more mistakes$",
    ),
    "a half character": (f'{HEAD}title = "\ud800"', "not Unicode"),
}


@pytest.mark.parametrize("name", GIANTS)
def test_giants_are_refused_in_a_sentence(name):
    text, message = GIANTS[name]
    began = time.process_time()
    with pytest.raises(PresetError, match=message) as refused:
        load_text(text, where="x.toml")
    assert time.process_time() - began < 2
    assert len(str(refused.value)) <= LONGEST


@pytest.mark.parametrize("name", GIANTS)
def test_the_lab_takes_them_as_drafts(name):
    draft = Draft(GIANTS[name][0])
    assert draft.preset is None
    assert 0 < len(draft.error) <= LONGEST


@pytest.mark.parametrize(
    ("override", "message"),
    [
        (f"{'.'.join('a' * 50_000)}=1", "more than 32 parts"),
        (f"model.layers.{'9' * 5_000}=1", "unknown key"),
        (f"model.width=[{'[' * 5_000}", "not valid TOML"),
        (f"train.epochs=1{'0' * 5_000}", "must be a whole number"),
        (f"data.name={'x' * 100_000}", "must be one of"),
        ("x" * 100_000, "write KEY=VALUE"),
    ],
)
def test_giant_overrides(override, message):
    with pytest.raises(PresetError, match=message) as refused:
        load_text(HEAD, where="x.toml", overrides=[override])
    assert len(str(refused.value)) <= LONGEST


def test_what_is_too_deep_is_not_edited():
    with pytest.raises(PresetError, match="nested more than 32 deep"):
        edit(GIANTS["lists"][0], {"seed": 1})


@pytest.mark.parametrize("kind", ["pipe", "endless", "growing"])
def test_files_that_never_end(tmp_path, monkeypatch, kind):
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "presets"
    folder.mkdir()
    place = folder / "strange.toml"
    if kind == "pipe":
        os.mkfifo(place)
    else:
        place.symlink_to("/dev/zero" if kind == "endless" else "/proc/self/maps")
    (entry,) = [entry for entry in available() if entry.name == "strange"]
    assert entry.error
    with pytest.raises(PresetError, match=r"regular file|not valid TOML|at most 262,144"):
        load("strange")
