"""Sweep files: those that are shipped can be run, and mistakes in one's own are named."""

from pathlib import Path

import pytest

from gradlab.engine.errors import PresetError
from gradlab.engine.sweeps.sweep_file import available, find_sweep_file, read_sweep_file
from gradlab.tui.cli.sweeping import Wanted, plan_of

SHIPPED = {
    "circles-depth-width-relu": 150,
    "circles-depth-width-tanh": 150,
    "circles-dropout-rates": 90,
    "circles-noise-deviations": 60,
    "digits-depth-cured": 33,
    "digits-depth-sigmoid": 33,
    "regression-clip-norms": 35,
    "regression-clip-values": 30,
}
"""Trials of each sweep that is shipped."""


def plan(reference: str, *settings: str):
    path = find_sweep_file(reference)
    wanted = Wanted(reference, settings, (), None, False, False)
    return plan_of(wanted, path, read_sweep_file(path), "")


@pytest.mark.parametrize(("name", "trials"), SHIPPED.items())
def test_every_shipped_sweep_can_be_run(name, trials):
    assert len(plan(name).trials) == trials


def test_all_that_is_shipped_is_listed():
    bundled = {e.name: e for e in available() if e.name in SHIPPED}
    assert bundled.keys() == SHIPPED.keys()
    assert all(e.content and e.content.title and e.content.experiments for e in bundled.values())


def test_the_command_line_goes_before_the_file():
    made = plan("circles-depth-width-tanh", "model.depth=2,3")
    assert len(made.points) == 10
    assert {point["model.depth"] for point in made.points} == {2, 3}


def test_a_file_of_ones_own_beside_its_preset(tmp_path: Path):
    (tmp_path / "mine.toml").write_text('[data]\nname = "circles"\n')
    own = tmp_path / "sweep.toml"
    own.write_text('preset = "mine.toml"\n[settings]\n"model.depth" = "1..3"\n')
    made = plan(str(own))
    assert made.base == tmp_path
    assert len(made.trials) == 3
    assert find_sweep_file(str(tmp_path / "mine.toml")) is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('preset = "circles-tanh-5"\n', "settings: Field required; a sweep file has the keys"),
        ('preset = "circles-tanh-5"\nrepeat = 3\n[settings]\na = 1\n', "repeat: Extra inputs"),
        ('preset = "circles-tanh-5"\nrepeats = 0\n[settings]\na = 1\n', "repeats: "),
        ("preset = \n", "Invalid value"),
    ],
)
def test_mistakes_in_a_file(tmp_path: Path, text: str, said: str):
    own = tmp_path / "sweep.toml"
    own.write_text(text)
    with pytest.raises(PresetError, match=said) as raised:
        read_sweep_file(own)
    assert str(own) in str(raised.value)
