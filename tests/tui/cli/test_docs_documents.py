"""What docs/documents.md and the lab sheets name is there, and what they tell to type works."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from command import gradlab

from gradlab.engine.preset.load import available, load
from gradlab.tui.charts.views import PANELS, VIEWS
from gradlab.tui.cli.charting import Chart

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "documents.md").read_text("utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.splitlines()
    if line.startswith("| ") and not line.startswith("| place")
]
ENTRIES = {entry.name: entry for entry in available() if entry.origin == "bundled"}
GROUPS = {group for entry in ENTRIES.values() for group in entry.groups}
COMMANDS = re.findall(r"`(gradlab [^`]+)`", PAGE)
OF_RUNS = ("runs show", "runs evaluate", "compare", "report")
"""Commands about trained runs, which here are two short ones."""

RUN = re.compile(r"^gradlab (run|sweep|check|presets|runs|compare|report)\b")
GUIDES = {name: f"{load(e.path).about} {load(e.path).guide}" for name, e in ENTRIES.items()}


def test_every_row_names_a_preset_a_command_and_a_panel_that_there_are() -> None:
    assert len(ROWS) >= 50
    panels = {(str(n), v.name) for n, views in VIEWS.items() for v in views} | {("6", "Data")}
    for place, _, presets, command, panel, see in ROWS:
        assert place and see and RUN.match(command.strip("`")), place
        for name in re.split("; (?:twin )?", presets):
            known = GROUPS if name.startswith("group ") else ENTRIES
            assert name.removeprefix("group ") in known, (place, name)
        number, _, view = panel.partition(" ")
        assert (number, view) in panels or PANELS.get(int(number)) == view, (place, panel)


@pytest.mark.parametrize("name", GUIDES)
def test_a_lab_sheet_names_only_what_there_is(name: str) -> None:
    text = " ".join(GUIDES[name].split())
    for group in re.findall(r"\bgroups? `?([a-z][a-z0-9]*(?:-[a-z0-9]+)+)", text):
        assert group in GROUPS, group
    dashed = {
        w.rstrip("-") for w in re.findall(r"(?<![\w./_=-])[a-z]+(?:-[a-z0-9]+)+(?![\w-]*/)", text)
    }
    families = {known.split("-")[0] for known in ENTRIES}
    for word in dashed:
        if word.split("-")[0] in families:
            assert word in ENTRIES or word in GROUPS, word
    for number, key in re.findall(r"\(panel (\d)(, v)?", text):
        assert int(number) in PANELS and (not key or len(VIEWS[int(number)]) > 1)
    for chart in re.findall(r"--chart (\w+)", text):
        assert chart in set(Chart)
    for settings in re.findall(r"`--set ([\w.]+=[^`]+)`", text):
        if "=N" not in settings:
            load(ENTRIES[name].path, [shlex.split(one)[0] for one in settings.split(" --set ")])


@pytest.fixture(scope="module")
def two_runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("documents")
    rows = 'data.options={"n_samples"=120,"T"=8}'
    for clip in ("optimizer.clipvalue=0.01", "optimizer.global_clipnorm=0.1"):
        sets = ("--set", rows, "--set", "data.validation=20", "--set", clip)
        none = () if "global" in clip else ("--set", "optimizer.global_clipnorm=none")
        assert (
            gradlab("run", "adding-rnn-30", "-q", "--epochs", "1", *sets, *none, cwd=folder).code
            == 0
        )
    return folder


@pytest.mark.parametrize(
    "command", sorted({c for c in COMMANDS if c.split(" ", 1)[1].startswith(OF_RUNS)})
)
def test_commands_about_runs_answer(command: str, two_runs: Path) -> None:
    done = gradlab(*shlex.split(command)[1:], cwd=two_runs)
    assert done.code == 0, done.err
    assert done.out.strip()


@pytest.mark.parametrize(
    "command", sorted({c for c in COMMANDS if c.startswith("gradlab presets")})
)
def test_commands_about_presets_answer(command: str, tmp_path: Path) -> None:
    done = gradlab(*shlex.split(command)[1:], cwd=tmp_path)
    assert (done.code, done.err) == (0, "") and len(done.out.splitlines()) >= 1


@pytest.mark.slow
@pytest.mark.parametrize(
    "command", sorted({c for c in COMMANDS if re.match("gradlab (run|sweep|check) ", c)})
)
def test_commands_that_train_or_measure_answer(command: str, tmp_path: Path) -> None:
    short = ["--epochs", "2"] if command.startswith("gradlab run ") else []
    if command.startswith("gradlab sweep "):
        short = ["--set", "train.epochs=1"]
    done = gradlab(*shlex.split(command)[1:], *short, cwd=tmp_path)
    assert done.code == 0, done.err
    assert done.out.strip()
