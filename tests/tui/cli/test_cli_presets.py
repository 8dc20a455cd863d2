"""`gradlab presets`, as a shell runs it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import command
import pytest

from gradlab.tui.cli.presets import complete_preset


@pytest.fixture
def gradlab(tmp_path: Path) -> Callable[..., tuple[int, str, str]]:
    """Run the command in an empty folder; gives exit code, stdout and stderr."""

    def run(*arguments: str) -> tuple[int, str, str]:
        done = command.gradlab(*arguments, cwd=tmp_path, XDG_CONFIG_HOME=str(tmp_path / "config"))
        return done.code, done.out, done.err

    return run


def test_list_as_text_and_json(gradlab):
    code, out, err = gradlab("presets", "list")
    assert (code, err) == (0, "")
    lines = [line.split(maxsplit=2) for line in out.splitlines()]
    assert ["vanishing-sigmoid", "bundled", "Eleven sigmoid layers"] in lines
    assert len({line.index(" bundled ") for line in out.splitlines()}) == 1
    code, out, _ = gradlab("presets", "list", "--json")
    entries = {entry["name"]: entry for entry in json.loads(out)}
    assert set(entries["vanishing-sigmoid"]) == {
        "about",
        "name", "title", "origin", "tags", "groups", "experiments", "path",
    }  # fmt: skip
    assert entries["vanishing-sigmoid"]["experiments"][:2] == ["D1", "D2"]


def test_list_filters_by_tag_and_group(gradlab):
    _, out, _ = gradlab("presets", "list", "--json", "--tag", "clipping")
    names = [entry["name"] for entry in json.loads(out)]
    assert {"exploding-clipped", "regression-clipvalue"} <= set(names)
    assert "regression-nan" not in names
    _, out, _ = gradlab("presets", "list", "--json", "--group", "clipping")
    assert "regression-nan" in [entry["name"] for entry in json.loads(out)]
    _, out, _ = gradlab("presets", "list", "--json", "--group", "fashion-bn")
    assert [entry["name"] for entry in json.loads(out)] == ["fashion-bn-he", "fashion-bn-he-digits"]
    code, out, err = gradlab("presets", "list", "--tag", "nothing")
    assert (code, out) == (2, "") and 'no preset has the tag "nothing"' in err
    code, _, err = gradlab("presets", "list", "--group", "clippin")
    assert code == 2 and 'did you mean "clipping"?' in err


def test_list_shows_a_broken_preset_with_its_error(gradlab, tmp_path):
    (tmp_path / "presets").mkdir()
    (tmp_path / "presets" / "mine.toml").write_text('[data]\nname = "digit"\n')
    code, out, _ = gradlab("presets", "list")
    assert code == 0
    assert "broken: presets/mine.toml:2: data.name: must be one of" in out
    _, out, _ = gradlab("presets", "list", "--json")
    assert "digits" in next(e["error"] for e in json.loads(out) if e["name"] == "mine")


def test_show_is_a_lab_sheet(gradlab):
    code, out, _ = gradlab("presets", "show", "exploding-clipped")
    assert code == 0
    for part in (
        "Regression with a clipped gradient\n==",
        "One line more than regression-nan.",
        "global_clipnorm = 1.0      # what clipnorm meant",
        "val_loss                9 to 62.2",
        "val_loss, published     27.433",
        "gradlab run exploding-clipped",
    ):
        assert part in out
    code, out, _ = gradlab("presets", "show", "regression-nan", "--json")
    shown = json.loads(out)
    assert shown["preset"]["optimizer"]["momentum"] == 0.9
    assert shown["name"] == "regression-nan" and "[data]" in shown["toml"]


def test_show_of_an_unknown_preset_exits_2(gradlab):
    code, out, err = gradlab("presets", "show", "vanishing-sigmoyd")
    assert (code, out) == (2, "")
    assert 'did you mean "vanishing-sigmoid"?' in err


def test_new_writes_a_valid_preset_once(gradlab, tmp_path):
    arguments = ("presets", "new", "my-net", "--from", "circles-tanh-5")
    code, out, err = gradlab(
        *arguments,
        "--set",
        "model.initializer=he_uniform",
        "--set",
        "train.early_stopping.patience=3",
    )
    assert (code, out) == (0, "presets/my-net.toml\n")
    text = (tmp_path / "presets" / "my-net.toml").read_text()
    assert "# as published: the scaler has seen the validation rows" in text
    assert 'title = "My net"' in text and "[expect]" not in text
    assert gradlab("presets", "validate", "my-net") == (0, "my-net: valid\n", "")
    code, _, err = gradlab(*arguments)
    assert code == 2 and "presets/my-net.toml exists" in err
    assert (tmp_path / "presets" / "my-net.toml").read_text() == text


def test_new_into_another_folder_with_another_family(gradlab, tmp_path):
    code, out, _ = gradlab(
        "presets",
        "new",
        "seq",
        "--set",
        "model.family=rnn",
        "--set",
        "model.depth=1",
        "--to",
        "lab",
    )
    assert (code, out) == (0, "lab/seq.toml\n")
    assert "residual" not in (tmp_path / "lab" / "seq.toml").read_text()
    assert gradlab("presets", "validate", "lab/seq.toml")[0] == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["../x"], "cannot be a preset's name"),
        (["x.toml"], "without .toml"),
        (["x", "--set", "model.width=-1"], "model.width: must be at least 1"),
        (["x", "--from", "nothing"], 'no preset is called "nothing"'),
    ],
)
def test_new_refuses_and_writes_nothing(gradlab, tmp_path, arguments, message):
    code, out, err = gradlab("presets", "new", *arguments)
    assert (code, out) == (2, "") and message in err
    assert not list(tmp_path.rglob("*.toml"))


def test_validate_prints_every_error_and_exits_2(gradlab, tmp_path):
    (tmp_path / "a.toml").write_text('[data]\nname = "digits"\n[model]\nwidth = -1\ndepht = 2\n')
    (tmp_path / "b.toml").write_text("[data\n")
    code, out, err = gradlab("presets", "validate", "a.toml", "vanishing-cured", "b.toml")
    assert (code, out) == (2, "vanishing-cured: valid\n")
    assert err.splitlines()[0] == "a.toml:4: model.width: must be at least 1, not -1"
    assert err.splitlines()[1].startswith(
        'a.toml:5: model.depht: unknown key; did you mean "depth"'
    )
    assert "b.toml:1: " in err.splitlines()[2]


def test_names_complete():
    assert complete_preset("vanishing-") == ["vanishing-cured", "vanishing-sigmoid"]


def test_the_installed_command_completes():
    completed = subprocess.run(
        [Path(sys.executable).with_name("gradlab")],
        env={
            "_GRADLAB_COMPLETE": "complete_bash",
            "COMP_WORDS": "gradlab presets show vanishing-c",
            "COMP_CWORD": "3",
            "PATH": "",
        },
        capture_output=True,
        text=True,
    )
    assert completed.stdout.split() == ["vanishing-cured"]


def test_show_draws_the_activation_with_its_saturated_ends(gradlab):
    out = gradlab("presets", "show", "depth-5-sigmoid")[1]
    assert "sigmoid, slope at most 0.25, saturated beyond 4.36" in out
    assert "1.0┤" in out and "slope" in out
    assert "relu, slope at most 1\n" in gradlab("presets", "show", "dying-relu")[1]
